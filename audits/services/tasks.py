"""Tasks from their creation to their completion."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.announce import announce_task
from audits.models import Batch, Performer, Project, ProjectVersion, Task
from audits.services.batches import complete_batch_if_done, reopen_batch
from audits.services.task_rows import write_task
from audits.task_types import task_type
from labelops.errors import Conflict, InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Organization, User

NO_SUCH_TASK = gettext_lazy("Task with that ID not found.")


class UniqueIdTaken(Conflict):
    """`data` has `unique_id` and `task_id` of the task that has it."""


@dataclass(frozen=True)
class NewTask:
    """A task to be made. `params` are the type's own parameters; a `response` makes it a completed one."""

    type: str
    params: dict[str, Any]
    project: Project | None = None
    version: ProjectVersion | None = None
    batch: Batch | None = None
    instruction: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    tags: list[str] | None = None
    unique_id: str | None = None
    callback_url: str = ""
    urgency: str = "standard"
    response: dict[str, Any] | None = None
    completed_by: Performer | None = None
    completed_at: datetime | None = None
    created_at: datetime | None = None


def build_task(new: NewTask, *, organization: Organization, now: datetime) -> Task:
    """The unsaved task, checked by its type; the project's parameters fill the gaps. Raises InvalidInput, NotFound."""
    kind = task_type(new.type)
    params, instruction = _inherited(new)
    kind.check_params(params)
    if new.batch and new.batch.status == Batch.Status.COMPLETED:
        raise InvalidInput(
            _("The batch “%(name)s” is completed: put the task into another one.") % {"name": new.batch.name}
        )
    if new.response is not None:
        kind.check_response(params, new.response)
    done = new.response is not None
    return Task(
        organization=organization, project=new.project, batch=new.batch, type=kind.name,
        project_version=new.version.version if new.version else None,
        status=Task.Status.COMPLETED if done else Task.Status.PENDING,
        instruction=instruction, params=params, metadata=new.metadata, tags=new.tags, unique_id=new.unique_id,
        callback_url=new.callback_url, urgency=new.urgency, response=new.response,
        completed_by=new.completed_by if done else None, completed_at=(new.completed_at or now) if done else None,
        created_at=new.created_at or now, updated_at=now,
    )  # fmt: skip


def _inherited(new: NewTask) -> tuple[dict[str, Any], str]:
    """Parameters and instruction with the project's behind the task's own."""
    if new.version is None:
        return new.params, new.instruction
    instruction = "\n\n".join(text for text in (new.instruction, new.version.instruction) if text)
    return {**new.version.task_params, **new.params}, instruction


@transaction.atomic(savepoint=False)
def create_task(*, organization: Organization, actor: User | None, new: NewTask, now: datetime) -> Task:
    """Make one task; a test-mode organization's is completed at once with a sample response of its type.

    Raises UniqueIdTaken, InvalidInput, NotFound (unknown type).
    """
    if new.batch and new.batch.halted == Batch.Halt.CANCELLED:
        sentence = _("The batch “%(name)s” is cancelled: put the task into another one.")
        raise InvalidInput(sentence % {"name": new.batch.name})
    if new.batch and new.batch.status == Batch.Status.COMPLETED:
        reopen_batch(batch=new.batch, organization=organization, actor=actor, now=now)
    task = build_task(new, organization=organization, now=now)
    if not write_task(task, actor=actor):
        raise unique_id_taken(organization, new.unique_id or "")
    if organization.is_test and task.status == Task.Status.PENDING:
        response = task_type(task.type).sample_response(task.params)
        return complete_task(organization=organization, actor=None, task_id=task.id, response=response, now=now)
    return task


def unique_id_taken(organization: Organization, unique_id: str) -> UniqueIdTaken:
    other = Task.objects.for_organization(organization).filter(unique_id=unique_id).first()
    where = other.public_id if other else "unknown"
    message = f'The unique_id ("{unique_id}") is already used for a different task ({where}).'
    return UniqueIdTaken(message, unique_id=unique_id, task_id=where)


