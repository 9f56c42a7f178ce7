"""The incremental parser must agree with a full validator, and name the very token that broke the contract."""

import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.items.nested_records import records
from runners.scoring.json_contract import close_brackets, examine, fields_right, parse

ITEMS = records(depths=(1, 2, 3, 6), per_depth=4, seed=5)
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 5},
        "age": {"type": "integer"},
        "kind": {"type": "string", "enum": ["cat", "cow"]},
        "pets": {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 2},
    },
    "required": ["name", "age", "kind", "pets"],
    "additionalProperties": False,
}
GOOD = '{"name": "Al", "age": 3, "kind": "cow", "pets": [true]}'


def broken_at(text):
    return examine(list(text), SCHEMA).broken_at


def test_a_valid_reply_is_complete_and_bare():
    found = examine(list(GOOD), SCHEMA)
    assert (found.broken_at, found.complete, found.bare, found.read) == (None, True, True, len(GOOD))


@pytest.mark.parametrize("around", ["```json\n{}\n```", "Here you are: {}", "{}\nAnything else?"])
def test_what_stands_around_the_json_is_forgiven_but_not_called_bare(around):
    found = examine(list(around.replace("{}", GOOD)), SCHEMA)
    assert found.complete and not found.bare


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ('{"nome', '{"no'),  # no field begins so
        ('{"name": "Albert"', '{"name": "Albert'),  # too long at its sixth letter
        ('{"name": 3', '{"name": 3'),
        ('{"name": "Al" "age"', '{"name": "Al" "'),  # a comma is missing
        ('{"name": "Al", "name"', '{"name": "Al", "n'),  # a field said twice
        ('{"name": "Al", "age": 3.5,', '{"name": "Al", "age": 3.5,'),
        ('{"kind": "cob', '{"kind": "cob'),
        ('{"kind": "c"', '{"kind": "c"'),
        ('{"pets": []', '{"pets": []'),
        ('{"pets": [true, false, true', '{"pets": [true, false, t'),
        ('{"pets": [true,]', '{"pets": [true,]'),
        ('{"pets": [True', '{"pets": [T'),
        ('{"name": "A\n', '{"name": "A\n'),
        ('{"name": "Al"}', '{"name": "Al"}'),  # closed before all fields came
        ('{"age": 01', '{"age": 01'),
        ('{"age": 1e999,', '{"age": 1e999,'),  # JSON, but no number that anybody can hold
        ('{"age": -1e999}', '{"age": -1e999}'),
    ],
)
def test_the_first_impossible_character_is_found(text, at):
    assert broken_at(text) == len(at) - 1


def test_positions_count_tokens_not_characters():
    assert examine(["```json\n", '{"na', 'me": "Al', 'bert"', "}"], SCHEMA).broken_at == 3


def test_a_reply_without_json_is_broken_at_once():
    found = examine(["I", " cannot"], SCHEMA)
    assert (found.broken_at, found.read) == (0, 1)


def test_an_empty_reply_is_broken():
    assert examine([], SCHEMA).broken_at == 0


def test_a_reply_that_ends_inside_the_document_is_broken_at_its_end():
    assert examine(['{"name"', ":"], SCHEMA).broken_at == 1


def test_a_reply_that_was_cut_off_was_never_seen_to_break():
    found = examine(['{"name"', ":"], SCHEMA, cut=True)
    assert (found.broken_at, found.complete, found.read) == (None, False, 2)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
@pytest.mark.parametrize("indent", [None, 2])
def test_every_item_can_be_answered_rightly(item, indent):
    text = json.dumps(item.target["values"], indent=indent)
    jsonschema.validate(json.loads(text), item.target["schema"])
    assert examine(list(text), item.target["schema"]).complete
    assert fields_right(parse(text), item.target["values"]) == 1.0


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_after_any_edit_the_parser_agrees_with_a_full_validator(data):
    text = list(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(1, len(text) - 1))
        text[place] = data.draw(st.sampled_from(['"', ",", ":", "", "{", "}", "[", "]", "1", "e", "a", " ", "true"]))
    document = "".join(text)
    assert examine(list(document), SCHEMA).complete == valid(document)


def valid(document):
    """Whether the first JSON value in a document keeps the schema, by json and jsonschema."""

    def once(pairs):
        names = [name for name, _ in pairs]
        if len(names) != len(set(names)):
            raise ValueError("a field said twice")
        return dict(pairs)

    try:
        answer, _ = json.JSONDecoder(object_pairs_hook=once).raw_decode(document)
        jsonschema.validate(answer, SCHEMA)
    except (ValueError, jsonschema.ValidationError):
        return False
    return True


@settings(max_examples=200, deadline=None)
@given(st.text(), st.integers(1, 4))
def test_no_text_whatever_makes_it_fail(text, cut):
    tokens = [text[at : at + cut] for at in range(0, len(text), cut)]
    found = examine(["{", *tokens], SCHEMA)
    assert found.complete or found.broken_at is not None
    fields_right(parse("{" + text), ITEMS[0].target["values"])


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
@pytest.mark.parametrize("indent", [None, 2])
def test_closing_what_stands_open_mends_a_record_that_lacks_brackets_and_no_other(item, indent):
    whole = json.dumps(item.target["values"], indent=indent)
    for end in range(len(whole) + 1):
        mended = examine((close_brackets(whole[:end]),), item.target["schema"]).complete
        assert mended == (not whole[end:].strip("]} \n"))


@pytest.mark.parametrize("around", ["```json\n{}\n```", "Here you are: {}", "{}  \n"])
def test_a_record_is_closed_inside_its_fence_and_behind_its_prose(around):
    assert examine((close_brackets(around.replace("{}", GOOD[:-2])),), SCHEMA).complete


def test_brackets_inside_words_are_not_closed():
    named = GOOD.replace("Al", '[{\\"')
    assert close_brackets(named[:-1]) == named


@pytest.mark.parametrize("after", ["}", ",", '"', "}]}"])
def test_what_closes_too_much_or_leaves_a_word_open_is_not_mended(after):
    assert not examine((close_brackets(GOOD[:-2] + after),), SCHEMA).complete


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='{}[]"\\`a \n', max_size=60))
def test_closing_only_ever_adds_brackets_at_the_end(text):
    kept = text[max(0, text.find("{")) :].rstrip("` \n")
    assert close_brackets(text).startswith(kept) and not close_brackets(text)[len(kept) :].strip("]}")


def test_a_text_full_of_quotes_is_closed_at_once():
    assert close_brackets('{"' * 200_000) and close_brackets('{"' + "\\" * 400_001)


@pytest.mark.parametrize("answer", ["NaN", "1e999", "[" * 5000, "null", '"x"', "{}"])
def test_strange_values_are_wrong_and_harmless(answer):
    assert fields_right(parse(f'{{"seats": {answer}}}'), {"seats": 12}) == 0.0


@pytest.mark.parametrize(("said", "meant", "share"), [("true", 1, 0), ("1", True, 0), ("1.0", 1, 1), ('"1"', 1, 0)])
def test_a_field_is_right_only_as_json_would_have_it(said, meant, share):
    assert fields_right(parse(f'{{"a": {said}}}'), {"a": meant}) == share
