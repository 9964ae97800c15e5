"""What a random sample says of all: a share with its interval, and by which method.

A stratum is a set of tasks that the same sessions could have drawn. Each had the same chance to be judged in one of
them: pi = 1 - prod(1 - judged of the session / its population).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod, sqrt
from statistics import NormalDist

FLOOR = 20
# From this share of the population on the interval must count with what is left, not with an endless population.
LARGE_SHARE = 0.1
WILSON, HYPERGEOMETRIC, WEIGHTED, CENSUS = "wilson", "hypergeometric", "horvitz_thompson", "census"


@dataclass(frozen=True)
class Stratum:
    """`chance` of a task to be judged, and the sampled tasks by verdict."""

    chance: float
    accepted: int
    fixed: int
    rejected: int

    @property
    def number(self) -> int:
        return self.accepted + self.fixed + self.rejected

    def of(self, verdict: str) -> int:
        return getattr(self, verdict)


@dataclass(frozen=True)
class Estimate:
    """Shares from 0 to 1; all three are None below the floor. `n` tasks were judged out of random sessions."""

    n: int
    population: int
    method: str = ""
    estimate: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_enough(self) -> bool:
        return self.estimate is not None


def chance_of(sessions: Iterable[tuple[int, int]]) -> float:
    """Of (judged, population) per session that could have drawn a task."""
    return 1 - prod(1 - min(1.0, judged / population) for judged, population in sessions if population)


def estimate(strata: Sequence[Stratum], verdict: str, *, population: int, level: float = 0.95) -> Estimate:
    """The share of the population that `verdict` would be given to, were all of it judged."""
    n = sum(stratum.number for stratum in strata)
    if n < FLOOR:
        return Estimate(n, population)
    k = sum(stratum.of(verdict) for stratum in strata)
    chances = {round(stratum.chance, 9) for stratum in strata if stratum.number}
    if n >= population:
        return Estimate(n, population, CENSUS, k / n, k / n, k / n)
    if len(chances) > 1:
        return _weighted(strata, verdict, n, population, level)
    if n > LARGE_SHARE * population:
        low, high = hypergeometric(k, n, population, level)
        return Estimate(n, population, HYPERGEOMETRIC, k / n, low, high)
    low, high = wilson_interval(k, n, level)
    return Estimate(n, population, WILSON, k / n, low, high)


def _weighted(strata: Sequence[Stratum], verdict: str, n: int, population: int, level: float) -> Estimate:
    """Horvitz and Thompson's weights 1/pi, as a ratio (Hajek); the interval is Wilson's at the effective sample size.

    The effective size is p(1-p) over the linearised variance sum w(w-1)(y-p)^2 / (sum w)^2 of Poisson sampling.
    """
    weights = [(1 / stratum.chance, stratum.of(verdict), stratum.number) for stratum in strata if stratum.number]
    total = sum(weight * number for weight, _, number in weights)
    share = sum(weight * k for weight, k, _ in weights) / total
    variance = sum(
        weight * (weight - 1) * (k * (1 - share) ** 2 + (number - k) * share**2) for weight, k, number in weights
    ) / (total**2)
    spread = share * (1 - share)
    # Where all agree the ratio has no spread to be seen: Kish's size, from the weights alone.
    kish = total**2 / sum(weight * weight * number for weight, _, number in weights)
    effective = spread / variance if variance > 0 and spread > 0 else kish
    low, high = wilson_interval(share * effective, effective, level)
    return Estimate(n, population, WEIGHTED, share, low, high)


def wilson_interval(k: float, n: float, level: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share, square = k / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def hypergeometric(k: int, n: int, population: int, level: float) -> tuple[float, float]:
    return wilson_interval(k, n * (population - 1) / (population - n), level)
