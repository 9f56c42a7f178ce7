"""What a host of repositories reads of this project: workflows, forms and hooks, which nothing else here runs."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from explainers.cli.main import main
from explainers.exchange.submission import SubmissionError
from explainers.exchange.submit import write_files
from tests.helpers.given import EXPERIMENTS, home_of, made, measured, runs
from tests.helpers.planted import scores

HOUSE = Path(__file__).parents[1]
HOST = HOUSE / ".github"
WORKFLOWS = sorted((HOST / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (HOST / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
PORTABLE = (HOST / "portable-tests.txt").read_text(encoding="utf-8").split()
POSIX = re.compile(
    r"preexec_fn|os\.killpg|os\.kill\b|/bin/sh|\.chmod\(|import fcntl|mark\.(engine|browser|torch)|"
    r"helpers\.command import.*(start|finish)"
)


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def told(workflow):
    """The lines that a workflow runs."""
    return [line.strip() for step in steps(workflow) for line in step.get("run", "").splitlines()]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
class TestAWorkflow:
    def test_says_when_it_runs_and_how_long_at_most_and_may_read_only_unless_it_publishes(self, path):
        workflow = read(path)
        triggers = workflow[True]  # YAML 1.1 reads the word `on` so
        assert triggers.keys() <= {"push", "pull_request", "workflow_dispatch"} and triggers
        assert all(job["timeout-minutes"] <= 120 and job["runs-on"] for job in workflow["jobs"].values())
        writing = {name for name, right in workflow["permissions"].items() if right == "write"}
        assert writing == ({"pages", "id-token"} if path.stem == "publish" else set())

    def test_uses_actions_of_a_named_version(self, path):
        used = [step["uses"] for step in steps(read(path)) if "uses" in step]
        assert used and all(re.fullmatch(r"actions/[a-z-]+@v\d+", one) for one in used)

    def test_names_targets_verbs_and_files_that_there_are(self, path):
        lines = told(read(path))
        targets = set(re.findall(r"^([a-z-]+):", (HOUSE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
        named = {found for line in lines for found in re.findall(r"\bmake (?:--silent )?([a-z-]+)", line)}
        verbs = {found for line in lines for found in re.findall(r"^incompressible ([a-z]+)", line)}
        files = {found for line in lines for found in re.findall(r"(?:\.github/|requirements)[\w./-]+", line)}

        assert named <= targets and verbs <= main.commands.keys()
        assert all((HOUSE / name).is_file() for name in files)


def test_the_key_of_the_kept_wheel_changes_with_whatever_changes_the_wheel():
    def name(*words, **more):
        command = ["make", "--silent", "engine-name", *words]
        return subprocess.check_output(command, cwd=HOUSE, env=os.environ | more, text=True)

    assert len({name(), name("BACKEND=cuda"), name(CMAKE_ARGS="-DGGML_NATIVE=OFF")}) == 3
    assert name().startswith("llama-cpp-python==")


@pytest.mark.skipif(not shutil.which("cmake"), reason="CMake is brought by pip where it is compiled, and gone again")
def test_llama_cpp_is_compiled_without_the_name_of_pips_folder_and_without_what_nothing_here_uses(tmp_path):
    """In a project of the name that llama-cpp-python's has: what its sources are given, and what is left out."""
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.21)\nproject(llama_cpp NONE)\n"
        "set(LLAMA_BUILD_COMMON ON CACHE BOOL common FORCE)\nget_directory_property(options COMPILE_OPTIONS)\n"
        'message("common ${LLAMA_BUILD_COMMON}; ${options}")\n'
    )
    made = subprocess.run(
        ["cmake", "-S", tmp_path, "-B", tmp_path / "build", *shlex.split(flags())], capture_output=True, text=True
    )
    assert "common OFF; " in made.stderr
    assert f"-ffile-prefix-map={tmp_path}=." in made.stderr


def flags():
    """What `make` hands to CMake."""
    return subprocess.check_output(["make", "--silent", "engine-name"], cwd=HOUSE, text=True).partition(" cpu ")[2]


def test_tests_that_run_anywhere_need_neither_an_engine_nor_posix():
    assert len(PORTABLE) == len(set(PORTABLE)) > 30
    for name in PORTABLE:
        text = (HOUSE / name).read_text(encoding="utf-8")
        assert not POSIX.search(text), name


