"""Batches that are held back for a while, or given up with the tasks that are pending still."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from audits.announce import announce_batch
from audits.models import Batch, Task
from labelops.errors import InvalidInput
from labelops.tenancy.events import record_event
from labelops.tenancy.models import Event, EventType, Organization, User

EVENTS_AT_ONCE = 5000


@transaction.atomic(savepoint=False)
def pause_batch(*, batch: Batch, organization: Organization, actor: User | None, now: datetime) -> Batch:
    """No task of it is handed out until it is resumed. Raises InvalidInput (completed, cancelled)."""
    held = _held(batch, organization)
    if held.halted == Batch.Halt.CANCELLED or held.status == Batch.Status.COMPLETED:
        raise InvalidInput(_("The batch is %(state)s: it cannot be paused.") % {"state": held.halted or held.status})
    return _halt(held, organization, actor, now, Batch.Halt.PAUSED)


@transaction.atomic(savepoint=False)
def resume_batch(*, batch: Batch, organization: Organization, actor: User | None, now: datetime) -> Batch:
    """A paused batch goes on; one that was not paused stays as it is. Raises InvalidInput (cancelled)."""
    held = _held(batch, organization)
    if held.halted == Batch.Halt.CANCELLED:
        raise InvalidInput(_("The batch is cancelled: it cannot be resumed."))
    return _halt(held, organization, actor, now, "")


@transaction.atomic(savepoint=False)
def cancel_batch(*, batch: Batch, organization: Organization, actor: User | None, now: datetime) -> Batch:
    """Cancel the tasks that are pending and close the batch; what is completed stays. Again: nothing happens.

    The batch is called back once, with its counts; the tasks are not. Raises InvalidInput (completed).
    """
    # Tasks before the batch: the order of all that ends tasks.
    _cancel_tasks(batch, organization, actor, now)
    held = _held(batch, organization)
    if held.halted == Batch.Halt.CANCELLED:
        return held
    if held.status == Batch.Status.COMPLETED:
        raise InvalidInput(_("The batch is completed: it cannot be cancelled."))
    held = _halt(held, organization, actor, now, Batch.Halt.CANCELLED, status="completed", completed_at=now)
    counts = Task.objects.for_organization(organization).filter(batch_id=held.pk).count_by_status()
    announce_batch(held, counts=counts, organization=organization, now=now)
    return held


def _held(batch: Batch, organization: Organization) -> Batch:
    rows = Batch.objects.for_organization(organization).select_related("project")
    return rows.select_for_update(of=("self",)).get(pk=batch.pk)


def _halt(
    held: Batch, organization: Organization, actor: User | None, now: datetime, halted: str, **more: Any
) -> Batch:
    if held.halted == halted:
        return held
    before = {"halted": held.halted, "status": held.status}
    for name, value in {"halted": halted, **more}.items():
        setattr(held, name, value)
    held.save(update_fields=["halted", *more])
    record_event(EventType.BATCH_CHANGED, organization=organization, actor=actor, now=now, subject_id=held.id,
                 before=before, after={"halted": held.halted, "status": held.status})  # fmt: skip
    return held


def _cancel_tasks(batch: Batch, organization: Organization, actor: User | None, now: datetime) -> None:
    pending = Task.objects.for_organization(organization).filter(batch_id=batch.pk, status=Task.Status.PENDING)
    ids = list(pending.order_by("id").select_for_update(of=("self",)).values_list("pk", flat=True))
    if not ids:
        return
    Task.objects.for_organization(organization).filter(pk__in=ids).update(
        status=Task.Status.CANCELED, version=F("version") + 1, callback_sequence=F("callback_sequence") + 1,
        updated_at=now,
    )  # fmt: skip
    # As `record_event` writes one: in few statements for however many tasks.
    change = {"before": {"status": "pending"}, "after": {"status": "canceled", "batch": batch.id.hex}}
    shared = {"organization": organization, "type": EventType.TASK_CANCELED, "at": now, "actor": actor, **change}
    Event.objects.bulk_create((Event(task_id=task_id, **shared) for task_id in ids), batch_size=EVENTS_AT_ONCE)
