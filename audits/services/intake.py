"""Tasks as integrators ask for them: project and batch by name, the project's parameters behind the task's own."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from audits.models import Batch, Project, ProjectVersion, Task
from audits.services.metadata import checked_metadata
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
    if request.batch:
        batch = _batch(organization, request)
        return batch.project, batch, _version(batch.project, batch.given_version, request)
    if not request.project:
        return None, None, None
    named = Project.objects.for_organization(organization).filter(name=request.project)
    project = named.with_version(request.project_version).first()
    if project is None:
        raise NotFound(NO_SUCH_PROJECT)
    return project, None, _version(project, project.given_version, request)


def _batch(organization: Organization, request: TaskRequest) -> Batch:
    named = Batch.objects.for_organization(organization).filter(name=request.batch).select_related("project")
    batch = named.with_version(request.project_version).first()
    if batch is None:
        raise NotFound(NO_SUCH_BATCH)
    if request.project and batch.project.name != request.project:
        if not Project.objects.for_organization(organization).filter(name=request.project).exists():
            raise NotFound(NO_SUCH_PROJECT)
        raise InvalidInput(fields={"batch": "The batch belongs to another project."})
    return batch


def _version(project: Project, given: dict[str, Any] | None, request: TaskRequest) -> ProjectVersion | None:
    if given is None and request.project_version not in (None, NO_VERSION):
        raise InvalidInput(fields={"project_version": f"The project has no version {request.project_version}."})
    return ProjectVersion(project=project, **given) if given else None
