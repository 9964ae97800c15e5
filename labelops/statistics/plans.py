"""How many tasks to look at: to estimate with a wanted precision, or to accept or refuse a lot by one sample."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from labelops.statistics.distributions import binomial_cdf, hypergeometric_cdf, two_sided

LARGEST_SAMPLE = 100_000
# Shares times a lot, as 0.07 * 100, miss the whole number by rounding.
ROUNDING = 1e-9


class TooCloseTogether(ValueError):
    """No plan of a size that anybody would carry out tells the two qualities apart."""


@dataclass(frozen=True)
class Wishes:
    """What a plan should do. `acceptable` (AQL) and `limiting` (LQ) are shares of defective tasks.

    A lot as good as `acceptable` is refused at most with `producer_risk`; one as bad as `limiting` is accepted at
    most with `consumer_risk`. ValueError unless 0 <= acceptable < limiting < 1 and the risks lie between 0 and 1/2.
    """

    acceptable: float
    limiting: float
    producer_risk: float = 0.05
    consumer_risk: float = 0.10

    def __post_init__(self) -> None:
        if not 0 <= self.acceptable < self.limiting < 1:
            raise ValueError("The limiting share must be above the acceptable one, and both from 0 to 1.")
        if not (0 < self.producer_risk < 0.5 and 0 < self.consumer_risk < 0.5):
            raise ValueError("Risks lie between 0 and 1/2.")


@dataclass(frozen=True)
class SinglePlan:
    """Look at n tasks of the lot; accept it with at most `accept` defective ones among them."""

    n: int
    accept: int
    lot: int | None = None

    def acceptance(self, share: float) -> float:
        """The probability to accept a lot of this share of defective tasks: the operating characteristic.

        In a finite lot the share is read as the nearest whole number of tasks.
        """
        if self.lot is None:
            return binomial_cdf(self.accept, self.n, share)
        return hypergeometric_cdf(self.accept, self.lot, round(share * self.lot), self.n)

    def expected_size(self, share: float) -> float:
        return float(self.n)


def sample_size(margin: float, population: int | None = None, expected: float = 0.5, level: float = 0.95) -> int:
    """How many to draw so that the estimated share is within ± `margin` with this level.

    n0 = z² p (1-p) / margin², with the finite population: n0 / (1 + (n0 - 1) / N), rounded up; Cochran 1977, 4.4;
    Krejcie & Morgan 1970, Educ Psychol Meas 30:607 tabulate it for p = 1/2. ValueError for a margin outside (0, 1/2].
    """
    if not 0 < margin <= 0.5 or not 0 < expected < 1:
        raise ValueError("The margin lies between 0 and 1/2, the expected share between 0 and 1.")
    endless = two_sided(level) ** 2 * expected * (1 - expected) / margin**2
    if population is None:
        return max(1, ceil(endless - ROUNDING))
    return min(population, max(1, ceil(endless / (1 + (endless - 1) / population) - ROUNDING))) if population else 0


def single_plan(wishes: Wishes, lot: int | None = None) -> SinglePlan:
    """The least sample that keeps both risks: exact, hypergeometric in a lot, binomial without one.

    As in Schilling & Neubauer, Acceptance Sampling in Quality Control, ch. 5: for each acceptance number the least n
    that keeps the consumer's risk, then the first that keeps the producer's. Raises TooCloseTogether.
    """
    good, bad = _marked(wishes, lot)
    if lot is not None and good >= bad:
        raise TooCloseTogether("In so small a lot the two shares mean the same number of tasks.")
    most = min(LARGEST_SAMPLE, lot or LARGEST_SAMPLE)

    def plan_for(accept: int) -> SinglePlan | None:
        n = _least(lambda n: _accepted(accept, n, bad, lot) <= wishes.consumer_risk, accept + 1, most)
        if n is None or 1 - _accepted(accept, n, good, lot) > wishes.producer_risk:
            return None
        return SinglePlan(n, accept, lot)

    # The greatest acceptance number with which the largest sample still keeps the consumer's risk.
    beyond = _least(lambda accept: _accepted(accept, most, bad, lot) > wishes.consumer_risk, 0, most)
    most_accepted = most - 1 if beyond is None else beyond - 1
    found = next(filter(None, map(plan_for, range(min(most_accepted, 60) + 1))), None)
    # Beyond, one by one would take long; which of two neighbours comes out hardly matters there.
    accept = None if found else _least(lambda accept: plan_for(accept) is not None, 61, most_accepted)
    found = found or (plan_for(accept) if accept is not None else None)
    if found is None:
        raise TooCloseTogether("The two shares are too close: no sample of a sensible size tells them apart.")
    return found


def curve(
    acceptance: Callable[[float], float], limiting: float, lot: int | None, points: int = 25
) -> list[tuple[float, float]]:
    """(share, probability to accept) from 0 to half as much again as the limiting share; in a lot at whole tasks."""
    end = min(1.0, 1.5 * limiting)
    shares: Sequence[float] = [end * place / (points - 1) for place in range(points)]
    if lot:
        shares = sorted({round(share * lot) / lot for share in shares})
    return [(share, acceptance(share)) for share in shares]


def _marked(wishes: Wishes, lot: int | None) -> tuple[float, float]:
    """The two qualities as shares or, in a lot, as whole tasks: as good as acceptable, and as bad as limiting."""
    if lot is None:
        return wishes.acceptable, wishes.limiting
    return floor(wishes.acceptable * lot + ROUNDING), ceil(wishes.limiting * lot - ROUNDING)


def _accepted(accept: int, n: int, marked: float, lot: int | None) -> float:
    if lot is None:
        return binomial_cdf(accept, n, marked)
    return hypergeometric_cdf(accept, lot, int(marked), n)


def _least(holds: Callable[[int], bool], low: int, high: int) -> int | None:
    """The least number from low to high for which `holds`, which stays true from there on; None: for none."""
    if low > high or not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
