"""Tells integrators: one call into the outbox, in the transaction of the change."""

from datetime import datetime, timedelta

from audits.models import Batch, Task
from audits.wire import batch_json, callback_json
from callbacks.outbox import hold, publish, withdraw
from labelops.tenancy.models import EventType, Organization


def announce_task(
    task: Task, *, type: EventType, organization: Organization, now: datetime, wake: bool | None = None
) -> None:
    """Publish this task's newest state under its `callback_sequence`; the caller holds the task's row."""
    publish(
        organization=organization,
        type=type,
        subject_id=task.id,
        sequence=task.callback_sequence,
        body=callback_json(task, organization),
        project_id=task.project_id,
        callback_urls=_where_to(task, organization),
        now=now,
        wake=wake,
    )


def announce_verdict(
    task: Task, *, organization: Organization, now: datetime, hold_for: timedelta, wake: bool | None = None
) -> None:
    """Publish a verdict; where its project or the organization wishes it, it waits until nobody can undo it."""
    announce_task(task, type=EventType.TASK_AUDITED, organization=organization, now=now, wake=wake)
    if hold_for and _holds_verdicts(task, organization):
        hold(organization=organization, subject_id=task.id, sequence=task.callback_sequence, until=now + hold_for)


def announce_revert(task: Task, *, organization: Organization, verdict_sequence: int, now: datetime) -> None:
    """Publish that a verdict was undone; nothing where the verdict itself was told to nobody: then it is withdrawn."""
    untold = _holds_verdicts(task, organization) and withdraw(
        organization=organization, subject_id=task.id, sequence=verdict_sequence, now=now
    )
    if not untold:
        announce_task(task, type=EventType.TASK_AUDIT_REVERTED, organization=organization, now=now)


def _holds_verdicts(task: Task, organization: Organization) -> bool:
    own = task.project.hold_callbacks if task.project_id else None
    return organization.hold_callbacks if own is None else own


def announce_batch(batch: Batch, *, counts: dict[str, int], organization: Organization, now: datetime) -> None:
    """Publish that a batch is completed, with the counts of its tasks by status."""
    urls = [batch.callback_url] if batch.callback_url else []
    body = {**batch_json(batch), **counts}
    publish(
        organization=organization,
        type=EventType.BATCH_COMPLETED,
        subject_id=batch.id,
        sequence=batch.callback_sequence,
        body=body,
        project_id=batch.project_id,
        callback_urls=urls,
        now=now,
    )


def _where_to(task: Task, organization: Organization) -> list[str]:
    """The nearest `callback_url`: of the task, else its batch's, its project's, the organization's."""
    batch_url = task.batch.callback_url if task.batch_id else ""
    project_url = task.project.callback_url if task.project_id else ""
    url = task.callback_url or batch_url or project_url or organization.callback_url
    return [url] if url else []
