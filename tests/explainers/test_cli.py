"""The command line as its users meet it: streams, exit codes, tables, and no traceback for a mistake."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.helpers.command import HOUSE, finish, start
from tests.helpers.gguf_maker import DENSE, write_gguf
from tests.helpers.planted import experiment, home_in, plant
from tests.helpers.spoken import said

VERBS = [
    "",
    "guide",
    "run",
    "plan",
    "status",
    "doctor",
    "build",
    "serve",
    "cite",
    "compare",
    "submit",
    "merge",
    "models",
    "models list",
    "models get",
]


def files(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


# -- help --------------------------------------------------------------------------------------------------------


HEAVY = ("pandas", "altair", "llama_cpp", "rich", "httpx", "numpy", "jinja2", "huggingface_hub")
"""What a command that needs none of it must not pay for."""


@pytest.mark.parametrize("verb", [*VERBS, "models inspect"])
def test_every_verb_explains_itself(verb):
    found = said(*verb.split(), "--help")
    assert found.exit_code == 0 and found.output.startswith("Usage:") and len(found.output) > 100


def test_help_loads_nothing_heavy():
    heavy = (*HEAVY, "runners.scheduling.plan")
    code = (
        "import sys; sys.argv = ['incompressible', '--help']\nfrom explainers.cli.main import main\ntry: main()\n"
        f"except SystemExit: print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=HOUSE, check=True)
    assert done.stderr.strip() == "[]"


def test_a_run_with_nothing_left_to_ask_loads_neither_engine_nor_progress_bar(home, server):
    assert said("run", "json-fidelity", "--limit", "2", "--model", server.name).exit_code == 0
    heavy = (*HEAVY, "explainers.guide.guide")
    code = (
        "import sys\n"
        f"sys.argv = ['incompressible', 'run', 'json-fidelity', '--limit', '2', '--model', {server.name!r}]\n"
        "from explainers.cli.main import main\ntry: main()\n"
        f"except SystemExit as end: print(end.code, [name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=HOUSE, check=True)
    assert done.stdout.strip() == "0 []" and "nothing left to ask" in done.stderr


# -- mistakes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "json-fidelty"], "no experiment is called 'json-fidelty'"),
        (["run", "smollm2-135m"], "models are named with --model"),
        (["plan", "nothing"], "there are: context-gap, json-fidelity"),
        (["run", "--model", "smolm2"], "no model is called 'smolm2'"),
        (["plan", "--model", "openai:nowhere"], "openai:URL#model"),
        (["models", "get", "nothing-at-all"], "nothing-at-all"),
        (["models", "inspect", "smollm2-135m"], "models get smollm2-135m"),
        (["models", "inspect", "gone.gguf"], "gone.gguf"),
        (["run", "--profile", "slow"], "'slow'"),
        (["run", "--limit", "0"], "0"),
        (["plan", "--rig", "My Rig"], "--rig"),
        (["doctor", "--backend", "quantum"], "'quantum'"),
        (["nonsense"], "nonsense"),
    ],
)
def test_a_mistake_gives_exit_2_and_one_clear_line(home, words, says):
    done = finish(home, *words)
    assert done.returncode == 2
    assert "Error:" in done.stderr and says in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_bad_setting_is_named_wherever_it_was_made(home, tmp_path, monkeypatch):
    monkeypatch.setenv("INCOMPRESSIBLE_WIDTH", "many")
    found = said("plan")
    assert found.exit_code == 2 and "INCOMPRESSIBLE_WIDTH is 'many'" in found.stderr
    monkeypatch.delenv("INCOMPRESSIBLE_WIDTH")
    (tmp_path / "incompressible.toml").write_text("widht = 3\n")
    found = said("status")
    assert found.exit_code == 2 and "incompressible.toml" in found.stderr and "'widht'" in found.stderr


def test_a_truncated_file_is_refused_by_name(home, tmp_path):
    whole = write_gguf(tmp_path / "whole.gguf")
    (tmp_path / "torn.gguf").write_bytes(whole.read_bytes()[:-20])
    found = said("models", "inspect", str(tmp_path / "torn.gguf"))
    assert found.exit_code == 2 and "torn.gguf" in found.stderr and found.stdout == ""


def test_a_whole_file_is_inspected_without_loading_it(home, tmp_path):
    found = said("models", "inspect", "--json", str(write_gguf(tmp_path / "whole.gguf")))
    assert found.exit_code == 0 and json.loads(found.stdout)["architecture"] == "llama"
    assert "architecture" in said("models", "inspect", str(tmp_path / "whole.gguf")).stdout


def test_a_server_that_is_not_there_ends_with_its_address_and_the_cure(home):
    found = said("run", "json-fidelity", "--limit", "1", "--model", "openai:http://127.0.0.1:9/v1#x")
    assert found.exit_code in (1, 3)
    assert "http://127.0.0.1:9/v1 does not answer" in found.stderr and "is it running?" in found.stderr


# -- rows and JSON -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["plan"], ["models", "list"], ["status"]])
def test_json_stands_alone_on_stdout(home, words):
    done = finish(home, *words, "--json")
    rows = json.loads(done.stdout)
    assert done.returncode == 0 and isinstance(rows, list)
    assert bool(rows) is (words != ["status"])


def test_a_plan_has_no_effects(home, tmp_path):
    before = files(tmp_path)
    for words in (["plan"], ["plan", "--json", "--profile", "full"], ["status"], ["models", "list"]):
        assert said(*words).exit_code == 0
    assert files(tmp_path) == before


def test_a_plan_tells_the_loads_of_a_model_apart(home):
    rows = json.loads(said("plan", "quant-answers", "json-fidelity", "--json").stdout)
    loads = [row["load"] for row in rows if row["experiment"] == "quant-answers"]
    assert len(loads) == len(set(loads)) > 1 and "weights quantized all to Q8_0" in loads
    assert [row["load"] for row in rows if row["experiment"] == "json-fidelity"] == [""]


def test_weights_below_a_megabyte_have_a_size_in_the_list(home, tmp_path):
    path = write_gguf(tmp_path / "user/.lmstudio/models/any/thing/small.gguf")
    (found,) = [row for row in json.loads(said("models", "list", "--json").stdout) if "small.gguf" in row["name"]]
    assert 0 < found["mb"] == round(path.stat().st_size / 1e6, 2) < 1


def test_rows_that_go_to_a_program_are_one_line_each_and_parted_by_tabs(home, server):
    server.refuses = lambda prompt: True
    model = server.name.replace("#stand-in", "#a-model-with-a-long-name-" + "x" * 90)
    assert said("run", "json-fidelity", "--limit", "2", "--model", model).exit_code == 1
    for words, count in ((["plan", "json-fidelity", "--model", model, "--model", "smollm2-135m"], 2), (["status"], 1)):
        head, *rows = [line.split("\t") for line in finish(home, *words).stdout.splitlines()]
        assert len(rows) == count and all(len(row) == len(head) for row in rows)
        assert rows[0][head.index("model")].endswith("x" * 90)


def test_a_status_tells_failures_with_their_reason_on_one_line(tmp_path, monkeypatch):
    home = home_in(tmp_path / "home")
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(home))
    plant(home, lambda item, arm: None, asked=experiment(per_depth=1))
    (row,) = json.loads(said("status", "--json").stdout)
    assert row["replies"] == 0 and row["failed"] > 0 and "out of memory" in row["reason"]
    assert "out of memory <b>trace</b>" in said("status").stdout.splitlines()[1]


def test_a_checkout_without_runs_says_so(home):
    assert "nothing measured yet; start with `incompressible run`" in said("status").stdout


def on_a_terminal(home, *words, columns=80, **environment):
    """What a command shows on a terminal, both streams together."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": str(columns), **environment}
    command = [sys.executable, "-m", "explainers.cli.main", *words]
    shown = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    process = subprocess.Popen(command, env=environment, cwd=HOUSE, **shown)
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 65536):
            seen += part
    except OSError:  # how Linux says that the other end was closed
        pass
    os.close(ours)
    assert process.wait() in (0, 1)
    return seen.decode()


