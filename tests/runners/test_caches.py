import json
import os
import time

import pytest

from runners.models.gguf import BadWeights
from runners.models.local_caches import Digests, LocalFile, find_in_repository, find_local_files, sha256
from tests.helpers.gguf_maker import write_gguf
from tests.helpers.stand_ins import leave_bare


@pytest.fixture
def home(tmp_path, monkeypatch):
    return leave_bare(monkeypatch, tmp_path / "home")


def pull(models, manifest: str, digest: str, media: str = "application/vnd.ollama.image.model"):
    """Lay out what Ollama lays out for one model."""
    path = models / "manifests" / manifest
    path.parent.mkdir(parents=True)
    layers = [{"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:" + "0" * 64}]
    path.write_text(json.dumps({"layers": [*layers, {"mediaType": media, "digest": digest}]}))


def test_a_machine_that_fetched_nothing_has_nothing(home):
    assert list(find_local_files()) == []


def test_a_file_in_the_hubs_cache_is_found_with_its_commit(home, monkeypatch):
    path = write_gguf(home / ".cache/huggingface/hub/models--org--my--name/snapshots/abc/sub/m.gguf")
    expected = LocalFile("hf:org/my--name:sub/m.gguf", path, "org/my--name", "abc")
    assert list(find_local_files()) == [expected]

    monkeypatch.setenv("HF_HOME", str(home / ".cache/huggingface"))
    assert list(find_local_files()) == [expected]
    monkeypatch.setenv("HF_HUB_CACHE", str(home / "elsewhere"))
    assert list(find_local_files()) == []


def test_the_commit_that_main_means_comes_before_others(home):
    folder = home / ".cache/huggingface/hub/models--org--name"
    for commit in ("aaa", "bbb", "ccc"):
        write_gguf(folder / "snapshots" / commit / "m.gguf")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("bbb")

    assert [find.revision for find in find_local_files()] == ["bbb", "aaa", "ccc"]


def test_a_link_whose_file_is_gone_is_not_found(home):
    snapshot = home / ".cache/huggingface/hub/models--org--name/snapshots/abc"
    snapshot.mkdir(parents=True)
    (snapshot / "m.gguf").symlink_to(home / "gone")

    assert list(find_local_files()) == []


def test_llama_cpps_cache_is_found_in_both_of_its_layouts(home, monkeypatch):
    monkeypatch.setenv("LLAMA_CACHE", str(home / "llama"))
    flat = write_gguf(home / "llama/org_name_m-Q4_K_M.gguf")
    nested = write_gguf(home / "llama/models--org--name/snapshots/abc/m-Q8_0.gguf")

    assert {find.path for find in find_local_files()} == {flat, nested}
    assert {find.path for find in find_in_repository("org/name")} == {flat, nested}
    assert find_in_repository("org/nam") == []


def test_lm_studios_folders_are_found(home):
    new = write_gguf(home / ".lmstudio/models/org/name/m.gguf")
    old = write_gguf(home / ".cache/lm-studio/models/org/name/o.gguf")

    assert {find.path for find in find_in_repository("org/name")} == {new, old}
    assert next(iter(find_local_files())).source == "lmstudio:org/name:m.gguf"


def test_what_ollama_pulled_is_found_by_its_manifest(home, monkeypatch):
    monkeypatch.setenv("OLLAMA_MODELS", str(home / "ollama"))
    blob = write_gguf(home / "ollama/blobs" / ("sha256-" + "a" * 64))
    pull(home / "ollama", "registry/library/tiny/1b", "sha256:" + "a" * 64)
    pull(home / "ollama", "registry/someone/tiny/latest", "sha256:" + "a" * 64)

    assert list(find_local_files()) == [
        LocalFile("ollama:tiny:1b", blob),
        LocalFile("ollama:someone/tiny:latest", blob),
    ]


