"""Estimates from samples whose tasks had unequal chances to be drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from labelops.statistics.intervals import Interval, wilson


@dataclass(frozen=True)
class Group:
    """Tasks that were drawn with the same probability: how many, and how many of them show what is counted."""

    probability: float
    n: int
    hits: int


@dataclass(frozen=True)
class Estimate:
    """A share with its interval. `n`: tasks looked at; `effective_n`: as many drawn evenly would tell the same."""

    share: float
    interval: Interval
    n: int
    effective_n: float
    population: float
    total: float
    variance: float


def inclusion_probability(of_each_session: Iterable[float]) -> float:
    """That a task is in at least one of the independently drawn sessions over it: 1 - ∏(1 - π of each session)."""
    return 1 - prod(1 - probability for probability in of_each_session)


def horvitz_thompson(groups: Sequence[Group], population: int | None = None, level: float = 0.95) -> Estimate | None:
    """The share in the population, each task weighted by 1/π. None where nothing was drawn.

    The share is the ratio Σ(y/π) / Σ(1/π) (Hájek 1971: of less variance than Σ(y/π)/N, and never above 1); `total` is
    the share of `population`, where given, else Σ(y/π) itself (Horvitz & Thompson 1952, JASA 47:663). The variance is
    the linearised one, Σ (1-π)/π² (y - share)² · n/(n-1) / (Σ1/π)² (Särndal, Swensson & Wretman 1992, 5.7), which for
    one simple random sample is (1-f) s²/n. The interval is Wilson's with the effective number of tasks (Korn &
    Graubard 1998, Survey Methodology 24:193). Tasks of π = 1 add no uncertainty. ValueError for π outside (0, 1].
    """
    drawn = [group for group in groups if group.n]
    if not drawn:
        return None
    if any(not 0 < group.probability <= 1 or not 0 <= group.hits <= group.n for group in drawn):
        raise ValueError("Probabilities lie above 0 and up to 1, hits from 0 to n.")
    n = sum(group.n for group in drawn)
    weight = sum(group.n / group.probability for group in drawn)
    hits = sum(group.hits / group.probability for group in drawn)
    share = min(1.0, hits / weight)
    variance = _variance(drawn, n, weight, share)
    effective = _effective_n(drawn, weight, share, variance)
    interval = Interval(share, share) if effective is None else wilson(share * effective, effective, level)
    total = share * population if population else hits
    return Estimate(share, interval, n, effective or float(n), population or weight, total, variance)


def _variance(drawn: list[Group], n: int, weight: float, share: float) -> float:
    if n < 2:
        return 0.0
    spread = sum(
        _uncertain(group) * (group.hits * (1 - share) ** 2 + (group.n - group.hits) * share**2) for group in drawn
    )
    return spread * n / (n - 1) / weight**2


def _effective_n(drawn: list[Group], weight: float, share: float, variance: float) -> float | None:
    """None: the whole population was seen. Where all answered alike, from the weights only: the spread says nothing."""
    by_weights = sum(_uncertain(group) * group.n for group in drawn)
    if by_weights <= 0:
        return None
    if variance > 0 and 0 < share < 1:
        return share * (1 - share) / variance
    return weight**2 / by_weights


def _uncertain(group: Group) -> float:
    return (1 - group.probability) / group.probability**2