class TestTheSitesAddress:
    @pytest.fixture
    def settings(self, tmp_path):
        (tmp_path / "mkdocs.yml").write_text("site_name: x\n")
        return tmp_path / "mkdocs.yml"

    def ran(self, settings, *words):
        command = ["sh", str(HOST / "set-site-url.sh"), *words]
        return subprocess.run(command, cwd=settings.parent, capture_output=True, text=True, check=False)

    def test_is_set_for_the_build(self, settings):
        assert self.ran(settings, "https://guide.example/x").returncode == 0
        assert read(settings) == {"site_url": "https://guide.example/x/", "site_name": "x"}

    def test_stays_where_one_stands(self, settings):
        settings.write_text("site_url: https://own.example/\n")
        assert self.ran(settings, "https://guide.example").returncode == 0
        assert read(settings) == {"site_url": "https://own.example/"}

    def test_is_missed_with_the_cure(self, settings):
        done = self.ran(settings, "")
        assert done.returncode == 1 and "set site_url in mkdocs.yml" in done.stderr
        assert read(settings) == {"site_name": "x"}


class TestRepliesOfAPullRequest:
    @pytest.fixture
    def check(self):
        spec = importlib.util.spec_from_file_location("check_submissions", HOST / "check_submissions.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return lambda home, proposed: module.taken(home, proposed, EXPERIMENTS)

    @pytest.fixture
    def home(self, tmp_path):
        return measured(home_of(tmp_path / "home"), rig="rig-b")

    @pytest.fixture
    def proposed(self, home, tmp_path):
        """The same with a pull request in it that adds nothing yet."""
        return Path(shutil.copytree(home, tmp_path / "proposed"))

    @pytest.fixture
    def run(self, tmp_path):
        return made(measured(home_of(tmp_path / "theirs"), lambda item, arm: scores(True)))

    def test_are_taken_as_submissions(self, check, home, proposed, run):
        write_files(run, proposed / "submissions")
        assert [one.outcome for one in check(home, proposed)] == ["merged"]

    def test_are_taken_where_they_were_merged_already(self, check, home, proposed):
        measured(proposed, lambda item, arm: scores(True))
        assert [one.outcome for one in check(home, proposed)] == ["merged"]
        assert len(runs(home)) == 2

    def test_are_none_where_nothing_is_added(self, check, home, proposed):
        assert check(home, proposed) == []

    def test_may_not_alter_what_was_kept(self, check, home, proposed):
        journal = next((proposed / "data").rglob("*.jsonl"))
        journal.write_bytes(journal.read_bytes().replace(b"a", b"b", 1))
        with pytest.raises(SubmissionError, match="altered or taken away"):
            check(home, proposed)

    def test_are_refused_when_a_line_was_altered(self, check, home, proposed):
        measured(proposed, lambda item, arm: scores(True))
        journal = next((proposed / "data" / "runs" / "rig-a").rglob("*.jsonl"))
        journal.write_bytes(journal.read_bytes().replace(b'"seed":0', b'"seed":1', 1))
        with pytest.raises(SubmissionError, match="torn or altered line"):
            check(home, proposed)

    def test_may_hold_no_link_and_nothing_but_submissions(self, check, home, proposed):
        (proposed / "submissions").mkdir()
        (proposed / "submissions" / "read.me").write_text("hello")
        with pytest.raises(SubmissionError, match="no submission"):
            check(home, proposed)
        (proposed / "submissions" / "read.me").unlink()
        (proposed / "submissions" / "x.jsonl.gz").symlink_to("/etc/passwd")
        with pytest.raises(SubmissionError, match="a link"):
            check(home, proposed)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_what_is_needed_and_keeps_the_format(path):
    form = read(path)
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    ids = [field["id"] for field in fields]

    assert form["name"] and form["description"]
    assert len(set(ids)) == len(ids) and any(field.get("validations", {}).get("required") for field in fields)
    assert all(field["attributes"]["label"] for field in fields)
    assert {field["type"] for field in fields} <= {"input", "textarea", "dropdown", "checkboxes"}


def test_hooks_run_what_is_here_and_fetch_nothing():
    config = read(HOUSE / ".pre-commit-config.yaml")
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    assert all(hook["language"] == "system" for hook in config["repos"][0]["hooks"])


@pytest.mark.parametrize(("length", "code"), [(72, 0), (73, 1)])
def test_a_long_subject_is_refused(tmp_path, length, code):
    (tmp_path / "message").write_text("x" * length + f"\n\n{'the why may be longer ' * 9}\n")
    done = subprocess.run(["sh", HOST / "check-subject.sh", tmp_path / "message"], capture_output=True, check=False)
    assert done.returncode == code


def test_the_guide_for_contributors_leads_to_what_there_is():
    text = (HOUSE / "CONTRIBUTING.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    targets = re.findall(r"^([a-z-]+):", (HOUSE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert links and [link for link in links if not (HOUSE / link).exists()] == []
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)) <= set(targets)


def test_the_changelog_has_versions_with_added_changed_and_fixed_and_the_next_on_top():
    text = (HOUSE / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (.+)", text, re.MULTILINE)
    areas = re.findall(r"^### (.+)", text, re.MULTILINE)

    assert versions[0] == "Unreleased" and all(re.match(r"\d+\.\d+\.\d+", one) for one in versions[1:])
    assert set(areas) == {"Added", "Changed", "Fixed"}