def test_a_terminal_gets_columns_or_blocks_but_no_folded_cells(home):
    wide = on_a_terminal(home, "plan", "json-fidelity", columns=300)
    assert len(wide.strip().splitlines()) == 2 and "\t" not in wide
    narrow = on_a_terminal(home, "plan", "json-fidelity", columns=60)
    assert re.search(r"^model +SmolLM2-135M-Instruct Q4_1\r?$", narrow, re.M)


def test_colours_are_left_out_when_asked(home, server):
    colour = re.compile(r"\x1b\[[0-9;]*\b(3[0-7]|38|9[0-7])\b[0-9;]*m")
    words = ["run", "json-fidelity", "--model", server.name, "--limit"]
    assert colour.search(on_a_terminal(home, *words, "3"))
    plain = on_a_terminal(home, *words, "4", NO_COLOR="1")
    assert "4/4" in plain and not colour.search(plain)


def test_progress_goes_to_stderr_and_stays_short_where_there_is_no_terminal(home, server):
    done = finish(home, "run", "json-fidelity", "--limit", "5", "--model", server.name)
    assert done.returncode == 0 and done.stdout == ""
    assert done.stderr.splitlines() == [
        "json-fidelity on stand-in: 5 cells",
        "json-fidelity on stand-in: 5 of 5 cells, about 0 s left",
        "5 replies kept on here-0000",
    ]


