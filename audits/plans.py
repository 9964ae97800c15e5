"""Acceptance plans that sessions are bound to: what was wished, what it came to for this lot, and how it decides."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from labelops.statistics.plans import SinglePlan, Wishes, single_plan
from labelops.statistics.sequential import SequentialPlan, sequential_plan

SINGLE, SEQUENTIAL = "single", "sequential"
# Which verdicts call a task defective.
REJECTED, REJECTED_OR_FIXED = "rejected", "rejected_or_fixed"


@dataclass(frozen=True)
class PlanRequest:
    """`kind`: single (one sample, judged whole) or sequential (stops as soon as it is clear). `defects`: see above."""

    kind: str
    wishes: Wishes
    defects: str = REJECTED_OR_FIXED

    def __post_init__(self) -> None:
        if self.kind not in (SINGLE, SEQUENTIAL) or self.defects not in (REJECTED, REJECTED_OR_FIXED):
            raise ValueError("There is no such kind of plan.")

    def bind(self, lot: int) -> "BoundPlan":
        """To a lot of so many tasks. Raises TooCloseTogether, ValueError."""
        if self.kind == SINGLE:
            single = single_plan(self.wishes, lot)
            return BoundPlan(self, lot, single.n, single.accept)
        found = sequential_plan(self.wishes, lot)
        return BoundPlan(self, lot, found.cap, found.accept_at_cap, found.below, found.above, found.slope)


@dataclass(frozen=True)
class Ruling:
    """`decision` is release or hold. `by_plan`: the plan said so; else the session was finished before it could."""

    decision: str
    judged: int
    defects: int
    by_plan: bool

    def to_json(self) -> dict[str, Any]:
        return {"judged": self.judged, "defects": self.defects, "by_plan": self.by_plan}


@dataclass(frozen=True)
class BoundPlan:
    """`size`: the sample, of a sequential plan its cap; `accept`: the most defects to release with after so many."""

    SINGLE: ClassVar = SINGLE
    SEQUENTIAL: ClassVar = SEQUENTIAL

    request: PlanRequest
    lot: int
    size: int
    accept: int
    below: float = 0.0
    above: float = 0.0
    slope: float = 0.0

    @property
    def is_sequential(self) -> bool:
        return self.request.kind == SEQUENTIAL

    @property
    def rule(self) -> SinglePlan | SequentialPlan:
        """For its operating characteristic."""
        if not self.is_sequential:
            return SinglePlan(self.size, self.accept, self.lot)
        return SequentialPlan(self.below, self.above, self.slope, self.size, self.accept, self.lot)

    def defects_of(self, *, fixed: int, rejected: int) -> int:
        return rejected + (fixed if self.request.defects == REJECTED_OR_FIXED else 0)

    def rule_on(self, *, judged: int, defects: int, withdrawn: int = 0, ends: bool = False) -> Ruling | None:
        """None: undecided yet. `ends`: no more is judged; what the plan still needed then counts against a release.

        Withdrawn tasks were drawn and cannot be judged any more: each counts as defective.
        """
        against = defects + withdrawn
        decided = self._decide(judged + withdrawn, against)
        if decided is None and not ends:
            return None
        return Ruling("release" if decided else "hold", judged, defects, decided is not None)

    def _decide(self, seen: int, against: int) -> bool | None:
        if self.is_sequential:
            return self.rule.decide(seen, against)
        if against > self.accept:
            return False
        return True if seen >= self.size else None

    def limits_at(self, judged: int) -> tuple[int | None, int | None]:
        """After so many tasks: the most defects that release, the least that hold; None: none can yet."""
        possible = range(judged + 1)
        release = [defects for defects in possible if self._decide(judged, defects) is True]
        hold = [defects for defects in possible if self._decide(judged, defects) is False]
        return (release[-1] if release else None, hold[0] if hold else None)

    def to_json(self) -> dict[str, Any]:
        found = {"kind": self.request.kind, **asdict(self.request.wishes), "defects": self.request.defects}
        found |= {"lot": self.lot, "size": self.size, "accept": self.accept}
        if self.is_sequential:
            found |= {"below": self.below, "above": self.above, "slope": self.slope}
        return found

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "BoundPlan":
        wishes = Wishes(*(stored[name] for name in ("acceptable", "limiting", "producer_risk", "consumer_risk")))
        request = PlanRequest(stored["kind"], wishes, stored["defects"])
        lines = {name: stored[name] for name in ("below", "above", "slope") if name in stored}
        return cls(request, stored["lot"], stored["size"], stored["accept"], **lines)
