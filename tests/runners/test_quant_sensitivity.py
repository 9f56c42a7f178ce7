"""Pieces of a text, and stored replies of rounded models, judged."""

import json
import re
from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.engine.quantize import parse_type
from runners.experiments.quant_sensitivity import EXPERIMENT, WINDOW
from runners.items.passages import KINDS, LONG, TEXT, cut, parts
from runners.schema import Reply, Trace
from runners.scoring.divergence import quantile

ITEM = EXPERIMENT.items[0]


def score(reply):
    return EXPERIMENT.score(ITEM, {"weights": "Q4_0"}, reply)


def traced(divergence=(0.0, 0.2, 0.4), same=(1, 0, 1), plain=(0.0, -1.0, -2.0), now=(0.0, -1.5, -1.9)):
    against = {"divergence": list(divergence), "same_top": list(same), "logprobs": list(plain), "moved": []}
    return Reply(tokens=("a",) * len(now), logprobs=tuple(now), against=against, stop="traced")


def test_the_pieces_of_a_part_are_the_part():
    for part, text in parts().items():
        assert "".join(item.prompt for item in EXPERIMENT.items if item.tags["part"] == part) == text


def test_every_part_of_the_file_is_of_one_kind_and_is_read():
    headings = re.findall(r"^## part: (.+)$", TEXT.read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(headings) == sorted(part for names in KINDS.values() for part in names)
    assert {item.tags["part"] for item in EXPERIMENT.items} == set(headings)


def test_pieces_are_of_nearly_one_length_and_fit_a_window():
    lengths = [len(re.findall(r"\w+|[^\w\s]", item.prompt)) for item in EXPERIMENT.items]

    assert min(lengths) > 0.6 * LONG and max(lengths) < 1.4 * LONG
    assert 1.7 * max(lengths) < WINDOW, "as many tokens more than words and marks as no usual tokenizer makes of them"


def test_no_piece_begins_or_ends_in_the_midst_of_a_word():
    for before, after in zip(EXPERIMENT.items, EXPERIMENT.items[1:], strict=False):
        if before.tags["part"] == after.tags["part"]:
            assert before.prompt[-1].isspace() and (not after.prompt[0].isspace() or before.prompt.endswith("\n"))


def test_the_code_runs_and_the_document_parses():
    whole = {name: re.sub(r"^```\w+\n|```$", "", text) for name, text in parts().items()}
    names = {"__name__": "lockers"}
    exec(whole["code"], names)
    wall = names["Wall"](rows=4, columns=6)

    assert names["assign"](wall, {"one": [("Bo", 171), ("Ida", 128)]}) == {"Ida": 0, "Bo": 0}
    shows = [night for show in json.loads(whole["json"])["festival"]["shows"] for night in show["performances"]]
    totals = json.loads(whole["json"])["festival"]["totals"]
    assert totals == {
        "performances": len(shows),
        "sold": sum(night["sold"] for night in shows),
        "takings": sum(night["sold"] * night["price"] for night in shows),
    }


@given(
    st.lists(st.sampled_from(["One two. ", "three\n", "  four, five;\n", "\n", "six? ", "π “7” "]), min_size=1),
    st.integers(1, 30),
)
def test_cutting_loses_and_adds_nothing(lines, long):
    text = "".join(lines)
    found = list(cut(text, long))

    assert "".join(found) == text and all(found)


def test_a_piece_is_traced_beside_the_model_as_it_was_and_read_whole():
    for arm in EXPERIMENT.arms():
        asked = EXPERIMENT.ask(ITEM, arm)
        assert isinstance(asked, Trace) and asked.compared and asked.text == ITEM.prompt
        assert parse_type(arm["weights"])[1], "every group of tensors is rounded"


def test_the_quick_profile_reads_a_piece_of_every_kind():
    assert [item.tags["kind"] for item in EXPERIMENT.chosen("quick")] == list(KINDS)


def test_what_nothing_predicts_counts_for_nothing():
    found = score(traced())

    assert found["divergence"] == pytest.approx(0.3) and found["same_top"] == 0.5
    assert found["lost"] == pytest.approx((0.5 - 0.1) / 2)
    assert found["divergence_99"] == pytest.approx(np.quantile([0.2, 0.4], 0.99))


def test_a_model_that_nothing_moved_has_lost_nothing():
    found = score(traced((0, 0, 0), (1, 1, 1), (0.0, -3.0, -1.0), (0.0, -3.0, -1.0)))

    assert found == {"divergence": 0, "divergence_99": 0, "same_top": 1, "lost": 0}


def test_the_first_token_of_every_window_is_left_out():
    many = 2 * WINDOW
    first = [place % WINDOW == 0 for place in range(many)]
    found = score(traced(*([9.0 if at else 0.5 for at in first],) * 4))

    assert found["divergence"] == found["divergence_99"] == 0.5


@pytest.mark.parametrize("reply", [Reply(), Reply(text="<b>π</b>", stop="traced"), traced((), (), (), ())])
def test_a_reply_without_a_comparison_says_nothing(reply):
    assert all(isnan(value) for value in score(reply).values())


def test_a_token_that_has_become_all_but_impossible_is_counted_as_it_is():
    found = score(traced(divergence=(0.0, 1e6, 0.0), now=(0.0, -1e6, -2.0)))

    assert found["divergence"] == 5e5 and found["lost"] == pytest.approx((1e6 - 1) / 2)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values, share):
    assert quantile(values, share) == pytest.approx(np.quantile(values, share), rel=1e-9, abs=1e-9)
