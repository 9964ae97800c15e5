"""Sequential acceptance: decide after each task, stop as soon as it is clear, at the latest at a cap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor, inf, log

from labelops.statistics.plans import ROUNDING, TooCloseTogether, Wishes, single_plan

# Of the single plan's sample; where Wald's limits hold the wished risks earlier, the cap comes earlier.
CAPS = (1.0, 1.25, 1.5, 2.0, 3.0)
# Beyond, the exact risks take seconds to add up; such wishes are for a single sample.
LARGEST_CAP = 3_000


@dataclass(frozen=True)
class Followed:
    """What a sequential rule comes to: the probability to accept, and the mean number of tasks looked at."""

    acceptance: float
    expected_size: float


def follow(accept: Sequence[float], refuse: Sequence[float], chance: Callable[[int, int], float]) -> Followed:
    """Add up every way through a sequential rule, exactly.

    After i tasks the lot is accepted with at most accept[i] defective ones and refused from refuse[i] on; index 0 is
    before the first task. `chance(i, d)`: that the next one is defective, after i tasks with d defective ones.
    """
    on_the_way, accepted, looked_at = {0: 1.0}, 0.0, 0.0
    for i in range(1, len(accept)):
        arrived: dict[int, float] = {}
        for d, probability in on_the_way.items():
            looked_at += probability
            up = probability * chance(i - 1, d)
            arrived[d + 1] = arrived.get(d + 1, 0.0) + up
            arrived[d] = arrived.get(d, 0.0) + probability - up
        accepted += sum(probability for d, probability in arrived.items() if d <= accept[i])
        on_the_way = {d: probability for d, probability in arrived.items() if accept[i] < d < refuse[i]}
    return Followed(accepted, looked_at)


@dataclass(frozen=True)
class SequentialPlan:
    """Wald's sequential probability ratio test of `acceptable` against `limiting`, ended at `cap` tasks.

    After n tasks: accept with at most slope·n - below defective ones, refuse from slope·n + above on; at the cap
    accept with at most `accept_at_cap`. Wald 1945, Ann Math Stat 16:117, with his approximate limits; what they come
    to, capped and in this lot, `followed` adds up exactly.
    """

    below: float
    above: float
    slope: float
    cap: int
    accept_at_cap: int
    lot: int | None = None

    def decide(self, judged: int, defects: int) -> bool | None:
        """True: accept; False: refuse; None: go on."""
        if judged >= self.cap:
            return defects <= self.accept_at_cap
        if defects <= self.slope * judged - self.below:
            return True
        if defects >= self.slope * judged + self.above:
            return False
        return None

    def followed(self, share: float) -> Followed:
        """Exact, for a lot of this share of defective tasks; in a finite lot the nearest whole number of them."""
        accept, refuse = self._limits
        if self.lot is None:
            return follow(accept, refuse, lambda i, d: share)
        lot, marked = self.lot, round(share * self.lot)
        return follow(accept, refuse, lambda i, d: min(1.0, max(0.0, (marked - d) / (lot - i))))

    def acceptance(self, share: float) -> float:
        return self.followed(share).acceptance

    def expected_size(self, share: float) -> float:
        return self.followed(share).expected_size

    @cached_property
    def _limits(self) -> tuple[list[float], list[float]]:
        places = range(self.cap)
        accept: list[float] = [self.slope * n - self.below if n else -inf for n in places]
        refuse: list[float] = [self.slope * n + self.above if n else inf for n in places]
        return [*accept, self.accept_at_cap], [*refuse, self.accept_at_cap + 1]


def sequential_plan(wishes: Wishes, lot: int | None = None) -> SequentialPlan:
    """Capped at one to three times the single plan's sample: the least that keeps both risks. Raises TooCloseTogether.

    Needs an acceptable share above 0. ValueError.
    """
    if wishes.acceptable <= 0:
        raise ValueError("A sequential plan needs an acceptable share above 0.")
    single = single_plan(wishes, lot).n
    if single > LARGEST_CAP:
        raise TooCloseTogether("A sequential plan would be too long: move the two shares apart or plan one sample.")
    caps = sorted({min(ceil(factor * single), lot or LARGEST_CAP, LARGEST_CAP) for factor in CAPS})
    plans = [wald(wishes, cap, lot) for cap in caps]
    return next((plan for plan in plans if keeps(plan, wishes)), plans[-1])


def wald(wishes: Wishes, cap: int, lot: int | None = None) -> SequentialPlan:
    good, bad = wishes.acceptable, wishes.limiting
    unit = log(bad * (1 - good) / (good * (1 - bad)))
    slope = log((1 - good) / (1 - bad)) / unit
    return SequentialPlan(
        below=log((1 - wishes.producer_risk) / wishes.consumer_risk) / unit,
        above=log((1 - wishes.consumer_risk) / wishes.producer_risk) / unit,
        slope=slope, cap=cap, accept_at_cap=floor(slope * cap), lot=lot,
    )  # fmt: skip


def keeps(plan: SequentialPlan, wishes: Wishes) -> bool:
    """Whether both real risks are within the wished ones."""
    good, bad = wishes.acceptable, wishes.limiting
    if plan.lot:
        good, bad = (floor(good * plan.lot + ROUNDING) / plan.lot, ceil(bad * plan.lot - ROUNDING) / plan.lot)
    return 1 - plan.acceptance(good) <= wishes.producer_risk and plan.acceptance(bad) <= wishes.consumer_risk
