from pathlib import Path

import pytest

from runners.twins.recipe import RecipeError, find, rungs
from runners.twins.store import title

HOUSE = Path(__file__).parents[2]


@pytest.fixture
def recipe(tmp_path):
    """Write the project's recipe with one text replaced by another."""

    def write(old: str = "", new: str = "") -> Path:
        text = (HOUSE / "data" / "twins" / "recipe.toml").read_text()
        assert old in text
        (tmp_path / "data" / "twins").mkdir(parents=True)
        (tmp_path / "data" / "twins" / "recipe.toml").write_text(text.replace(old, new, 1))
        return tmp_path

    return write


def test_rungs_of_a_ladder_differ_in_nothing_but_their_feed_forward_block(recipe):
    ladder = [rung for rung in rungs(recipe()).values() if rung.ladder == "knowledge" and rung.seed == 1]
    shared = {(r.width, r.layers, r.heads, r.head, r.tokens, r.batch, r.context, str(r.mix)) for r in ladder}

    assert len(shared) == 1 and len({(r.ffn, r.experts) for r in ladder}) == len(ladder)


def test_every_rung_has_at_least_three_seeds(recipe):
    seeds: dict[tuple, set] = {}
    for rung in rungs(recipe()).values():
        seeds.setdefault((rung.ladder, rung.name), set()).add(rung.seed)

    assert all(len(found) >= 3 for found in seeds.values())


def test_an_unknown_twin_is_answered_with_the_known_ones(recipe):
    with pytest.raises(RecipeError, match=r"no twin is called 'huge'; there are: .*knowledge-f128-s1"):
        find(recipe(), "huge")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("width = 32\n", ""),
        ("seeds = [", "seeds = "),
        ("ffn = 32", "fnn = 32"),
        ('learns = "replies"', 'learns = "everything"'),
        ('teacher = "f256", ', ""),
    ],
)
def test_a_recipe_that_is_not_whole_is_refused_with_its_path(recipe, old, new):
    with pytest.raises(RecipeError, match=r"recipe\.toml cannot be read"):
        rungs(recipe(old, new))


def test_a_student_s_name_says_whose_outputs_it_learned(recipe):
    known = rungs(recipe())

    assert title(known["skills-f64-replies-s2"]) == "Skills twin, dense f64 taught by f256's replies, seed 2"
    assert known["skills-f64-replies-s2"].teachers_slug == "skills-f256-s2" in known
