import random
from itertools import combinations, product

import pytest

from labelops.statistics import Group, horvitz_thompson, inclusion_probability, wilson
from labelops.statistics.distributions import binomial_pmf


def test_a_task_is_in_one_of_several_sessions():
    assert inclusion_probability([]) == 0
    assert inclusion_probability([0.25]) == 0.25
    assert inclusion_probability([0.5, 0.2, 0.1]) == pytest.approx(1 - 0.5 * 0.8 * 0.9)
    assert inclusion_probability([0.3, 1]) == 1


def test_one_even_sample_is_the_plain_share_with_the_finite_correction():
    found = horvitz_thompson([Group(0.2, 200, 30)], population=1000)
    assert found.share == pytest.approx(0.15)
    assert found.total == pytest.approx(150)
    # (1 - f) s² / n
    assert found.variance == pytest.approx(0.8 * (0.15 * 0.85 * 200 / 199) / 200)
    assert found.effective_n == pytest.approx(199 / 0.8)


def test_stratified_enrolment_as_published_where_the_weights_are_the_strata():
    # Hand-worked: 4421 at 10 % wrong of 100 drawn, 755 at 20 % of 50, 1018 at 30 % of 50.
    groups = [Group(100 / 4421, 100, 10), Group(50 / 755, 50, 10), Group(50 / 1018, 50, 15)]
    found = horvitz_thompson(groups)
    assert found.population == pytest.approx(6194)
    assert found.total == pytest.approx(442.1 + 151 + 305.4)
    assert found.share == pytest.approx(898.5 / 6194)


def test_two_overlapping_sessions_are_unbiased_over_every_pair_of_draws():
    marked = {0, 3, 4}
    frames = [(range(6), 3), (range(3), 1)]
    draws = [list(combinations(frame, size)) for frame, size in frames]
    totals, sizes = [], []
    for one, two in product(*draws):
        seen = set(one) | set(two)
        pi = {task: inclusion_probability([0.5] + [1 / 3] * (task < 3)) for task in range(6)}
        groups = [Group(pi[task], 1, int(task in marked)) for task in seen]
        totals.append(sum(group.hits / group.probability for group in groups))
        sizes.append(sum(1 / group.probability for group in groups))
    assert sum(totals) / len(totals) == pytest.approx(len(marked))
    assert sum(sizes) / len(sizes) == pytest.approx(6)


def test_tasks_all_seen_leave_no_doubt():
    found = horvitz_thompson([Group(1, 40, 10)])
    assert (found.interval.low, found.interval.high, found.variance) == (0.25, 0.25, 0)


def test_where_all_answers_are_alike_the_weights_tell_how_little_is_known():
    found = horvitz_thompson([Group(0.1, 50, 0), Group(0.9, 50, 0)])
    assert found.interval.low == 0
    assert found.effective_n < 100
    assert found.interval.high > wilson(0, 100).high


def test_nothing_drawn_and_impossible_groups():
    assert horvitz_thompson([]) is None
    assert horvitz_thompson([Group(0.3, 0, 0)]) is None
    with pytest.raises(ValueError, match="Probabilities"):
        horvitz_thompson([Group(0, 3, 1)])


def test_one_group_is_wilsons_interval_in_a_finite_population():
    found = horvitz_thompson([Group(0.2, 200, 30)])
    plain = wilson(30 / 0.8, 200 / 0.8)
    assert found.interval.low == pytest.approx(plain.low)
    assert found.interval.high == pytest.approx(plain.high)


def test_groups_that_are_alike_tell_as_much_as_one_that_has_all():
    many = horvitz_thompson([Group(0.01, 15, 0, 1.0) for _ in range(20)])
    assert many.interval.high == pytest.approx(wilson(0, 300 / 0.99).high, rel=0.01)


def test_a_number_that_was_fixed_narrows_the_interval_and_moves_no_estimate():
    by_chance = horvitz_thompson([Group(0.1, 40, 20), Group(0.5, 40, 4)])
    fixed = horvitz_thompson([Group(0.1, 40, 20, 1.0), Group(0.5, 40, 4, 1.0)])
    assert fixed.share == by_chance.share == pytest.approx((200 + 8) / 480)
    assert fixed.interval.width < by_chance.interval.width
    assert fixed.variance < by_chance.variance


def test_two_large_strata_cover_as_often_as_they_say_on_average():
    """Every outcome, 80 tasks at π = .01 and 60 at π = .05, with its probability, over a grid of both shares."""
    steps = [(step + 0.5) / 16 for step in range(16)]
    found = [
        [horvitz_thompson([Group(0.01, 80, one, 1.0), Group(0.05, 60, two, 1.0)]).interval for two in range(61)]
        for one in range(81)
    ]
    chances = {n: [[binomial_pmf(k, n, p) for k in range(n + 1)] for p in steps] for n in (80, 60)}
    covered = 0.0
    for (p, first), (q, second) in product(zip(steps, chances[80], strict=True), zip(steps, chances[60], strict=True)):
        true = (8000 * p + 1200 * q) / 9200
        for one, row in zip(first, found, strict=True):
            if one > 1e-7:
                covered += one * sum(two for two, at in zip(second, row, strict=True) if at.low <= true <= at.high)
    assert covered / len(steps) ** 2 == pytest.approx(0.95, abs=0.01)


def drawn(chance, n, hits, size):
    """How many of n out of `size` tasks, `hits` of them marked, are marked."""
    return sum(chance.sample((1, 0), n, counts=(hits, size - hits)))


def strata(*sizes):
    """Each stratum drawn by a session of its own: (tasks, sample)."""

    def draw(chance):
        marked = [round(chance.random() * tasks) for tasks, _ in sizes]
        groups = [Group(n / tasks, n, drawn(chance, n, hits, tasks), 1.0)
                  for (tasks, n), hits in zip(sizes, marked, strict=True)]  # fmt: skip
        return sum(marked) / sum(tasks for tasks, _ in sizes), groups

    return draw


def overlapping(chance):
    """60 of 600 drawn, and 40 of the first 150 by another session: both draws may find the same task."""
    tasks, part = range(600), 150
    shares = chance.random(), chance.random()
    marked = [chance.random() < shares[task >= part] for task in tasks]
    seen = {*chance.sample(tasks, 60), *chance.sample(range(part), 40)}
    groups = []
    for own, pi in ((range(part), inclusion_probability([0.1, 40 / part])), (range(part, 600), 0.1)):
        ours = [task for task in own if task in seen]
        groups.append(Group(pi, len(ours), sum(marked[task] for task in ours)))
    return sum(marked) / 600, groups


def filtered(chance):
    """Two sessions over 2,000 tasks each, at 3 % and at 10 %; asked is for a third of each."""
    groups, marked = [], 0
    for n in (60, 200):
        hits = round(chance.random() * 600)
        marked += hits
        ours = sum(chance.sample((1, 0), n, counts=(600, 1400)))
        groups.append(Group(n / 2000, ours, drawn(chance, ours, hits, 600) if ours else 0, ours / n))
    return marked / 1200, groups


@pytest.mark.parametrize(
    "draw",
    [strata(*[(1000 + 200 * step, 20) for step in range(6)]), strata((100, 30), (60, 36)), overlapping, filtered],
    ids=["six strata", "finite", "overlapping", "filtered"],
)
def test_drawn_samples_cover_as_often_as_they_say_on_average(draw):
    chance, draws, covered = random.Random(20261123), 5_000, 0
    for _ in range(draws):
        true, groups = draw(chance)
        covered += true in horvitz_thompson(groups).interval
    assert covered / draws == pytest.approx(0.95, abs=0.01)
