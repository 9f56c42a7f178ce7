"""Every puzzle is answered as its text says, by solvers that know nothing of how it was made."""

import itertools
import random
import re

import pytest

from runners.experiments.twin_skills import EXPERIMENT
from runners.items.puzzles import PUZZLES, is_held_out
from runners.schema import Reply
from runners.twins.corpus import documents, tokenizer, windows

MIX = {"card": 0.2, **dict.fromkeys(PUZZLES, 0.2)}


def some(count=3000):
    return list(itertools.islice(documents(MIX, 1), count))


def asked(skill):
    return [(item.prompt, item.target["answer"].split()) for item in EXPERIMENT.items if item.tags["skill"] == skill]


def pairs(text, between=" "):
    return dict(re.findall(rf"(\w+){between}(\w+) [,.]", text))


def test_a_walk_goes_from_pair_to_pair():
    for prompt, answer in asked("walk"):
        after, here = pairs(prompt), prompt.split()[-2]
        for step in answer:
            assert step == after[here]
            here = step
        assert len(answer) == 8


def test_a_lookup_gives_the_value_beside_the_key():
    for prompt, answer in asked("lookup"):
        assert answer == [pairs(prompt)[prompt.split()[-1]]]


def test_what_must_come_off_first_is_the_top_of_the_pile():
    for prompt, (answer,) in asked("first"):
        above, thing = pairs(prompt, " under "), prompt.split()[-1]
        assert thing in above
        while thing in above:
            thing = above[thing]
        assert answer == thing


def test_a_thing_can_be_lifted_when_nothing_lies_on_it_and_pairs_differ_in_nothing_else():
    questions = asked("lift")
    for prompt, (answer,) in questions:
        assert answer == ("no" if prompt.split()[-1] in pairs(prompt, " under ") else "yes")
    for (no, first), (yes, second) in zip(questions[::2], questions[1::2], strict=True):
        assert (first, second) == (["no"], ["yes"])
        assert sorted(no.split()) == sorted(yes.split()) and no.split()[-1] == yes.split()[-1]


def test_a_thing_in_a_story_goes_where_its_holder_goes():
    for prompt, answer in asked("story"):
        told, _, question = prompt.rpartition(" where ")
        assert answer == [end_of(told)[question.split()[0]]]


def end_of(story):
    """Where everybody and everything is, by reading a story sentence by sentence."""
    at, held = {}, {}
    for who, verb, what in re.findall(r"(\w+) (in|goes|takes|drops) (\w+) \.", story):
        if verb == "takes":
            assert at[who] == at[what] and what not in held.values()
            held.setdefault(who, []).append(what)
        elif verb == "drops":
            held[who].remove(what)
        else:
            at[who] = what
        for thing in held.get(who, ()):
            at[thing] = at[who]
    return at


@pytest.mark.parametrize("kind", PUZZLES)
def test_every_question_of_a_training_text_is_answered_as_an_item_would_be(kind):
    for seed in range(50):
        module = PUZZLES[kind]
        turns = module.draw_turns(random.Random(seed).choice(module.SIZES), random.Random(seed))
        assert len(turns) % 2 == 0 and all(turn.startswith(" ") for turn in turns)
        if kind == "lookup":
            for place in range(1, len(turns), 2):
                assert turns[place].strip() == pairs(turns[0])[turns[place - 1].split()[-1]]
        if kind == "story":
            for place in range(1, len(turns), 2):
                assert turns[place].strip() == end_of(turns[0])[turns[place - 1].split()[-2]]
        if kind == "pile":
            above = pairs(turns[0], " under ")
            for place in range(1, len(turns), 2):
                (verb, thing), answer = turns[place - 1].split()[-2:], turns[place].strip()
                assert verb != "lift" or answer == ("no" if thing in above else "yes")
                assert verb != "first" or (thing in above and answer not in above)


def test_no_puzzle_that_is_asked_was_ever_read():
    read = {document.turns[0] for document in some()}
    puzzles = [item.prompt for item in EXPERIMENT.items if item.tags["skill"] != "fact"]

    assert not read & set(puzzles) and all(map(is_held_out, puzzles)) and len(set(puzzles)) == len(puzzles)


def test_every_document_is_read_and_written_back_whole_and_fits_a_window():
    reader = tokenizer(MIX)
    for document in some():
        tokens = reader.encode(document.text)
        assert reader.decode(tokens) == document.text and len(tokens) < EXPERIMENT.context


def test_every_word_of_an_answer_is_one_token():
    reader = tokenizer(MIX)
    for item in EXPERIMENT.items:
        assert len(reader.encode(f" {item.target['answer']}")) == len(item.target["answer"].split())
        reader.encode(item.prompt)


def test_of_a_card_only_the_values_are_learned():
    reader, mix = tokenizer(MIX), {"card": 1.0, "walk": 0.0}
    tokens, learned = next(windows(mix, 1, 97))
    told = [reader.pieces[token] for token, told in zip(tokens, learned, strict=True) if told and token]
    given = [reader.pieces[token] for token, told in zip(tokens, learned, strict=True) if not told]

    assert len(told) >= 20 and not {" home", " job", " food", " pet", " colour"} & set(told)
    assert {" :", " ,", " home"} <= set(given)


def test_a_warm_up_reads_other_proportions_in_the_same_words():
    reader = tokenizer(MIX)
    firsts = [reader.pieces[tokens[1]] for tokens, _ in itertools.islice(windows(MIX, 1, 113, {"pile": 1.0}), 40)]

    assert set(firsts) == {" pile"}


@pytest.mark.parametrize(
    ("said", "correct", "unbroken"),
    [
        ("{right}", 1, 1),
        ("", 0, 0),
        ("{right} and more", 1, 1),
        ("<script>alert(1)</script>", 0, 0),
        ("{first}", 0, 1 / 8),
        ("{first} {first}", 0, 1 / 8),
    ],
)
def test_an_answer_is_judged_word_by_word(said, correct, unbroken):
    item = next(item for item in EXPERIMENT.items if item.tags["skill"] == "walk" and item.tags["size"] == 16)
    text = said.format(right=item.target["answer"], first=item.target["answer"].split()[0])

    assert EXPERIMENT.score(item, {}, Reply(text, (text,))) == {"correct": correct, "unbroken": unbroken}