# -- runs that fail or are interrupted ---------------------------------------------------------------------------


def test_failed_cells_give_exit_1_until_they_are_asked_again(home, server):
    server.refuses = lambda prompt: True
    failed = finish(home, "run", "json-fidelity", "--limit", "3", "--model", server.name)
    assert failed.returncode == 1 and "--retry-failed" in failed.stderr
    server.refuses = lambda prompt: False
    assert finish(home, "run", "json-fidelity", "--limit", "3", "--model", server.name).returncode == 1
    assert (
        finish(home, "run", "json-fidelity", "--limit", "3", "--model", server.name, "--retry-failed").returncode == 0
    )
    assert finish(home, "run", "json-fidelity", "--limit", "3", "--model", server.name).returncode == 0


def test_ctrl_c_ends_with_130_and_the_same_command_asks_only_the_rest(home, server):
    server.seconds = 0.1
    words = ["run", "json-fidelity", "--limit", "40", "--width", "2", "--model", server.name]
    process = start(home, *words)
    while len(server.asked) < 8:
        time.sleep(0.02)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130 and "same command goes on" in err and "Traceback" not in err and out == ""
    kept = json.loads(finish(home, "status", "--json").stdout)[0]["replies"]
    assert 4 <= kept < 40
    server.seconds, server.asked[:] = 0.0, []
    assert finish(home, *words).returncode == 0
    probes = sum("Say hello." in prompt for prompt in server.asked)
    questions = len(server.asked) - probes
    assert json.loads(finish(home, "status", "--json").stdout)[0]["replies"] == 40
    two_turns = 10  # every fourth arm asks twice
    assert 40 - kept <= questions <= 40 - kept + two_turns


def test_ctrl_c_does_not_wait_for_a_slow_answer(home, server):
    server.seconds = 60
    process = start(home, "run", "json-fidelity", "--limit", "4", "--model", server.name)
    while not server.asked:
        time.sleep(0.02)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=15)
    assert process.returncode == 130


def test_no_control_character_of_weights_reaches_the_terminal(home, tmp_path):
    hostile = "\x1b[31mred\x1b[0m \x07 \u202egnp"
    path = write_gguf(tmp_path / "m.gguf", {**DENSE, "general.name": hostile})
    shown = said("models", "inspect", str(path))
    refused = said("models", "inspect", str(write_gguf(tmp_path / "n.gguf", {**DENSE, "general.type": hostile})))
    assert shown.exit_code == 0 and refused.exit_code == 2 and "[31mred" in shown.output
    assert not [sign for sign in shown.output + refused.output if not sign.isprintable() and sign not in "\n\t"]


def test_a_reader_who_has_seen_enough_is_no_error(home):
    command = f"{sys.executable} -m explainers.cli.main plan | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=HOUSE, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
