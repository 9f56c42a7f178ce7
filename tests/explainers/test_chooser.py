"""The chooser's table: what models take and can do, and an honest gap where nobody looked."""

import html
import re
from math import inf
from types import SimpleNamespace

from explainers import charts, claims
from explainers.analysis.model_chooser import TASKS, ChooserModel, describe_skill, list_models, unsettled
from explainers.analysis.skills import SKILLS, TESTED
from explainers.guide.guide import Guide
from explainers.measurements.score import Measurements
from explainers.schema import Estimate
from explainers.site import pages
from runners.experiments import find
from tests.helpers.measured_models import answered, model


def guide(rows=()):
    return Guide(find(), Measurements(tuple(rows)), claims.find(), charts.find(), ())


def test_every_skill_is_a_task_in_words():
    assert TASKS.keys() == SKILLS.keys()


def test_a_model_is_counted_with_its_cache_where_that_is_known():
    rows = [
        *model({"facts": True}, name="one", size=10**9, kv_bytes_per_token=10**5),
        *model({"facts": True}, name="two", size=10**9),
    ]
    assert {one.model.name: round(one.gigabytes, 3) for one in list_models(rows, [], guide().metrics(*TESTED))} == {
        "one": 1.41,
        "two": 1.0,
    }


def test_the_page_says_what_was_not_measured_and_not_timed():
    page = html.unescape(pages.pages(guide(answered("knowledge", lambda item, arm: True)), live=False)["choose.md"])
    assert page.count("not measured</td>") == len(SKILLS) - 1
    assert "not timed" in page and "weights alone" in page
    assert re.search(r'data-skill="facts" data-value="1.0000" data-said="100% \(95% interval 9\d% to 100%\)"', page)


def test_without_models_there_is_nothing_to_choose_from():
    assert "nothing to choose from" in pages.pages(guide(), live=False)["choose.md"]


def test_a_hostile_name_stays_text():
    rows = answered("knowledge", lambda item, arm: True, name='<img src=x onerror="alert(1)"> {{ 7*7 }}')
    page = pages.pages(guide(rows), live=False)["choose.md"]
    assert "<img" not in page and "{{" not in page and 'onerror="' not in page


def known(low, high):
    return Estimate((low + high) / 2, low, high, 50, 50, "test")


def test_a_model_is_not_known_to_be_better_than_one_whose_interval_reaches_up_to_its_own():
    skills = [known(0.6, 0.9), known(0.5, 0.7), known(0.1, 0.2), None, known(-inf, inf)]
    models = [
        ChooserModel(SimpleNamespace(name=str(at), skills={"facts": one}), None, "") for at, one in enumerate(skills)
    ]
    assert unsettled(models, "facts") == [[1, 4], [0, 4], [0, 1, 4], [], [0, 1, 2]]


def test_a_skill_in_words_has_an_interval_or_says_that_it_has_none():
    assert describe_skill(known(0.6, 0.9)) == "75% (95% interval 60% to 90%)"
    assert describe_skill(Estimate(0.5, -inf, inf, 1, 1, "test")) == "50%, too few questions for an interval"
