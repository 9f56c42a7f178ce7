"""Intervals: against closed forms and published tables, by property, and by simulated coverage."""

from dataclasses import dataclass, field
from itertools import pairwise
from math import fsum, inf, isclose, nan
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainers.schema import Sample
from explainers.stats import bootstrap, contrast, level, survival, wilson
from runners.schema import Kind, Metric

METRICS = {
    "right": Metric("right", Kind.SHARE, "share of replies"),
    "speed": Metric("speed", Kind.COUNT, "tokens per second"),
}
RIGHT, SPEED = Sample("right"), Sample("speed")
A, B = Sample("right", {"arm": "a"}), Sample("right", {"arm": "b"})


@dataclass
class Row:
    item: str
    metrics: dict
    facts: dict = field(default_factory=dict)
    cluster: str = ""

    def __post_init__(self):
        self.cluster = self.cluster or self.item


def rows(values, metric="right", cluster=None, **facts):
    return [Row(str(place), {metric: value}, facts, cluster or "") for place, value in enumerate(values)]


def pairs(left, right):
    return rows(left, arm="a") + rows(right, arm="b")


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 10, 0.0, 0.27753), (5, 10, 0.23659, 0.76341), (10, 10, 0.72247, 1.0), (81, 263, 0.25529, 0.36621)],
)
def test_wilson_agrees_with_published_values(successes, n, low, high):
    """The last row is Newcombe 1998's own example, the others follow from the closed form."""
    found = wilson(successes, n)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_its_share_and_is_never_certain(pair):
    found = wilson(*pair)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_treats_right_and_wrong_alike(pair):
    successes, n = pair
    assert isclose(wilson(successes, n).low, 1 - wilson(n - successes, n).high, abs_tol=1e-12)


def test_nothing_asked_gives_no_estimate():
    assert wilson(0, 0) is None
    assert level([], RIGHT, METRICS) is None
    assert contrast([], A, B, METRICS) is None


def test_a_share_of_more_than_all_is_refused():
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)


def test_independent_yes_or_no_questions_get_wilson():
    assert level(rows([1, 0, 1]), RIGHT, METRICS).method == "Wilson"


def test_questions_of_one_cluster_do_not_count_as_independent():
    split = [Row(str(place), {"right": float(place < 60)}, {}, f"c{place // 10}") for place in range(120)]
    found = level(split, RIGHT, METRICS)
    assert (found.method, found.clusters, found.n) == ("cluster bootstrap", 12, 120)
    assert found.high - found.low > 2 * (wilson(60, 120).high - wilson(60, 120).low)


def test_a_metric_that_does_not_apply_counts_for_nothing():
    assert level(rows([1, nan, nan, 0]), RIGHT, METRICS).n == 2
    assert level(rows([nan]), RIGHT, METRICS) is None


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])), min_size=10, max_size=20))
def test_a_paired_difference_lies_within_its_interval(answers):
    found = contrast(pairs(*zip(*answers, strict=True)), A, B, METRICS)
    assert -1 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize("left, right", [(1, 0), (0, 0), (1, 1), (0, 1)])
def test_unanimous_answers_are_not_certainty(left, right):
    found = contrast(pairs([left] * 12, [right] * 12), A, B, METRICS)
    assert found.value == left - right
    assert found.low < found.high


@pytest.mark.parametrize("clusters", [1, 2, 9])
def test_too_few_clusters_bound_nothing(clusters):
    found = contrast(pairs([1] * clusters, [0] * clusters), A, B, METRICS)
    assert (found.value, found.low, found.high) == (1, -inf, inf)


def test_a_speed_that_never_varied_bounds_nothing():
    found = level(rows([40.0] * 20, "speed"), SPEED, METRICS)
    assert (found.value, found.bounded) == (40.0, False)


def test_only_items_answered_both_ways_are_paired():
    left, right = rows([1, 1, 1, 0], arm="a"), rows([0, 0], arm="b")
    found = contrast(left + right, A, B, METRICS)
    assert (found.n, found.clusters, found.value) == (2, 2, 1.0)


