"""Batches: a set of tasks that is finished, and called back, together."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audits.announce import announce_batch
from audits.models import Batch, Project, Task
from audits.services.metadata import checked_metadata, merged_metadata
from audits.services.projects import checked_name
from callbacks.guard import vet_url
from labelops.errors import Conflict
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Organization, User


class BatchExists(Conflict):
    """Another batch of the organization has this name."""


@transaction.atomic(savepoint=False)
def create_batch(
    *,
    project: Project,
    actor: User | None,
    name: str,
    now: datetime,
    callback_url: str = "",
    metadata: dict[str, Any] | None = None,
    is_calibration: bool = False,
    is_self_label: bool = False,
    staging: bool = False,
) -> Batch:
    """An empty batch, in progress at once unless it is staged. Raises BatchExists, InvalidInput."""
    name = checked_name(name)
    metadata = checked_metadata(metadata or {})
    if callback_url:
        vet_url(callback_url)
    status = Batch.Status.STAGING if staging else Batch.Status.IN_PROGRESS
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                organization=project.organization, project=project, name=name, status=status,
                callback_url=callback_url, metadata=metadata, is_calibration=is_calibration,
                is_self_label=is_self_label,
            )  # fmt: skip
    except IntegrityError as error:
        raise BatchExists(_("A batch named “%(name)s” already exists.") % {"name": name}, name=name) from error
    record_event(EventType.BATCH_CREATED, organization=project.organization, actor=actor, now=now, subject_id=batch.id,
                 after={"name": batch.name, "status": status})  # fmt: skip
    return batch


@transaction.atomic(savepoint=False)
def finalize_batch(*, batch: Batch, actor: User | None, now: datetime) -> Batch:
    """Staging becomes in progress, or completed where all its tasks are done; for every other batch nothing happens."""
    moved = Batch.objects.for_organization(batch.organization).filter(pk=batch.pk, status=Batch.Status.STAGING)
    if moved.update(status=Batch.Status.IN_PROGRESS):
        record_event(EventType.BATCH_CHANGED, organization=batch.organization, actor=actor, now=now,
                     subject_id=batch.id, before={"status": "staging"}, after={"status": "in_progress"})  # fmt: skip
        batch.status = Batch.Status.IN_PROGRESS
        if Task.objects.for_organization(batch.organization).filter(batch_id=batch.pk).exists():
            complete_batch_if_done(batch=batch, organization=batch.organization, now=now)
            batch.refresh_from_db(fields=["status", "completed_at"])
    return batch


@transaction.atomic(savepoint=False)
def reopen_batch(*, batch: Batch, organization: Organization, actor: User | None, now: datetime) -> None:
    """A completed batch with work again (another task, a redo) is in progress, and completed and called back later.

    Integrators of the original send task after task into one batch, while those before are done already.
    """
    done = Batch.objects.for_organization(organization).filter(pk=batch.pk, status=Batch.Status.COMPLETED)
    if done.update(status=Batch.Status.IN_PROGRESS, completed_at=None):
        record_event(EventType.BATCH_CHANGED, organization=organization, actor=actor, now=now, subject_id=batch.id,
                     before={"status": "completed"}, after={"status": "in_progress"})  # fmt: skip
    batch.status, batch.completed_at = Batch.Status.IN_PROGRESS, None


@transaction.atomic(savepoint=False)
def set_batch_metadata(
    *, batch: Batch, actor: User | None, metadata: dict[str, Any], now: datetime, merge: bool = False
) -> Batch:
    """Replace the batch's metadata as a whole, or `merge` it into what is there. Raises InvalidInput (too large)."""
    held = Batch.objects.for_organization(batch.organization).select_for_update().get(pk=batch.pk)
    metadata = checked_metadata(merged_metadata(held.metadata, metadata) if merge else metadata)
    if held.metadata != metadata:
        Batch.objects.for_organization(batch.organization).filter(pk=batch.pk).update(metadata=metadata)
        record_event(EventType.BATCH_CHANGED, organization=batch.organization, actor=actor, now=now,
                     subject_id=batch.id, before={"metadata": held.metadata}, after={"metadata": metadata})  # fmt: skip
    batch.metadata = metadata
    return batch


def complete_batch_if_done(*, batch: Batch, organization: Organization, now: datetime, notify: bool = True) -> None:
    """Called last in the transaction that ended a task: the one that ends the last task completes the batch.

    The row is locked before the look at the tasks. Without that, two last tasks that end at the same time would each
    see the other one pending, and the batch would stay open for ever.
    """
    held = Batch.objects.for_organization(organization).select_for_update(of=("self",)).select_related("project")
    locked = held.get(pk=batch.pk)
    tasks = Task.objects.for_organization(organization).filter(batch_id=batch.pk)
    if locked.status != Batch.Status.IN_PROGRESS or tasks.filter(status=Task.Status.PENDING).exists():
        return
    # An import of a million that tells nobody need not count them.
    counts = tasks.count_by_status() if notify else {}
    locked.status, locked.completed_at = Batch.Status.COMPLETED, now
    # Before it was counted here, a completion's number was that of the tasks.
    locked.callback_sequence = max(locked.callback_sequence, sum(counts.values())) + 1
    locked.save(update_fields=["status", "completed_at", "callback_sequence"])
    record_event(EventType.BATCH_COMPLETED, organization=organization, actor=None, now=now, subject_id=batch.id)
    if notify:
        announce_batch(locked, counts=counts, organization=organization, now=now)
