"""What a random sample says of all: a share with its interval, and by which method.

A stratum is a set of tasks that the same sessions could have drawn. Each had the same chance to be judged in one of
them: pi = 1 - prod(1 - judged of the session / its population).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labelops.statistics.intervals import LARGE_FRACTION, rate_interval
from labelops.statistics.weighting import Group, horvitz_thompson, inclusion_probability

FLOOR = 20
WILSON, HYPERGEOMETRIC, WEIGHTED, CENSUS = "wilson", "hypergeometric", "horvitz_thompson", "census"


@dataclass(frozen=True)
class Stratum:
    """`chance` of a task to be judged, the sampled tasks by verdict; `part` as in labelops.statistics.Group."""

    chance: float
    accepted: int
    fixed: int
    rejected: int
    part: float = 0.0

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
    return inclusion_probability(min(1.0, judged / population) for judged, population in sessions if population)


def stratum_of(sessions: Sequence[tuple[int, int]], *, accepted: int, fixed: int, rejected: int) -> Stratum | None:
    """Of (judged, population) per session that could have drawn these tasks; None: none of them was judged in one."""
    chance, number = chance_of(sessions), accepted + fixed + rejected
    if not chance:
        return None
    # Of one session's sample: all of it is in the stratum, or a filter leaves a part.
    part = min(1.0, number / sessions[0][0]) if len(sessions) == 1 else 0.0
    return Stratum(chance, accepted, fixed, rejected, part)


def estimate(strata: Sequence[Stratum], verdict: str, *, population: int, level: float = 0.95) -> Estimate:
    """The share of the population that `verdict` would be given to, were all of it judged."""
    n, k = sum(stratum.number for stratum in strata), sum(stratum.of(verdict) for stratum in strata)
    if n < FLOOR:
        return Estimate(n, population)
    if n >= population:
        return Estimate(n, population, CENSUS, k / n, k / n, k / n)
    groups = [Group(one.chance, one.number, one.of(verdict), one.part) for one in strata if one.number]
    if len({round(group.probability, 9) for group in groups}) > 1:
        found = horvitz_thompson(groups, population, level)
        return Estimate(n, population, WEIGHTED, found.share, found.interval.low, found.interval.high)
    interval = rate_interval(k, n, population, level)
    method = HYPERGEOMETRIC if n > LARGE_FRACTION * population else WILSON
    return Estimate(n, population, method, k / n, interval.low, interval.high)
