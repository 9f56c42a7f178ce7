"""Rates are tokens over the engine's own seconds, and prompts have nothing in common that could be read once."""

import itertools
from math import isnan
from pathlib import Path

import pytest

from runners.engine.prefix import common_prefix_length
from runners.experiments.throughput import EVENTS, EXPERIMENT, ask, score
from runners.host.settings import load
from runners.scheduling.plan import make_plan
from runners.schema import Reply

HOUSE = Path(__file__).parents[2]
ITEM = EXPERIMENT.items[0]
ONE, EIGHT = {"width": 1}, {"width": 8}


def replied(**fields):
    whole = {"tokens": ("x",) * 64, "prompt_tokens": 120, "prompt_seconds": 0.5, "seconds": 0.7, "stop": "length"}
    return Reply("x" * 64, **{**whole, **fields})


def test_a_rate_is_of_what_was_computed_and_not_of_what_was_there():
    found = score(ITEM, ONE, replied(cached_tokens=20))

    assert found["prompt_per_second"] == pytest.approx(200), "tokens that were read before cost no time"
    assert found["generated_per_second"] == pytest.approx(90), "the first token came with the prompt: 63 steps"
    assert found["first_token"] == 0.5 and found["generated"] == 64


def test_a_reply_that_ended_early_counts_the_token_that_ended_it():
    found = score(ITEM, ONE, replied(tokens=("x",) * 7, stop="end"))

    assert found["generated"] == 7 and found["generated_per_second"] == pytest.approx(10)


def test_how_long_the_first_token_takes_is_known_only_one_at_a_time():
    assert isnan(score(ITEM, EIGHT, replied())["first_token"])


@pytest.mark.parametrize(
    "reply",
    [Reply(), Reply(stop="length"), replied(tokens=(), seconds=0.0, prompt_seconds=0.0), replied(tokens=("<b>",))],
)
def test_where_nothing_was_written_there_is_no_rate(reply):
    assert isnan(score(ITEM, EIGHT, reply)["generated_per_second"])


def test_prompts_differ_before_anything_worth_sharing():
    prompts = sorted(ask(item, ONE).prompt for item in EXPERIMENT.items)
    assert max(common_prefix_length(*pair) for pair in itertools.pairwise(prompts)) < 6
    assert not any(ask(item, ONE).chat for item in EXPERIMENT.items), "a template is a prefix of all"


def test_the_quick_profile_fills_a_batch_of_eight_with_prompts_of_both_lengths():
    quick = EXPERIMENT.chosen("quick")
    assert len(quick) >= 8 and {item.tags["length"] for item in quick} == set(EVENTS)
    words = {length: [len(i.prompt.split()) for i in quick if i.tags["length"] == length] for length in EVENTS}
    assert max(words["short"]) < 128 < 256 < min(words["long"]) and max(words["long"]) < 512


def test_each_width_is_a_load_of_its_own_whatever_the_setting(starter):
    settings = load({"home": HOUSE, "rig": "here-0000", "model": (str(starter.path),), "width": 3})
    tasks = make_plan(settings, ["throughput"]).tasks

    assert [(task.load.width, task.engine["width"]) for task in tasks] == [(1, 1), (8, 8)]
    assert all(cell.arm["width"] == task.load.width for task in tasks for cell in task.cells)
    keys = [{cell.key for cell in task.cells} for task in tasks]
    assert len(keys[0]) == len(keys[1]) == len(EXPERIMENT.chosen("quick")) and not keys[0] & keys[1]


def test_experiments_that_leave_the_width_alone_get_the_users(starter):
    settings = load({"home": HOUSE, "rig": "here-0000", "model": (str(starter.path),), "width": 3})
    assert [task.load.width for task in make_plan(settings, ["story-state"]).tasks] == [3]


@pytest.mark.engine
def test_no_prompt_of_a_real_run_is_lent_to_another(starter):
    from runners.engine.llama_engine import LlamaEngine
    from runners.engine.protocol import Load

    engine = LlamaEngine(Load(str(starter.path), context=1024, width=8))
    short = [ask(item, EIGHT) for item in EXPERIMENT.items if item.tags["length"] == "short"][:3]
    replies = [reply for _, reply in engine.answer([type(one)(one.prompt, chat=False, max_tokens=2) for one in short])]
    engine.close()

    assert max(reply.cached_tokens for reply in replies) < 4
    assert all(90 < reply.prompt_tokens < 160 for reply in replies)
