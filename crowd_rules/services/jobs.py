"""What operations do, in steps of their own transactions; each step may be repeated, for a worker may die after it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from crowd_rules.models import Assignment, Operation, Pool, PoolTask
from crowd_rules.services.aggregation import aggregate_by_majority, close_estimated, estimate_by_dawid_skene
from crowd_rules.services.dry_run_jobs import DRY_RUN, rehearse
from crowd_rules.services.lowered import settle_lowered
from crowd_rules.services.operations import finish_operation, report_progress, take_operation
from crowd_rules.services.overlap import change_suite_overlap
from crowd_rules.services.refusals import WrongPoolStatus, WrongStatus
from crowd_rules.services.review import accept_assignment, reject_assignment
from crowd_rules.services.task_batches import run_batch
from labelops.errors import DomainError
from labelops.tenancy.models import Organization, User
from labelops.tenancy.scope import organization_scope

STEP = 50


def run_operation(*, organization_id: UUID, operation_id: UUID, now: datetime) -> None:
    """A worker's one call: do what is left of it, in steps of their own transactions."""
    operation = take_operation(organization_id=organization_id, operation_id=operation_id)
    if operation is None:
        return
    try:
        JOBS[operation.type](operation, now)
        failure = ""
    except DomainError as error:
        failure = str(error.message)
    with organization_scope(organization_id):
        finish_operation(operation, failure=failure)


def _steps(operation: Operation, ids: list[UUID], *, step: int = STEP, done: int = 0) -> Iterator[list[UUID]]:
    """Portions of these behind the first `done`, each in its transaction, with the progress noted in it."""
    for start in range(done, len(ids), step):
        with organization_scope(operation.organization_id):
            portion = ids[start : start + step]
            yield portion
            report_progress(operation, done=start + len(portion), total=len(ids))


def _pool(operation: Operation) -> Pool:
    pool = Pool.objects.for_organization(operation.organization).with_project().get(
        pk=UUID(operation.parameters["pool_id"])
    )  # fmt: skip
    pool.organization = operation.organization
    return pool


def _review_all(accept: bool) -> Any:
    def run(operation: Operation, now: datetime) -> None:
        given = operation.parameters
        with organization_scope(operation.organization_id):
            rows = Assignment.objects.for_organization(operation.organization).to_review()
            rows = rows.filter(pool_id=UUID(given["pool_id"]), submitted_at__lte=operation.submitted_at)
            if given.get("performer_id"):
                rows = rows.filter(performer_id=UUID(given["performer_id"]))
            waiting = list(rows.values_list("pk", flat=True))
            actor = User.objects.filter(pk=given["actor"]).first() if given.get("actor") else None
        # Each by itself: two assignments' places and tasks have no order in which everybody holds them.
        for portion in _steps(operation, waiting, step=1):
            for assignment_id in portion:
                _review_one(operation.organization, actor, assignment_id, accept, given.get("public_comment", ""), now)

    return run


def _review_one(
    organization: Organization, actor: User | None, assignment_id: UUID, accept: bool, comment: str, now: datetime
) -> None:
    place = {"organization": organization, "actor": actor, "assignment_id": assignment_id, "now": now}
    decide = accept_assignment if accept else reject_assignment
    try:
        with transaction.atomic():  # The job goes on after a refusal.
            decide(**place, public_comment=comment)
    except (WrongStatus, WrongPoolStatus):
        # Decided by somebody else meanwhile.
        return


def _redo(operation: Operation, now: datetime) -> None:
    """More overlap for what this performer did in the pool, or for the one suite."""
    given = operation.parameters
    with organization_scope(operation.organization_id):
        rows = Assignment.objects.for_organization(operation.organization).filter(
            pool_id=UUID(given["pool_id"]), performer_id=UUID(given["performer_id"]),
            status__in=["SUBMITTED", "ACCEPTED", "REJECTED"], submitted_at__lte=operation.submitted_at,
        )  # fmt: skip
        if given.get("suite_id"):
            rows = rows.filter(suite_id=UUID(given["suite_id"]))
        suites = list(rows.order_by("suite_id").values_list("suite_id", flat=True).distinct())
    done = int(operation.details.get("done", 0))
    # Each by itself: the tasks of two suites have no order in which everybody holds them.
    for portion in _steps(operation, suites, step=1, done=done):
        for suite_id in portion:
            suite = change_suite_overlap(organization=operation.organization, suite_id=suite_id, delta=given["delta"],
                                         open_pool=given["open_pool"], now=now)  # fmt: skip
            if given["delta"] < 0:
                settle_lowered(organization=operation.organization, pool_id=suite.pool_id, task_ids=suite.task_ids,
                               now=now)  # fmt: skip


def _aggregate(operation: Operation, now: datetime) -> None:
    with organization_scope(operation.organization_id):
        pool = _pool(operation)
        tasks = PoolTask.objects.for_organization(operation.organization).real().filter(pool=pool, answered__gt=0)
        open_ones = list(tasks.exclude(state=PoolTask.State.AGREED).order_by("pk").values_list("pk", flat=True))
        by_model = operation.parameters["type"] == Pool.Aggregation.DAWID_SKENE
        estimates = estimate_by_dawid_skene(pool=pool) if by_model else {}
    for portion in _steps(operation, open_ones):
        if by_model:
            known = {one: estimates[one] for one in portion if one in estimates}
            close_estimated(pool=pool, estimates=known, now=now)
        else:
            aggregate_by_majority(pool=pool, task_ids=portion, now=now)


JOBS = {
    "ASSIGNMENTS.ACCEPT_ALL": _review_all(accept=True),
    "ASSIGNMENTS.REJECT_ALL": _review_all(accept=False),
    "POOL.REDO": _redo,
    "SOLUTION.AGGREGATE": _aggregate,
    "TASK.BATCH_CREATE": run_batch,
    "TASK_SUITE.BATCH_CREATE": run_batch,
    DRY_RUN: rehearse,
}
