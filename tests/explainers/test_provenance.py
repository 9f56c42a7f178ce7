"""What the guide says of the models it measured, from what their runs recorded."""

from dataclasses import replace

import pytest

from explainers.analysis.provenance import models_in_words, models_without_template
from explainers.text.formatting import MISSING, as_it_stands
from tests.helpers.measured_models import model


def recorded(name, template, twin=None):
    """A row of a model whose run recorded this of its chat template; None where it said nothing."""
    found = {} if template is None else {"llama_cpp": {"chat_template": template}}
    row = model({"facts": True}, name=name)[0]
    return replace(row, run={**row.run, **found}, twin=twin or {})


ROWS = [
    recorded("Base", False),
    recorded("Tuned", True),
    recorded("Asked of a server", None),
    recorded("Strange", "yes"),
    recorded("Our own", False, twin={"rung": "f256", "seed": 1}),
    recorded("Base", False),
]


def test_models_without_a_chat_template_are_named_once_and_twins_are_not():
    assert models_without_template(ROWS) == ["Base"]
    assert models_without_template(row for row in ROWS if row.source.name != "Base") == []


def test_it_is_said_that_their_texts_were_sent_as_they_stand():
    assert as_it_stands(["Base"]).startswith("No chat template comes with Base, ")
    assert as_it_stands(["A", "B"]).startswith("No chat template comes with A or B, ")


@pytest.mark.parametrize(("name", "word"), [("Base", "none"), ("Tuned", "yes"), ("Strange", MISSING)])
def test_the_table_of_models_tells_who_has_one(name, word):
    cells = [row for row in ROWS if row.source.name == name]
    assert [one["template"] for one in models_in_words(cells)] == [word]
