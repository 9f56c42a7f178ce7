import itertools
import json

from runners.experiments.twin_json import EXPERIMENT
from runners.items.twin_forms import DEPTHS, forms, is_held_out, json_text, outline
from runners.schema import Reply
from runners.scoring.json_contract import examine
from runners.twins.corpus import documents, tokenizer, windows

MIX = {"form-1": 0.3, "form-2": 0.4, "form-3": 0.3}


def some(count=3000):
    return list(itertools.islice(documents(MIX, 1), count))


def test_what_a_form_is_written_as_is_json_and_keeps_its_schema():
    for item in forms(per_depth=20, seed=1):
        text = json_text(item.target["values"])
        assert json.loads(text) == item.target["values"]
        assert examine([text], item.target["schema"]).complete


def test_no_form_that_is_asked_was_ever_read():
    asked = {item.prompt for item in EXPERIMENT.items}
    read = {document.turns[0] for document in some()}

    assert not asked & read and all(is_held_out(item.target["values"]) for item in EXPERIMENT.items)
    assert len(asked) == len(EXPERIMENT.items) == 60 * len(DEPTHS)


def test_every_form_is_read_and_written_back_whole():
    reader = tokenizer(MIX)
    for document in some():
        assert reader.decode(reader.encode(document.text)) == document.text


def test_only_the_answer_is_learned():
    reader, kinds = tokenizer(MIX), (outline, json_text)
    for tokens, learned in itertools.islice(windows(MIX, 1, 193), 50):
        end = tokens.index(0, 1)
        given = reader.decode([token for token, told in zip(tokens[1:end], learned[1:end], strict=True) if not told])
        told = reader.decode([token for token, told in zip(tokens[1:end], learned[1:end], strict=True) if told])
        assert [kind(json.loads(told)) for kind in kinds] == [given, told] and learned[0]


def test_a_reply_is_exact_only_when_structure_and_every_field_are_right():
    item = next(item for item in EXPERIMENT.items if item.tags["depth"] == 2)
    right = json_text(item.target["values"])
    number = next(str(value) for value in item.target["values"].values() if isinstance(value, int))
    replies = {"right": right, "wrong": right.replace(f" {number} ", " 1 ", 1), "open": right[:-2]}
    scores = {name: EXPERIMENT.score(item, {}, Reply(text, (text,))) for name, text in replies.items()}

    assert scores["right"] == {"schema_valid": 1, "fields_right": 1, "exact": 1}
    assert scores["wrong"]["schema_valid"] == 1 and scores["wrong"]["exact"] == 0
    assert 0 < scores["wrong"]["fields_right"] < 1 and scores["open"]["schema_valid"] == 0
