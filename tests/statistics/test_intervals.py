"""Against published numbers, and coverage by full enumeration: what may be counted is not drawn."""

from math import comb, sqrt

import pytest

from labelops.statistics import Interval, hypergeometric_interval, rate_interval, wilson
from labelops.statistics.distributions import binomial_cdf, binomial_pmf, hypergeometric_cdf, hypergeometric_pmf


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_newcombes_table(k, n, low, high):
    found = wilson(k, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    mirrored = wilson(n - k, n).complement()
    assert mirrored.low == pytest.approx(found.low)
    assert mirrored.high == pytest.approx(found.high)


def test_nothing_drawn_says_nothing():
    assert wilson(0, 0) == Interval(0, 1)
    assert hypergeometric_interval(0, 0, 10) == Interval(0, 1)


@pytest.mark.parametrize("wrong", [(-1, 5), (6, 5)])
def test_impossible_counts_are_refused(wrong):
    with pytest.raises(ValueError, match="between 0 and n"):
        wilson(*wrong)
    with pytest.raises(ValueError, match="is needed"):
        hypergeometric_interval(*wrong, 10)
    with pytest.raises(ValueError, match="is needed"):
        hypergeometric_interval(3, 11, 10)


def mean_coverage(interval_of, n, shares):
    intervals = [interval_of(k) for k in range(n + 1)]
    return sum(sum(binomial_pmf(k, n, p) for k, found in enumerate(intervals) if p in found) for p in shares) / len(
        shares
    )


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [20, 50, 200])
def test_wilson_covers_as_often_as_it_says(n, level):
    shares = [(step + 0.5) / 400 for step in range(400)]
    assert mean_coverage(lambda k: wilson(k, n, level), n, shares) == pytest.approx(level, abs=0.01)


def coverage(population, n, marked, **how):
    found = 0.0
    for k in range(max(0, n - population + marked), min(n, marked) + 1):
        if marked / population in INTERVALS(k, n, population, **how):
            found += comb(marked, k) * comb(population - marked, n - k) / comb(population, n)
    return found


_known = {}


def INTERVALS(k, n, population, **how):  # noqa: N802
    key = (k, n, population, *sorted(how.items()))
    if key not in _known:
        _known[key] = hypergeometric_interval(k, n, population, **how)
    return _known[key]


@pytest.mark.parametrize("population", range(1, 31))
def test_the_guaranteed_interval_never_covers_less(population):
    for n in range(1, population + 1):
        for marked in range(population + 1):
            assert coverage(population, n, marked, guaranteed=True) >= 0.95 - 1e-9


@pytest.mark.parametrize(("population", "n"), [(200, 40), (250, 90), (300, 100), (1000, 120), (500, 400)])
def test_the_finite_interval_covers_as_often_as_it_says(population, n):
    places = range(0, population + 1, max(1, population // 250))
    mean = sum(coverage(population, n, marked) for marked in places) / len(places)
    assert mean == pytest.approx(0.95, abs=0.01)


def test_a_census_is_certain():
    assert hypergeometric_interval(7, 40, 40) == Interval(7 / 40, 7 / 40)


def test_the_finite_interval_ends_at_what_is_possible_and_nears_the_exact_one():
    found = hypergeometric_interval(0, 50, 100, guaranteed=True)
    # 5 marked: C(95,50)/C(100,50) = .0281 > .025; with 6 only .0133.
    assert found == Interval(0, 0.05)
    # Clopper-Pearson for 15/148: .0578 to .1617.
    large = hypergeometric_interval(15, 148, 10_000_000, guaranteed=True)
    assert large.low == pytest.approx(0.0578, abs=1e-4)
    assert large.high == pytest.approx(0.1617, abs=1e-4)


def test_the_search_finds_the_same_as_looking_everywhere():
    for k, n, population in [(3, 40, 200), (0, 10, 77), (10, 10, 77), (25, 60, 90)]:
        possible = [
            marked for marked in range(k, population - n + k + 1)
            if 1 - hypergeometric_cdf(k - 1, population, marked, n) > 0.025
            and hypergeometric_cdf(k, population, marked, n) > 0.025
        ]  # fmt: skip
        expected = Interval(possible[0] / population, possible[-1] / population)
        assert hypergeometric_interval(k, n, population, guaranteed=True) == expected


def test_the_interval_shown_depends_on_the_part_drawn():
    assert rate_interval(5, 100, None) == wilson(5, 100)
    assert rate_interval(5, 100, 1000) == wilson(5, 100)
    assert rate_interval(5, 100, 999) == hypergeometric_interval(5, 100, 999)
    assert rate_interval(5, 100, 200).width < wilson(5, 100).width * sqrt(0.55)


def test_the_tails_add_up_to_one():
    for k in range(-1, 32):
        exact = sum(comb(30, x) * 0.3**x * 0.7 ** (30 - x) for x in range(max(0, k + 1)) if x <= 30)
        assert binomial_cdf(k, 30, 0.3) == pytest.approx(exact, abs=1e-12)
        drawn = sum(hypergeometric_pmf(x, 90, 25, 30) for x in range(k + 1))
        assert hypergeometric_cdf(k, 90, 25, 30) == pytest.approx(drawn, abs=1e-11)
    assert (binomial_cdf(3, 5, 0), binomial_cdf(3, 5, 1), binomial_pmf(5, 5, 1)) == (1, 0, 1)
