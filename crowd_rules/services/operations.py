"""Operations: work that outlives its request, with progress and log. Their state is rows; a job is a wake-up."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from crowd_rules.models import Operation
from crowd_rules.services.refusals import OperationExists
from labelops.errors import NotFound
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope, system_scope

LEASE = timedelta(seconds=60)
RUN = "crowd_rules.run_operation"


def start_operation(
    *,
    organization: Organization,
    type: str,
    parameters: dict[str, Any],
    now: datetime,
    number: UUID | None = None,
) -> Operation:
    """Note it as PENDING; the sweep finds a worker. Raises OperationExists (the number is taken)."""
    return _create(organization, number, type=type, parameters=parameters, submitted_at=now)


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
    status = Operation.Status.FAIL if failed else Operation.Status.SUCCESS
    return _create(organization, number, type=type, parameters=parameters, submitted_at=now, started_at=now,
                   finished_at=now, status=status, progress=100, details=details or {}, log=log or [])  # fmt: skip


def _create(organization: Organization, number: UUID | None, **values: Any) -> Operation:
    try:
        with transaction.atomic():
            return Operation.objects.create(organization=organization, number=number or uuid7(), **values)
    except IntegrityError as error:
        raise OperationExists from error


def find_operation(*, organization: Organization, number: UUID) -> Operation:
    """Raises NotFound."""
    operation = Operation.objects.for_organization(organization).filter(number=number).first()
    if operation is None:
        raise NotFound(_("There is no such operation."))
    return operation


def take_operation(*, organization_id: UUID, operation_id: UUID) -> Operation | None:
    """Begin or go on with it, for a minute; None where it is done or another worker has it."""
    with organization_scope(organization_id), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE crowd_rules_operation SET status = 'RUNNING', lease_until = clock_timestamp() + %s,
                      started_at = coalesce(started_at, clock_timestamp())
                WHERE organization_id = %s AND id = %s AND status IN ('PENDING', 'RUNNING')
                  AND (lease_until IS NULL OR lease_until < clock_timestamp()) RETURNING id""",
            [LEASE, organization_id, operation_id],
        )
        if cursor.fetchone() is None:
            return None
        return Operation.objects.select_related("organization").get(organization_id=organization_id, pk=operation_id)


def report_progress(operation: Operation, *, done: int, total: int) -> None:
    """In the transaction of the step that was done; the lease begins anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crowd_rules_operation SET progress = %s, lease_until = clock_timestamp() + %s, "
            "details = details || jsonb_build_object('done', %s::int, 'total', %s::int) "
            "WHERE organization_id = %s AND id = %s",
            [min(99, 100 * done // max(1, total)), LEASE, done, total, operation.organization_id, operation.pk],
        )


def finish_operation(operation: Operation, *, failure: str = "") -> None:
    """In the transaction of its last step."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crowd_rules_operation SET status = %s, progress = 100, finished_at = clock_timestamp(), "
            "lease_until = NULL, details = details || %s::jsonb WHERE organization_id = %s AND id = %s",
            ["FAIL" if failure else "SUCCESS", '{"failure": true}' if failure else "{}", operation.organization_id,
             operation.pk],
        )  # fmt: skip


def operations_without_a_runner() -> list[tuple[UUID, UUID]]:
    """(organization, operation) of all that wait or whose worker died."""
    with system_scope("sweep"):
        waiting = Operation.objects.without_a_runner().order_by("pk")
        return list(waiting.values_list("organization_id", "pk")[:200])