def test_pairing_narrows_what_the_questions_share():
    rng = Random(1)
    hard = [float(rng.random() < 0.5) for _ in range(100)]
    paired = contrast(pairs(hard, hard), A, B, METRICS)
    shuffled = contrast(pairs(hard, rng.sample(hard, 100)), A, B, METRICS)
    assert paired.high - paired.low < 0.5 * (shuffled.high - shuffled.low)


def test_estimates_do_not_depend_on_the_order_of_rows_nor_on_the_day():
    rng = Random(2)
    whole = pairs(*[[rng.random() for _ in range(30)] for _ in "ab"])
    assert contrast(whole, A, B, METRICS) == contrast(rng.sample(whole, len(whole)), A, B, METRICS)


few, many = st.sampled_from([0.0, 1.0, 0.1, 1 / 3, -2.5, 1e-300, 7.0]), st.floats(-1e9, 1e9)


@settings(max_examples=12, deadline=None)
@given(st.one_of(st.lists(one, min_size=size, max_size=size + 40) for one in (few, many) for size in (1, 240, 500)))
def test_a_resample_is_the_exact_sum_of_the_clusters_it_takes(column):
    rng = Random(bootstrap.SEED)
    drawn = [[column[int(rng.random() * len(column))] for _ in column] for _ in range(bootstrap.RESAMPLES)]
    assert bootstrap._sums(column, bootstrap._draws(len(column))) == [fsum(one) for one in drawn]


def test_a_ratio_of_speeds_is_a_ratio():
    fast = [Row(str(place), {"speed": 20.0 + place}, {"arm": "a"}) for place in range(20)]
    slow = [Row(str(place), {"speed": 10.0 + place / 2}, {"arm": "b"}) for place in range(20)]
    found = contrast(fast + slow, Sample("speed", {"arm": "a"}), Sample("speed", {"arm": "b"}), METRICS, ratio=True)
    assert found.value == 2.0


EVENTS = Sample("broke", per="tokens", times=100)


def exposed(pairs_of):
    return [Row(str(place), {"broke": broke, "tokens": tokens}) for place, (broke, tokens) in enumerate(pairs_of)]


def members(*answers, scene=1, **facts):
    """Matched pairs, so many of them about one `scene`."""
    return [
        Row(f"{place}{side}", {"right": value}, {"pair": place, **facts}, f"scene {place // scene}")
        for place, pair in enumerate(answers)
        for side, value in zip("ab", pair, strict=True)
    ]


def test_a_pair_is_right_when_both_of_its_members_are():
    found = level(members(*[(1, 1)] * 6, *[(1, 0)] * 5, *[(0, 0)] * 4), Sample("right", together="pair"), METRICS)
    assert (found.value, found.low, found.high, found.method) == (0.4, *_ends(wilson(6, 15)), "Wilson")


def _ends(known):
    return known.low, known.high


def test_a_pair_of_which_one_member_is_missing_counts_for_nothing():
    whole = members((1, 1), (0, 1), (1, nan))
    found = level([*whole[:3], *whole[4:]], Sample("right", together="pair"), METRICS)
    assert (found.value, found.n) == (1.0, 1)


def test_pairs_about_one_scene_do_not_count_as_independent():
    apart = level(members(*[(1, 1)] * 30, *[(1, 0)] * 30), Sample("right", together="pair"), METRICS)
    found = level(members(*[(1, 1)] * 30, *[(1, 0)] * 30, scene=5), Sample("right", together="pair"), METRICS)
    assert (found.value, found.clusters) == (apart.value, 12) == (0.5, 12)
    assert found.high - found.low > 1.5 * (apart.high - apart.low)


def test_pairs_can_be_compared_between_arms():
    asked, told = members(*[(1, 0)] * 20, arm="a"), members(*[(1, 1)] * 15, *[(1, 0)] * 5, arm="b")
    found = contrast(
        asked + told,
        Sample("right", {"arm": "b"}, together="pair"),
        Sample("right", {"arm": "a"}, together="pair"),
        METRICS,
    )
    assert found.value == 0.75 and found.clusters == 20
    assert 0.4 < found.low < 0.75 < found.high < 1