@pytest.mark.parametrize("digest", ["{home}/secret", "../../secret", "sha256:" + "b" * 64, 7])
def test_a_manifest_that_points_anywhere_but_to_a_blob_is_passed_over(home, monkeypatch, digest):
    monkeypatch.setenv("OLLAMA_MODELS", str(home / "ollama"))
    write_gguf(home / "secret")
    (home / "ollama" / "blobs").mkdir(parents=True)
    digest = digest.format(home=home) if isinstance(digest, str) else digest
    pull(home / "ollama", "registry/library/tiny/1b", digest)

    assert list(find_local_files()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"layers": 3}', '{"layers": [{}]}'])
def test_a_spoilt_manifest_is_passed_over(home, monkeypatch, text):
    monkeypatch.setenv("OLLAMA_MODELS", str(home / "ollama"))
    (home / "ollama/manifests/r/library/tiny").mkdir(parents=True)
    (home / "ollama/manifests/r/library/tiny/1b").write_text(text)

    assert list(find_local_files()) == []


def test_no_source_tells_anyones_folder(home, monkeypatch):
    monkeypatch.setenv("LLAMA_CACHE", str(home / "llama"))
    write_gguf(home / "llama/m.gguf")
    write_gguf(home / ".lmstudio/models/org/name/m.gguf")
    write_gguf(home / ".cache/huggingface/hub/models--org--name/snapshots/abc/m.gguf")

    assert len(list(find_local_files())) == 3
    assert not [find.source for find in find_local_files() if str(home) in find.source]


def test_a_digest_is_that_of_the_whole_file(tmp_path):
    path = write_gguf(tmp_path / "m.gguf")

    assert Digests(tmp_path / "cache").of(path) == sha256(path)


def test_a_file_that_did_not_change_is_read_only_once(tmp_path):
    path = write_gguf(tmp_path / "m.gguf")
    heard = []
    for _ in range(2):
        Digests(tmp_path / "cache").of(path, lambda *bytes: heard.append(bytes))

    assert heard == [(path.stat().st_size, path.stat().st_size)]


def test_a_file_that_changed_in_place_is_read_again(tmp_path):
    path = write_gguf(tmp_path / "m.gguf")
    first = Digests(tmp_path / "cache").of(path)
    write_gguf(path, fill=b"\1")
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 1))

    assert Digests(tmp_path / "cache").of(path) == sha256(path) != first


def test_a_file_that_took_anothers_place_is_read_again(tmp_path):
    path = write_gguf(tmp_path / "m.gguf")
    stat = path.stat()
    first = Digests(tmp_path / "cache").of(path)
    write_gguf(tmp_path / "new.gguf", fill=b"\1").replace(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert Digests(tmp_path / "cache").of(path) != first


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"x": 1}', '{"x": [1, 2, 3, 4]}', "\0\xff"])
def test_a_spoilt_memory_is_forgotten_and_made_anew(tmp_path, text):
    path = write_gguf(tmp_path / "m.gguf")
    memory = tmp_path / "cache" / "sha256.json"
    memory.parent.mkdir()
    memory.write_text(text)

    assert Digests(tmp_path / "cache").of(path) == sha256(path)
    assert json.loads(memory.read_text())[str(path)][-1] == sha256(path)
    assert [file.name for file in memory.parent.iterdir()] == ["sha256.json"]


def test_a_cache_that_cannot_be_written_costs_time_and_not_the_run(tmp_path):
    path = write_gguf(tmp_path / "m.gguf")
    (tmp_path / "file").touch()

    assert Digests(tmp_path / "file" / "cache").of(path) == sha256(path)


def test_a_foreign_or_truncated_file_has_no_digest(tmp_path):
    (tmp_path / "foreign.gguf").write_bytes(b"PK" * 100)
    cut = write_gguf(tmp_path / "cut.gguf")
    os.truncate(cut, cut.stat().st_size - 1000)

    for path in (tmp_path / "foreign.gguf", cut, tmp_path / "none.gguf"):
        with pytest.raises(BadWeights, match=path.name):
            Digests(tmp_path / "cache").of(path)
