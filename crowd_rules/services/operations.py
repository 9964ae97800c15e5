"""Operations: work that outlives its request, with progress and log. Their state is rows; a job is a wake-up."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crowd_rules.models import Operation
from labelops.tenancy.models import Organization


def start_operation(
    *,
    organization: Organization,
    type: str,
    parameters: dict[str, Any],
    now: datetime,
    number: UUID | None = None,
) -> Operation:
    """Note it as PENDING and wake a worker after the commit. Raises OperationExists (the number is taken)."""
    raise NotImplementedError


def record_operation(
    *,
    organization: Organization,
    type: str,
    parameters: dict[str, Any],
    now: datetime,
    number: UUID | None = None,
    details: dict[str, Any] | None = None,
    log: list[dict[str, Any]] | None = None,
    failed: bool = False,
) -> Operation:
    """One that is done within this request: SUCCESS or FAIL at once. Raises OperationExists."""
    raise NotImplementedError


def run_operation(*, organization_id: UUID, operation_id: UUID, now: datetime) -> None:
    """A worker's one call: do what is left of it, in steps of their own transactions."""
    raise NotImplementedError


def operations_without_a_runner() -> list[tuple[UUID, UUID]]:
    """(organization, operation) of all that wait or whose worker died."""
    raise NotImplementedError