def test_two_kinds_of_question_are_compared_within_their_cluster():
    """A text with questions about its middle and its ends: not the same items, but the same texts."""
    texts = [str(place) for place in range(20)]
    answers = [Row(f"middle {text}", {"right": int(text) % 2}, {"at": "middle"}, text) for text in texts]
    answers += [Row(f"end {end} {text}", {"right": 1}, {"at": "ends"}, text) for text in texts for end in "12"]
    sides = Sample("right", {"at": "middle"}), Sample("right", {"at": "ends"})
    assert contrast(answers, *sides, METRICS) is None
    found = contrast(answers, *sides, METRICS, paired_by="cluster")
    assert (found.value, found.clusters) == (-0.5, 20) and found.low < -0.5 < found.high < 0


def test_a_rate_is_events_over_exposure():
    found = level(exposed([(1, 50), (0, 150), (1, 200)]), EVENTS, {})
    assert found.value == pytest.approx(0.5)


def test_no_event_yet_is_not_a_rate_of_zero_for_sure():
    """The exact Poisson limit for none in 3,000 tokens is 0.123 a hundred."""
    found = level(exposed([(0, 100)] * 30), EVENTS, {})
    assert found.value == 0
    assert 0.06 < found.high < 0.2


def test_exposure_in_too_few_clusters_bounds_nothing():
    late, early = Sample("late", per="late_tokens"), Sample("early", per="early_tokens")
    mostly = [Row(str(p), {"late": 0, "late_tokens": 90 * (p < 9), "early": 1, "early_tokens": 9}) for p in range(40)]
    assert not contrast(mostly, late, early, {}).bounded


@pytest.mark.slow
@pytest.mark.parametrize("gain", [0.0, 0.15, 0.5])
def test_the_paired_bootstrap_covers_the_truth(gain):
    rng, hits, trials = Random(7), 0, 200
    for _ in range(trials):
        control = [float(rng.random() < 0.3) for _ in range(40)]
        treated = [1.0 if rng.random() < gain / 0.7 else value for value in control]
        found = contrast(pairs(treated, control), A, B, METRICS)
        hits += found.low <= gain <= found.high
    assert hits / trials >= 0.92


@pytest.mark.slow
def test_the_rate_bootstrap_covers_the_truth():
    rng, hits, trials = Random(8), 0, 200
    for _ in range(trials):
        watched = [min(rng.expovariate(0.004), 120) for _ in range(60)]
        found = level(exposed([(float(end < 120), end) for end in watched]), EVENTS, {})
        hits += found.low <= 0.4 <= found.high
    assert hits / trials >= 0.92


RELAPSED = (6, 6, 6, 7, 10, 13, 16, 22, 23)
CUT_OFF = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
FREIREICH = [*((week, True) for week in RELAPSED), *((week, False) for week in CUT_OFF)]


@pytest.mark.parametrize(
    ("time", "share", "low", "high", "at_risk"),
    [(6, 0.857, 0.620, 0.952, 21), (10, 0.753, 0.503, 0.889, 15), (23, 0.448, 0.188, 0.680, 6)],
)
def test_survival_agrees_with_the_leukaemia_trial_of_the_textbooks(time, share, low, high, at_risk):
    """Freireich et al. 1963, treated arm, as tabulated by survival packages with the log-log interval."""
    point = next(point for point in survival(FREIREICH) if point.time == time)
    assert point[1:] == (*(pytest.approx(one, abs=1e-3) for one in (share, low, high)), at_risk)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40))
def test_survival_without_cut_offs_is_the_share_that_lasts_longer(times):
    for point in survival([(time, True) for time in times]):
        assert point.value == pytest.approx(sum(time > point.time for time in times) / len(times))


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=40))
def test_survival_falls_and_stays_within_its_band(times):
    curve = survival(times)
    assert all(0 <= point.low <= point.value <= point.high <= 1 and point.low < point.high for point in curve)
    assert all(later.value <= earlier.value for earlier, later in pairwise(curve))


def test_nothing_watched_gives_no_curve():
    assert survival([]) == []
