"""Sample sizes and acceptance plans against published tables."""

import random
from itertools import pairwise
from math import comb

import pytest

from labelops.statistics.plans import SinglePlan, TooCloseTogether, Wishes, curve, sample_size, single_plan
from labelops.statistics.sequential import SequentialPlan, follow, keeps, sequential_plan, wald


@pytest.mark.parametrize(
    ("population", "n"), [(10, 10), (100, 80), (500, 218), (1000, 278), (5000, 357), (10_000, 370), (1_000_000, 384)]
)
def test_krejcie_and_morgan(population, n):
    """They round to the nearest, we up: for 500 it is 217 there."""
    assert sample_size(0.05, population) == n


def test_a_sample_for_a_share_that_is_far_from_a_half():
    assert sample_size(0.02, expected=0.1) == 865
    assert sample_size(0.05) == 385
    assert sample_size(0.05, 0) == 0
    with pytest.raises(ValueError, match="margin"):
        sample_size(0)


def test_the_operating_characteristic_of_the_handbook():
    plan = SinglePlan(52, 3)
    found = [plan.acceptance(percent / 100) for percent in range(1, 13)]
    published = [0.998, 0.980, 0.930, 0.846, 0.738, 0.620, 0.502, 0.394, 0.300, 0.223, 0.162, 0.115]
    assert found == pytest.approx(published, abs=6e-4)


def test_the_plan_of_the_r_manual():
    assert single_plan(Wishes(0.05, 0.15, 0.05, 0.075)) == SinglePlan(80, 7)


@pytest.mark.parametrize(("good", "bad", "n", "accept"), [(0.05, 0.10, 298, 21), (0.02, 0.06, 259, 9)])
def test_plans_of_equal_risks(good, bad, n, accept):
    assert single_plan(Wishes(good, bad, 0.05, 0.05)) == SinglePlan(n, accept)


@pytest.mark.parametrize("lot", [40, 150, 1000])
def test_no_smaller_plan_keeps_both_risks_in_the_lot(lot):
    wishes = Wishes(0.05, 0.20)
    found = single_plan(wishes, lot)
    assert found.n <= single_plan(wishes).n
    good, bad = lot * 5 // 100, -(-lot * 20 // 100)

    def accepted(n, accept, marked):
        ways = sum(comb(marked, d) * comb(lot - marked, n - d) for d in range(accept + 1))
        return ways / comb(lot, n)

    assert accepted(found.n, found.accept, good) >= 0.95
    assert accepted(found.n, found.accept, bad) <= 0.10
    for n in range(1, found.n):
        assert not any(accepted(n, c, good) >= 0.95 and accepted(n, c, bad) <= 0.10 for c in range(n))


def test_a_lot_too_small_to_tell_apart_and_shares_too_close():
    with pytest.raises(TooCloseTogether, match="small a lot"):
        single_plan(Wishes(0.01, 0.015, 0.05, 0.1), 0)
    with pytest.raises(TooCloseTogether):
        single_plan(Wishes(0.0100, 0.0101))
    with pytest.raises(ValueError, match="limiting"):
        Wishes(0.1, 0.1)
    with pytest.raises(ValueError, match="Risks"):
        Wishes(0.1, 0.2, 0.6)


def test_a_whole_lot_tells_everything():
    assert single_plan(Wishes(0.1, 0.2), 10) == SinglePlan(9, 1, 10) or single_plan(Wishes(0.1, 0.2), 10).n <= 10


def test_the_curve_falls_and_stays_on_whole_tasks():
    plan = single_plan(Wishes(0.05, 0.20), 40)
    points = curve(plan.acceptance, 0.20, 40)
    assert points[0] == (0, 1)
    assert [share * 40 for share, _ in points] == sorted({round(share * 40) for share, _ in points})
    assert all(before[1] >= after[1] for before, after in pairwise(points))


def test_walds_lines():
    plan = wald(Wishes(0.01, 0.10, 0.05, 0.10), cap=100)
    assert plan.below == pytest.approx(0.9389, abs=1e-4)
    assert plan.above == pytest.approx(1.2054, abs=1e-4)
    assert plan.slope == pytest.approx(0.03975, abs=1e-5)
    refused_from = {n: next(d for d in range(9) if plan.decide(n, d) is False) for n in (2, 19, 20, 23, 24, 46, 49)}
    assert refused_from == {2: 2, 19: 2, 20: 3, 23: 3, 24: 3, 46: 4, 49: 4}
    assert plan.decide(23, 0) is None
    assert plan.decide(24, 0) is True
    assert plan.decide(48, 1) is None
    assert plan.decide(49, 1) is True


@pytest.mark.parametrize(("share", "mean"), [(0.01, 49.47), (0.03, 49.57), (0.05, 47.48), (0.10, 36.33), (0.20, 19.97)])
def test_curtailed_inspection_adds_up(share, mean):
    """n = 52, c = 3, stopped as soon as the answer is sure: published means."""
    accept = [3 - (52 - i) for i in range(53)]
    found = follow(accept, [4] * 53, lambda i, d: share)
    assert found.expected_size == pytest.approx(mean, abs=0.005)
    assert found.acceptance == pytest.approx(SinglePlan(52, 3).acceptance(share))


@pytest.mark.parametrize("lot", [None, 600])
def test_a_capped_test_keeps_both_risks_and_looks_at_fewer(lot):
    wishes = Wishes(0.05, 0.15, 0.05, 0.10)
    plan, single = sequential_plan(wishes, lot), single_plan(wishes, lot)
    assert keeps(plan, wishes)
    assert plan.cap <= 3 * single.n
    assert plan.expected_size(0.05) < 0.7 * single.n
    assert plan.expected_size(0.15) < 0.8 * single.n


def test_the_sum_over_all_ways_is_what_walks_come_to():
    plan, chance, accepted, looked_at = SequentialPlan(1.5, 1.8, 0.1, 60, 6, lot=120), random.Random(6), 0, 0
    for _ in range(4_000):
        lot = [1] * 12 + [0] * 108
        chance.shuffle(lot)
        defects = 0
        for judged, one in enumerate(lot, 1):
            defects += one
            if (decided := plan.decide(judged, defects)) is not None:
                break
        accepted += decided
        looked_at += judged
    found = plan.followed(0.1)
    assert accepted / 4_000 == pytest.approx(found.acceptance, abs=0.025)
    assert looked_at / 4_000 == pytest.approx(found.expected_size, rel=0.03)


def test_a_sequential_plan_that_would_be_endless_is_refused():
    with pytest.raises(TooCloseTogether, match="too long"):
        sequential_plan(Wishes(0.02, 0.025))
    with pytest.raises(ValueError, match="above 0"):
        sequential_plan(Wishes(0, 0.1))
