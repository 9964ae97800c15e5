"""Intervals of a share out of a simple random sample."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

from labelops.statistics.distributions import hypergeometric_cdf, hypergeometric_pmf, two_sided

# From this part of the population on, that it is finite tells enough to be used.
LARGE_FRACTION = 0.1


@dataclass(frozen=True)
class Interval:
    """Shares, 0 to 1."""

    low: float
    high: float

    def __contains__(self, share: float) -> bool:
        return self.low <= share <= self.high

    @property
    def width(self) -> float:
        return self.high - self.low

    def complement(self) -> "Interval":
        """Of the other answer's share."""
        return Interval(1 - self.high, 1 - self.low)


EVERYTHING = Interval(0.0, 1.0)


def wilson(k: float, n: float, level: float = 0.95) -> Interval:
    """The score interval for k of n, n small against the population; n = 0 knows nothing: 0 to 1.

    k and n may be effective numbers, with fractions. Wilson 1927, JASA 22:209; Newcombe 1998, Stat Med 17:857.
    ValueError unless 0 <= k <= n.
    """
    return wilson_at(k, n, two_sided(level))


def wilson_at(k: float, n: float, z: float) -> Interval:
    """The same by the normal quantile itself."""
    if not 0 <= k <= n:
        raise ValueError("k lies between 0 and n.")
    if n == 0:
        return EVERYTHING
    share, z2 = k / n, z * z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # Exactly 0 and 1 at the ends, where rounding would leave a trace.
    return Interval(max(0.0, middle - reach) if k else 0.0, min(1.0, middle + reach) if k < n else 1.0)


def hypergeometric_interval(
    k: int, n: int, population: int, level: float = 0.95, *, guaranteed: bool = False
) -> Interval:
    """The share in a finite population of which n were drawn without replacement, k of them marked.

    Both tails of the hypergeometric distribution inverted: the mid-P form, whose coverage is the level on average
    (in populations under some 200 a little more: their few shares are far apart);
    `guaranteed` counts the observed k wholly to both tails, so that the coverage is never below the level (and the
    interval wider). The ends are counts divided by the population; n = population gives one point.
    Cochran 1977, Sampling Techniques, 3.6; Berry & Armitage 1995, The Statistician 44:417 (mid-P).
    ValueError unless 0 <= k <= n <= population.
    """
    if not 0 <= k <= n <= population:
        raise ValueError("0 <= k <= n <= population is needed.")
    if n == 0:
        return EVERYTHING
    half, own = (1 - level) / 2, 1.0 if guaranteed else 0.5
    guess = _with_population(k, n, population, level)
    low = _least(
        lambda marked: _upper_tail(k, population, marked, n, own) > half,
        k, population - (n - k), round(guess.low * population),
    )  # fmt: skip
    # By symmetry: the least number of unmarked ones that the n - k unmarked of the sample allow.
    other = _least(
        lambda unmarked: _upper_tail(n - k, population, unmarked, n, own) > half,
        n - k, population - k, round((1 - guess.high) * population),
    )  # fmt: skip
    return Interval(low / population, max(low, population - other) / population)


def rate_interval(k: int, n: int, population: int | None, level: float = 0.95) -> Interval:
    """The interval to show: the hypergeometric one where more than 10 % of the population was drawn, else Wilson's."""
    if population is not None and n > LARGE_FRACTION * population:
        return hypergeometric_interval(k, n, max(n, population), level)
    return wilson(k, n, level)


def _with_population(k: int, n: int, population: int, level: float) -> Interval:
    """Roughly the answer: where the search begins."""
    if n == population:
        return Interval(k / n, k / n)
    grown = (population - 1) / (population - n)
    return wilson(k * grown, n * grown, level)


def _upper_tail(k: int, population: int, marked: int, n: int, own: float) -> float:
    """P(X > k) + own * P(X = k)."""
    beyond = 1 - hypergeometric_cdf(k, population, marked, n)
    return beyond + own * hypergeometric_pmf(k, population, marked, n)


def _least(holds: Callable[[int], bool], low: int, high: int, guess: int) -> int:
    """The least number from low to high for which `holds`, which stays true from there on; high if none before."""
    guess, step = min(max(guess, low), high), 1
    if holds(guess):
        while guess > low and holds(max(low, guess - step)):
            guess, step = max(low, guess - step), step * 2
        low, high = max(low, guess - step), guess
    else:
        while guess < high and not holds(min(high, guess + step)):
            guess, step = min(high, guess + step), step * 2
        low, high = guess, min(high, guess + step)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
