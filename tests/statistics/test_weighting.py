from itertools import combinations, product
from math import sqrt

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


@pytest.mark.parametrize("shares", [(0.05, 0.2), (0.3, 0.3), (0.5, 0.1)])
def test_two_strata_cover_as_often_as_they_say(shares):
    """Every outcome of two large strata, 80 tasks at π = .01 and 60 at π = .05, with its probability."""
    sizes, pi = (80, 60), (0.01, 0.05)
    true = sum(share * n / p for share, n, p in zip(shares, sizes, pi, strict=True)) / sum(
        n / p for n, p in zip(sizes, pi, strict=True)
    )
    covered = 0.0
    for first, second in product(range(81), range(61)):
        weight = binomial_pmf(first, 80, shares[0]) * binomial_pmf(second, 60, shares[1])
        if weight < 1e-9:
            continue
        found = horvitz_thompson([Group(pi[0], 80, first), Group(pi[1], 60, second)])
        covered += weight * (true in found.interval)
    assert covered == pytest.approx(0.95, abs=0.02)
    assert sqrt(found.variance) >= 0
