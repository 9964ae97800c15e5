"""Tasks whose right response is known: for training and for measuring. Stored whole; pools hand them out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from audits.models import QualityTask
from audits.services.intake import TaskRequest, find_place
from audits.services.metadata import checked_metadata
from audits.services.tasks import NewTask, build_task
from audits.task_types import task_type
from labelops.errors import Conflict
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Organization, User

SAME = ("type", "project_id", "batch_id", "instruction", "params", "metadata", "tags", "expected_response",
        "initial_response")  # fmt: skip


@dataclass(frozen=True)
class QualityTaskRequest:
    """`kind` is evaluation or training; an `initial_response` makes it one for reviewers."""

    kind: str
    task: TaskRequest
    expected_response: dict[str, Any]
    initial_response: dict[str, Any] | None = None


class QualityTaskTaken(Conflict):
    """Another one of this kind has the unique_id."""


@transaction.atomic(savepoint=False)
def create_quality_task(
    *, organization: Organization, actor: User | None, request: QualityTaskRequest, now: datetime
) -> QualityTask:
    """Store it. The same once more, under the same unique_id, is the one there is.

    Raises InvalidInput (parameters or a response that do not fit the type), NotFound, QualityTaskTaken.
    """
    new = _build(organization, request, now)
    new.created_by = actor
    try:
        with transaction.atomic(savepoint=bool(new.unique_id)):
            new.save(force_insert=True)
    except IntegrityError as error:
        if "quality_task_unique_id_unique" not in str(error):
            raise
        return _the_same(organization, new)
    record_event(EventType.QUALITY_TASK_CREATED, organization=organization, actor=actor, now=now, subject_id=new.id,
                 after={"kind": new.kind, "type": new.type})  # fmt: skip
    return new


def _build(organization: Organization, request: QualityTaskRequest, now: datetime) -> QualityTask:
    asked = request.task
    project, batch, version = find_place(organization, asked)
    task = build_task(
        NewTask(
            type=asked.type, params=asked.params, project=project, version=version, instruction=asked.instruction,
            metadata=checked_metadata(asked.metadata), tags=asked.tags, response=request.expected_response,
        ),
        organization=organization, now=now,
    )  # fmt: skip
    if request.initial_response is not None:
        task_type(task.type).check_response(task.params, request.initial_response)
    return QualityTask(
        organization=organization, kind=request.kind, project=project, batch=batch, type=task.type,
        instruction=task.instruction, params=task.params, metadata=task.metadata, tags=task.tags,
        unique_id=asked.unique_id, expected_response=request.expected_response,
        initial_response=request.initial_response, created_at=now,
    )  # fmt: skip


def _the_same(organization: Organization, new: QualityTask) -> QualityTask:
    """The earlier one, where it says the same: the client sends again after a failure and cannot look it up."""
    earlier = QualityTask.objects.for_organization(organization).of_kind(new.kind).with_names()
    found = earlier.get(unique_id=new.unique_id)
    if any(getattr(found, name) != getattr(new, name) for name in SAME):
        message = f'The unique_id ("{new.unique_id}") is already used for a different task ({found.id.hex}).'
        raise QualityTaskTaken(message, unique_id=new.unique_id, task_id=found.id.hex)
    return found