def find_performer(*, organization: Organization, external_id: str) -> Performer:
    """The performer of this name, made where there is none yet."""
    if not isinstance(external_id, str) or not external_id.strip() or len(external_id) > 255:
        raise InvalidInput(fields={"completed_by": _("Name the performer in 1 to 255 characters.")})
    place = {"organization": organization, "external_id": external_id.strip()}
    return Performer.objects.get_or_create(**place)[0]


@transaction.atomic(savepoint=False)
def complete_task(
    *,
    organization: Organization,
    actor: User | None,
    task_id: Any,
    response: Any,
    now: datetime,
    completed_by: str | None = None,
    completed_at: datetime | None = None,
) -> Task:
    """Give a pending task its response. `completed_by` is a performer's name, never the caller.

    Raises InvalidInput (not pending, wrong response, a time ahead), NotFound.
    """
    performer = find_performer(organization=organization, external_id=completed_by) if completed_by else None
    task = held_task(organization, task_id)
    if task.status != Task.Status.PENDING:
        raise InvalidInput(_("Only a pending task can be completed; this one is %(status)s.") % {"status": task.status})
    if completed_at and completed_at > now:
        raise InvalidInput(fields={"completed_at": _("completed_at lies in the future.")})
    task_type(task.type).check_response(task.params, response)
    move_on(task, status=Task.Status.COMPLETED, response=response, completed_by=performer,
         completed_at=completed_at or now, updated_at=now)  # fmt: skip
    record_event(EventType.TASK_COMPLETED, organization=organization, actor=actor, now=now, task_id=task.id,
                 before={"status": "pending"}, after={"status": "completed", "completed_by": completed_by})  # fmt: skip
    announce_task(task, type=EventType.TASK_COMPLETED, organization=organization, now=now)
    if task.batch_id:
        complete_batch_if_done(batch=task.batch, organization=organization, now=now)
    return task


def held_task(organization: Organization, task_id: Any) -> Task:
    """The task with its names and audits, its row locked until the transaction ends. Raises NotFound."""
    tasks = Task.objects.for_organization(organization).with_names().with_audits()
    task = tasks.select_for_update(of=("self",)).filter(pk=task_id).first()
    if task is None:
        raise NotFound(NO_SUCH_TASK)
    return task


def move_on(task: Task, **changes: Any) -> None:
    """Move a held task on; every change of state moves its version and the order of its callbacks."""
    changes |= {"version": task.version + 1, "callback_sequence": task.callback_sequence + 1}
    for name, value in changes.items():
        setattr(task, name, value)
    task.save(update_fields=list(changes))


@transaction.atomic(savepoint=False)
def cancel_task(
    *, organization: Organization, actor: User | None, task_id: Any, now: datetime, clear_unique_id: bool = False
) -> Task:
    """Cancel a pending task; canceling it again changes nothing. Raises InvalidInput for a completed one, NotFound."""
    task = held_task(organization, task_id)
    if task.status not in (Task.Status.PENDING, Task.Status.CANCELED):
        raise InvalidInput(_("Only a pending task can be canceled; this one is %(status)s.") % {"status": task.status})
    if clear_unique_id and task.unique_id:
        task.unique_id = None
        task.save(update_fields=["unique_id"])
    if task.status == Task.Status.CANCELED:
        return task
    move_on(task, status=Task.Status.CANCELED, updated_at=now)
    record_event(EventType.TASK_CANCELED, organization=organization, actor=actor, now=now, task_id=task.id,
                 before={"status": "pending"}, after={"status": "canceled"})  # fmt: skip
    announce_task(task, type=EventType.TASK_CANCELED, organization=organization, now=now)
    if task.batch_id:
        complete_batch_if_done(batch=task.batch, organization=organization, now=now)
    return task
