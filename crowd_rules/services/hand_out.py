"""Work into performers' hands: take, submit, skip. Everything that decides is one database function each.

Lock order: assignment, performer's place in the pool, suite, pool tasks by id, counters by id, tasks by batch and id.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from audits.models import Performer
from crowd_rules.models import Assignment, Pool
from labelops.tenancy.models import Organization


@dataclass(frozen=True)
class IssuedTask:
    """One task of an assignment as its performer may see it: nothing tells a control task from another."""

    id: UUID
    input_values: dict[str, Any]
    # After a wrong answer to a training task, in `submit_assignment`'s answer only.
    hint: str = ""


@dataclass(frozen=True)
class Issued:
    """An assignment in hand. `again`: it was theirs already."""

    assignment: Assignment
    tasks: list[IssuedTask]
    again: bool


@dataclass(frozen=True)
class Offer:
    """A pool as a performer sees it in the list. `reason`: RESTRICTED, SKILL or EMPTY where it is not available."""

    pool: Pool
    title: str
    reward: Decimal
    available: bool
    reason: str = ""
    # End of the restriction; None: no end is set, or no restriction.
    until: datetime | None = None
    # Their assignment in hand.
    active: UUID | None = None


def offers(*, organization: Organization, performer: Performer) -> list[Offer]:
    """The open pools, newest first; three statements however many pools."""
    raise NotImplementedError


def take_assignment(*, organization: Organization, performer: Performer, pool_id: Any) -> Issued:
    """The performer's next suite, or the one in hand. Raises Restricted, SkillMissing, NothingLeft, WrongPoolStatus,
    NotFound.
    """
    raise NotImplementedError


def submit_assignment(
    *,
    organization: Organization,
    performer: Performer,
    assignment_id: Any,
    solutions: list[dict[str, Any]],
    now: datetime,
) -> Assignment:
    """Hand in one `output_values` per task, in the order of the page; judged by the rules at once.

    The same submit again is answered as before. Raises NotFound, WrongStatus (decided or over), InvalidInput
    (`solutions.<n>`: not as many as tasks, or no response of the task's type).
    """
    raise NotImplementedError


def skip_assignment(
    *, organization: Organization, performer: Performer, assignment_id: Any, now: datetime
) -> Assignment:
    """Give the suite back for others; it never comes again to this performer. Raises NotFound, WrongStatus."""
    raise NotImplementedError


def leave_assignment(
    *, organization: Organization, performer: Performer, assignment_id: Any, now: datetime
) -> Assignment:
    """Give the suite back as an expiry does: it may come again, and no rule counts it. Raises NotFound, WrongStatus."""
    raise NotImplementedError


def expire_assignments(*, limit: int = 1000) -> int:
    """Write down, in all organizations, what the clock has ended; hand-outs do not wait for it. How many."""
    raise NotImplementedError
