"""What integrators hang onto a task after its creation: unique id, metadata, tags. None of it moves its version."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audits.models import Task
from audits.services.metadata import checked_metadata, merged_metadata
from audits.services.tasks import held_task, unique_id_taken
from labelops.errors import InvalidInput
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Organization, User

MOST_TAGS = 100


@transaction.atomic(savepoint=False)
def set_unique_id(
    *, organization: Organization, actor: User | None, task_id: UUID, unique_id: str | None, now: datetime
) -> Task:
    """Give the task this id of the integrator's, or none. Raises UniqueIdTaken, NotFound."""
    task = held_task(organization, task_id)
    try:
        with transaction.atomic():
            return _change(task, actor, now, unique_id=unique_id)
    except IntegrityError as error:
        if "task_unique_id_unique" not in str(error):
            raise
        raise unique_id_taken(organization, unique_id or "") from error


@transaction.atomic(savepoint=False)
def set_task_metadata(
    *,
    organization: Organization,
    actor: User | None,
    task_id: UUID,
    metadata: dict[str, Any],
    now: datetime,
    merge: bool = False,
) -> Task:
    """Replace the metadata as a whole, or `merge` it into what is there. Raises InvalidInput (too large), NotFound."""
    task = held_task(organization, task_id)
    whole = merged_metadata(task.metadata, metadata) if merge else metadata
    return _change(task, actor, now, metadata=checked_metadata(whole))


@transaction.atomic(savepoint=False)
def set_tags(*, organization: Organization, actor: User | None, task_id: UUID, tags: list[str], now: datetime) -> Task:
    """Exactly these tags, each once. Raises InvalidInput (too many), NotFound."""
    return _tag(held_task(organization, task_id), actor, now, tags)


@transaction.atomic(savepoint=False)
def add_tags(*, organization: Organization, actor: User | None, task_id: UUID, tags: list[str], now: datetime) -> Task:
    """These tags too; those it has already stay as they are. Raises InvalidInput (too many), NotFound."""
    task = held_task(organization, task_id)
    return _tag(task, actor, now, [*(task.tags or []), *tags])


@transaction.atomic(savepoint=False)
def remove_tags(
    *, organization: Organization, actor: User | None, task_id: UUID, tags: list[str], now: datetime
) -> Task:
    """Without these tags; those it does not have are ignored. Raises NotFound."""
    task = held_task(organization, task_id)
    if task.tags is None:
        return task
    return _tag(task, actor, now, [tag for tag in task.tags if tag not in tags])


def _tag(task: Task, actor: User | None, now: datetime, tags: list[str]) -> Task:
    each_once = list(dict.fromkeys(tags))
    if len(each_once) > MOST_TAGS:
        raise InvalidInput(fields={"tags": _("A task can have at most %(most_tags)s tags.") % {"most_tags": MOST_TAGS}})
    return _change(task, actor, now, tags=each_once)


def _change(task: Task, actor: User | None, now: datetime, **changes: Any) -> Task:
    """Write what differs, with one event; nothing where nothing differs."""
    before = {name: getattr(task, name) for name, value in changes.items() if getattr(task, name) != value}
    if not before:
        return task
    for name in before:
        setattr(task, name, changes[name])
    task.updated_at = now
    task.save(update_fields=[*before, "updated_at"])
    record_event(EventType.TASK_CHANGED, organization=task.organization, actor=actor, now=now, task_id=task.id,
                 before=before, after={name: changes[name] for name in before})  # fmt: skip
    return task
