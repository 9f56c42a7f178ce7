"""Training, exporting and verifying a tiny twin. Needs torch: `make test-twins` has it, `make test` does not."""

import csv
import itertools
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training twins needs torch: make test-twins")

from runners.twins import recipe, store, train  # noqa: E402
from runners.twins.batches import batches  # noqa: E402
from runners.twins.corpus import tokenizer, windows  # noqa: E402
from runners.twins.distill import distillation_loss, sample_replies  # noqa: E402
from runners.twins.export import export, read, shelve, teacher  # noqa: E402
from runners.twins.optimizer import orthogonalize  # noqa: E402
from runners.twins.verify import TOLERANCE, difference  # noqa: E402

pytestmark = pytest.mark.torch

HOUSE = Path(__file__).parents[2]
KINDS = {"dense": {"ffn": 16}, "moe": {"ffn": 8, "experts": 4, "used": 2}}


@pytest.fixture(params=KINDS)
def rung(request):
    """A twin that trains in a second or two."""
    shape = {"experts": 0, "used": 0, **KINDS[request.param]}
    base = recipe.find(HOUSE, "knowledge-f32-s1")
    return replace(base, name=request.param, width=16, head=8, tokens=60 * 8 * 64, batch=8, **shape)


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(train, "LOG_EVERY", 10)
    monkeypatch.setattr(train, "KEEP_EVERY", 20)


class Stopped(Exception):
    pass


def stop_at(step):
    def told(row):
        if row["step"] == step:
            raise Stopped

    return told


def test_a_twin_learns_and_its_log_says_so(rung, tmp_path):
    train.train(rung, tmp_path)
    rows = list(csv.DictReader((tmp_path / f"{rung.slug}.csv").open()))

    assert int(rows[-1]["step"]) == rung.steps and int(rows[-1]["tokens"]) == rung.tokens
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"]) - 1
    assert float(rows[-1]["flops"]) > 6 * 16 * len(tokenizer(rung.mix)) * rung.tokens


def test_a_training_that_was_cut_off_ends_as_one_that_was_not(rung, tmp_path):
    whole = train.train(rung, tmp_path / "whole")
    with pytest.raises(Stopped):
        train.train(rung, tmp_path / "cut", stop_at(30))
    resumed = train.train(rung, tmp_path / "cut")

    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters(), strict=True))


def test_another_seed_begins_elsewhere_and_reads_in_another_order(rung):
    texts = [next(windows(rung.mix, seed, 65)) for seed in (1, 2)]
    starts = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        starts.append(train.new(rung).embedding.weight)

    assert texts[0] != texts[1] and not torch.equal(*starts)


def test_a_checkpoint_of_another_recipe_is_not_taken_up(rung, tmp_path):
    train.train(rung, tmp_path)
    with pytest.raises(recipe.RecipeError, match="trained by another recipe"):
        train.train(replace(rung, muon=0.02), tmp_path)


def test_a_twin_that_is_not_trained_to_the_end_cannot_be_exported(rung, tmp_path):
    with pytest.raises(Stopped):
        train.train(rung, tmp_path, stop_at(30))
    with pytest.raises(recipe.RecipeError, match="20 of 60 steps"):
        train.load(rung, tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None])
def test_a_broken_checkpoint_is_named_and_kept(rung, tmp_path, content):
    path = tmp_path / f"{rung.slug}.pt"
    train.train(rung, tmp_path)
    path.write_bytes(path.read_bytes()[:5000] if content is None else content)

    with pytest.raises(recipe.RecipeError, match="no whole checkpoint"):
        train.train(rung, tmp_path)
    assert path.exists()


def test_llama_cpp_computes_what_torch_computes(rung, tmp_path):
    path = export(train.train(rung, tmp_path), rung, tmp_path / "twin.gguf", "f16")

    assert difference(path, rung) < TOLERANCE


def test_the_comparison_sees_a_tensor_that_was_exported_wrong(rung, tmp_path, monkeypatch):
    path = export(train.train(rung, tmp_path), rung, tmp_path / "twin.gguf", "f16")
    monkeypatch.setattr("runners.twins.model.ROPE_BASE", 500.0)

    assert difference(path, rung) > TOLERANCE


@pytest.mark.parametrize(("kind", "most"), [("f32", 0.0), ("f16", 1e-3), ("q8_0", 3e-2)])
def test_what_is_exported_is_read_back_up_to_its_rounding(kind, most, tmp_path):
    rung = replace(recipe.find(HOUSE, "knowledge-16x32-s1"), tokens=4 * 8 * 64, batch=8)
    twin = train.train(rung, tmp_path)
    again = read(export(twin, rung, tmp_path / "twin.gguf", kind), rung)

    pairs = zip(twin.state_dict().values(), again.state_dict().values(), strict=True)
    assert max((a - b).abs().max().item() for a, b in pairs) <= most


def test_shelving_puts_weights_and_log_side_by_side(rung, tmp_path):
    train.train(rung, store.checkpoints(tmp_path))
    path = shelve(tmp_path, rung)

    assert path == tmp_path / "data" / "twins" / "knowledge" / f"{rung.slug}.gguf"
    assert path.exists() and store.log_of(tmp_path, rung).exists()


@pytest.mark.parametrize("slug", ["knowledge-f32-s1", "knowledge-8x64-s1"])
def test_committed_twins_compute_in_llama_cpp_what_torch_computes(slug):
    rung = recipe.find(HOUSE, slug)

    assert difference(store.weights_of(HOUSE, rung), rung) < TOLERANCE


