"""Shutting performers out and letting them in again. Each is an event, and a reason is for requesters only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from audits.models import Performer
from crowd_rules.models import Pool, Restriction
from labelops.tenancy.models import Organization, User


def restrict(
    *,
    organization: Organization,
    actor: User | None,
    performer: Performer,
    scope: str,
    pool: Pool | None = None,
    project_id: UUID | None = None,
    until: datetime | None,
    private_comment: str = "",
    now: datetime,
) -> Restriction:
    """Restrict by hand; `until=None` is for good. One that stands on the same target is changed instead.

    The assignment in hand may be finished. Raises InvalidInput (scope without target, time past).
    """
    raise NotImplementedError


def lift(
    *, organization: Organization, actor: User | None, restriction_id: Any, now: datetime, reason: str = ""
) -> Restriction:
    """End it now; the history starts anew, as at its own end. Lifted or over already: unchanged. Raises NotFound."""
    raise NotImplementedError


def undo(
    *, organization: Organization, actor: User | None, restriction_id: Any, reason: str, now: datetime
) -> Restriction:
    """It should never have been: the history goes on as if it had not. Raises NotFound, InvalidInput (no reason)."""
    raise NotImplementedError


def lift_many(
    *, organization: Organization, actor: User | None, restriction_ids: list[UUID], reason: str, now: datetime
) -> int:
    """Lift a selection; how many were in force."""
    raise NotImplementedError
