"""Review of submitted assignments: accept, reject, accept after the period. Rewards go into the ledger and stay."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crowd_rules.models import Assignment, Operation, Pool
from labelops.tenancy.models import Organization, User


def accept_assignment(
    *, organization: Organization, actor: User | None, assignment_id: Any, now: datetime, public_comment: str = ""
) -> Assignment:
    """SUBMITTED or REJECTED becomes ACCEPTED and is paid. Raises NotFound, WrongStatus, WrongPoolStatus (archived)."""
    raise NotImplementedError


def reject_assignment(
    *, organization: Organization, actor: User | None, assignment_id: Any, public_comment: str, now: datetime
) -> Assignment:
    """SUBMITTED becomes REJECTED, with a comment that the performer reads. Raises as above, InvalidInput."""
    raise NotImplementedError


def review_assignments(
    *,
    organization: Organization,
    actor: User | None,
    assignment_ids: list[UUID],
    accept: bool,
    public_comment: str = "",
    now: datetime,
) -> list[Assignment]:
    """Decide on a selection, all or none."""
    raise NotImplementedError


def review_all(
    *, pool: Pool, actor: User | None, accept: bool, public_comment: str = "", performer_id: UUID | None = None,
    now: datetime,
) -> Operation:  # fmt: skip
    """Decide on everything that waits in the pool (of one performer): a job with progress."""
    raise NotImplementedError


def accept_overdue(*, limit: int = 1000) -> int:
    """Accept, in all organizations, what nobody has decided within its pool's period. How many."""
    raise NotImplementedError
