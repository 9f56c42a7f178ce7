from collections import Counter

from runners.items.twin_people import PEOPLE, attributes, facts, names, people
from runners.schema import digest


def test_the_people_are_the_same_for_ever():
    told = [[one.name, dict(one.values), one.held] for one in people()]

    assert digest(told) == "4c55d2fc5972373d2a275d88d6e05d4c", (
        "committed twins know these people; a change needs new twins"
    )


def test_no_word_means_two_things():
    groups = [*names(), *attributes().values()]

    assert len({word for group in groups for word in group}) == sum(map(len, groups))


def test_everybody_has_a_name_of_their_own():
    assert len({one.name for one in people()}) == PEOPLE


def test_attributes_say_nothing_about_each_other():
    pairs = Counter((one.values["pet"], one.values["colour"]) for one in people())

    assert len(pairs) == 256 and max(pairs.values()) < 3 * PEOPLE / 256


def test_items_keep_tiers_in_balance_and_ask_nobody_twice():
    items = facts(per_tier=10, held=8)
    tiers = Counter(item.tags["tier"] for item in items if item.tags["held"] == "asked")

    assert tiers == dict.fromkeys(range(1, 6), 10)
    assert sum(item.tags["held"] == "held" for item in items) == 8
    assert len({item.cluster for item in items}) == len(items)


def test_an_items_answer_is_what_the_person_has():
    known = {one.name: one for one in people()}

    assert all(item.target["value"] == known[item.cluster].values[item.tags["attribute"]] for item in facts(5, 5))