def test_muon_makes_steps_whose_singular_values_are_near_one():
    torch.manual_seed(0)
    for shape in ((3, 64, 32), (3, 32, 64)):
        values = torch.linalg.svdvals(orthogonalize(torch.randn(shape)))
        assert values.min() > 0.3 and values.max() < 1.4


@pytest.fixture
def student(rung):
    """Two seconds of learning puzzles from a teacher that has learned nothing yet."""
    mix = {"card": 0.5, "walk": 0.5}
    warmup = {"mix": {"walk": 1.0}, "until": 0.0, "most": 30 * 8 * 64}
    return replace(rung, ladder="skills", mix=mix, warmup=warmup, teacher="big", learns="replies")


def test_a_warm_up_ends_when_its_loss_is_low_enough_or_its_tokens_are_read(student, tmp_path):
    plain = replace(student, teacher="", learns="")
    easy = replace(plain, warmup={**plain.warmup, "until": 100.0})
    ends = {}
    for name, rung in (("most", plain), ("easy", easy), ("none", replace(plain, warmup={}))):
        rows = []
        train.train(rung, tmp_path / name, rows.append)
        ends[name] = rows[-1]["step"] - rung.steps
        assert rows[-1]["rate"] < rows[0]["rate"] == "1.0000"

    assert ends == {"most": 30, "easy": 10, "none": 0}


def test_reading_token_by_token_is_reading_at_once(rung):
    twin = train.new(rung).eval()
    torch.nn.init.normal_(twin.blocks[0].attention.output.weight)
    tokens = torch.tensor([tokens for tokens, _ in itertools.islice(windows(rung.mix, 1, 64), 3)])
    past = twin.past()
    with torch.no_grad():
        stepwise = torch.cat([twin(tokens[:, place : place + 1], past) for place in range(64)], dim=1)

        assert torch.allclose(stepwise, twin(tokens), atol=1e-4)


def test_a_teacher_answers_what_is_to_be_learned_and_leaves_the_rest(student):
    teacher, (tokens, learned) = train.new(student).eval(), next(batches(student, 0))
    said = sample_replies(teacher, tokens, learned, seed=1)

    assert torch.equal(said[~learned], tokens[~learned]) and torch.equal(said[tokens == 0], tokens[tokens == 0])
    assert (said != tokens).sum() > 0.9 * (learned & (tokens != 0)).sum(), "an untrained teacher guesses"
    assert torch.equal(said, sample_replies(teacher, tokens, learned, seed=1))
    assert not torch.equal(said, sample_replies(teacher, tokens, learned, seed=2))


def test_a_teacher_draws_words_as_often_as_it_finds_them_likely(student):
    teacher = train.new(student).eval()
    tokens, learned = torch.tensor([[0, 5, 7]] * 4000), torch.tensor([[True, False, True]] * 4000)
    with torch.no_grad():
        likely = teacher(tokens[:1])[0, 1].softmax(-1)
    drawn = sample_replies(teacher, tokens, learned, seed=3)[:, 2].bincount(minlength=len(likely)) / 4000

    assert (drawn - likely).abs().max() < 0.03


@pytest.mark.parametrize("stop", [20, 50], ids=["in the warm-up", "after it"])
@pytest.mark.parametrize("learns", ["replies", "distributions"])
def test_a_student_s_training_that_was_cut_off_ends_as_one_that_was_not(student, learns, stop, tmp_path):
    student = replace(student, learns=learns)
    teacher = train.new(replace(student, teacher="", learns="", name="big")).eval()
    whole = train.train(student, tmp_path / "whole", teacher=teacher)
    with pytest.raises(Stopped):
        train.train(student, tmp_path / "cut", stop_at(stop), teacher)
    resumed = train.train(student, tmp_path / "cut", teacher=teacher)

    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters(), strict=True))


@pytest.mark.parametrize("learns", ["replies", "distributions"])
def test_a_student_warms_up_as_the_twin_that_reads_the_text(student, learns, tmp_path):
    """Until then both are one and the same, so that what tells them apart is the teacher alone."""
    plain, student = replace(student, teacher="", learns=""), replace(student, learns=learns)
    teacher = train.new(replace(plain, name="big")).eval()
    warmed, rows = [], []
    for name, rung, taught in (("plain", plain, None), ("student", student, teacher)):
        with pytest.raises(Stopped):
            train.train(rung, tmp_path / name, stop_at(30), taught)
        warmed.append(torch.load(tmp_path / name / f"{rung.slug}.pt")["model"])
        rows.append((tmp_path / name / f"{rung.slug}.csv").read_text().splitlines()[1].split(",")[:4])

    assert rows[0] == rows[1]
    assert all(torch.equal(value, warmed[1][name]) for name, value in warmed[0].items())


def test_a_student_of_distributions_ends_near_what_its_teacher_finds_likely(student, tmp_path):
    plain = replace(student, teacher="", learns="", name="big")
    teacher = train.train(plain, tmp_path)
    taught = train.train(replace(student, learns="distributions"), tmp_path, teacher=teacher)
    tokens, learned = next(batches(plain, 10_000))
    with torch.no_grad():
        apart = [
            distillation_loss(teacher, tokens, twin(tokens[:, :-1]), learned) for twin in (taught, train.new(plain))
        ]

    assert apart[0] < apart[1] - 1


def test_a_student_whose_teacher_is_missing_is_told_which(tmp_path):
    (tmp_path / "data" / "twins").mkdir(parents=True)
    shutil.copy(HOUSE / "data" / "twins" / "recipe.toml", tmp_path / "data" / "twins")

    with pytest.raises(recipe.RecipeError, match="skills-f64-replies-s1 learns from skills-f256-s1, which is missing"):
        teacher(tmp_path, recipe.find(tmp_path, "skills-f64-replies-s1"))
