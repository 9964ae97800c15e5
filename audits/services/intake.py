"""Tasks as integrators ask for them: project and batch by name, the project's parameters behind the task's own."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from audits.models import Batch, Project, ProjectVersion, Task
from audits.services.metadata import checked_metadata
from audits.services.task_places import place_of_batch, place_of_project
from audits.services.tasks import NewTask, create_task
from callbacks.guard import vet_url
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.models import Organization, User

NO_SUCH_PROJECT = "Project with that name not found."
NO_SUCH_BATCH = "Batch with that name not found."
# As `project_version`: take over nothing of the project's parameters.
NO_VERSION = -1


@dataclass(frozen=True)
class TaskRequest:
    """A task with its neighbours by name. Without `project` it goes into the batch's; without both into none."""

    type: str
    params: dict[str, Any]
    project: str | None = None
    project_version: int | None = None
    batch: str | None = None
    instruction: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    tags: list[str] | None = None
    unique_id: str | None = None
    callback_url: str = ""
    urgency: str = "standard"


@transaction.atomic(savepoint=False)
def create_requested_task(
    *, organization: Organization, actor: User | None, request: TaskRequest, now: datetime
) -> Task:
    """Make the task. Raises NotFound (project, batch, type), UniqueIdTaken, InvalidInput."""
    if request.callback_url:
        vet_url(request.callback_url)
    project, batch, version = find_place(organization, request)
    new = NewTask(
        type=request.type, params=request.params, project=project, version=version, batch=batch,
        instruction=request.instruction, metadata=checked_metadata(request.metadata), tags=request.tags,
        unique_id=request.unique_id, callback_url=request.callback_url, urgency=request.urgency,
    )  # fmt: skip
    return create_task(organization=organization, actor=actor, new=new, now=now)


def find_place(
    organization: Organization, request: TaskRequest
) -> tuple[Project | None, Batch | None, ProjectVersion | None]:
    """Project, batch and version of the parameters, found with one statement."""
    if not request.batch and not request.project:
        return None, None, None
    if request.batch:
        found = place_of_batch(organization, request.batch, request.project_version)
        if found is None:
            raise NotFound(NO_SUCH_BATCH)
        _check_belongs(organization, found[0], request)
    else:
        found = place_of_project(organization, request.project or "", request.project_version)
        if found is None:
            raise NotFound(NO_SUCH_PROJECT)
    if found[2] is None and request.project_version not in (None, NO_VERSION):
        raise InvalidInput(fields={"project_version": f"The project has no version {request.project_version}."})
    return found


def _check_belongs(organization: Organization, project: Project, request: TaskRequest) -> None:
    if request.project and project.name != request.project:
        if not Project.objects.for_organization(organization).filter(name=request.project).exists():
            raise NotFound(NO_SUCH_PROJECT)
        raise InvalidInput(fields={"batch": "The batch belongs to another project."})
