"""Binomial and hypergeometric probabilities, and the normal quantile."""

from collections.abc import Callable
from functools import lru_cache
from math import exp, lgamma, log, log1p
from statistics import NormalDist

# Terms this much smaller than the sum change no digit that anybody reads.
NEGLIGIBLE = 1e-17


@lru_cache(maxsize=64)
def two_sided(level: float) -> float:
    """The normal quantile that cuts (1 - level) / 2 off each side: 1.96 for 0.95. ValueError outside 0 to 1."""
    if not 0 < level < 1:
        raise ValueError("A level lies between 0 and 1.")
    return NormalDist().inv_cdf((1 + level) / 2)


def log_choose(n: int, k: int) -> float:
    """Natural logarithm of "n over k", for 0 <= k <= n."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def binomial_pmf(k: int, n: int, p: float) -> float:
    if not 0 <= k <= n:
        return 0.0
    if p <= 0 or p >= 1:
        return float(k == (n if p >= 1 else 0))
    return exp(log_choose(n, k) + k * log(p) + (n - k) * log1p(-p))


def binomial_cdf(k: int, n: int, p: float) -> float:
    """P(X <= k) of n independent trials."""
    if k < 0:
        return 0.0
    if k >= n or p <= 0:
        return 1.0
    if p >= 1:
        return 0.0
    odds = p / (1 - p)
    if k > (n + 1) * p:
        upper = _sum_of_tail(binomial_pmf(k + 1, n, p), lambda x: odds * (n - x) / (x + 1), k + 1, n, 1)
        return max(0.0, 1 - upper)
    return min(1.0, _sum_of_tail(binomial_pmf(k, n, p), lambda x: x / (odds * (n - x + 1)), k, 0, -1))


def hypergeometric_pmf(k: int, population: int, marked: int, n: int) -> float:
    """P(X = k): k marked among n drawn without replacement from a population that holds `marked` of them."""
    if not max(0, n - (population - marked)) <= k <= min(n, marked):
        return 0.0
    return exp(log_choose(marked, k) + log_choose(population - marked, n - k) - log_choose(population, n))


def hypergeometric_cdf(k: int, population: int, marked: int, n: int) -> float:
    """P(X <= k), see `hypergeometric_pmf`."""
    least, most, unmarked = max(0, n - (population - marked)), min(n, marked), population - marked
    if k < least:
        return 0.0
    if k >= most:
        return 1.0
    if k > (n + 1) * (marked + 1) / (population + 2):
        first = hypergeometric_pmf(k + 1, population, marked, n)
        up = _sum_of_tail(first, lambda x: (marked - x) * (n - x) / ((x + 1) * (unmarked - n + x + 1)), k + 1, most, 1)
        return max(0.0, 1 - up)
    first = hypergeometric_pmf(k, population, marked, n)
    down = _sum_of_tail(first, lambda x: x * (unmarked - n + x) / ((marked - x + 1) * (n - x + 1)), k, least, -1)
    return min(1.0, down)


def _sum_of_tail(first: float, ratio: Callable[[int], float], start: int, end: int, step: int) -> float:
    """Terms from `start` outwards to `end`, each the one before times `ratio` of that one's place."""
    total = term = first
    for place in range(start, end, step):
        term *= ratio(place)
        total += term
        if term < total * NEGLIGIBLE:
            break
    return total
