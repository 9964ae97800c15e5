"""Celery's side of the crowd half. Jobs are wake-ups: what is to do stands in rows."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from crowd_rules.services.audit_loop import follow_audits
from crowd_rules.services.hand_out import expire_assignments
from crowd_rules.services.jobs import run_operation
from crowd_rules.services.operations import operations_without_a_runner
from crowd_rules.services.pool_completion import close_finished_pools
from crowd_rules.services.review import accept_overdue
from crowd_rules.services.spending import fold_spending


@shared_task(name="crowd_rules.follow_audits", acks_late=False)
def follow() -> None:
    """Verdicts of audits into the rules."""
    follow_audits()


@shared_task(name="crowd_rules.sweep", acks_late=False)
def sweep() -> None:
    """Find what the clock has ended, and operations that nobody works on."""
    expire_assignments()
    accept_overdue()
    close_finished_pools(now=timezone.now())
    for organization_id, operation_id in operations_without_a_runner():
        run_one.delay(str(organization_id), str(operation_id))


@shared_task(name="crowd_rules.fold_spending", acks_late=False)
def fold() -> None:
    """Add up what pools have paid, so that pages need not."""
    fold_spending()


@shared_task(name="crowd_rules.run_operation")
def run_one(organization_id: str, operation_id: str) -> None:
    run_operation(organization_id=UUID(organization_id), operation_id=UUID(operation_id), now=timezone.now())
