"""Tasks as a performer's page shows them: in the auditors' own forms, with nothing that tells a control task."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse

from audits.models import ProjectVersion
from audits.task_types import TASK_TYPES
from audits.task_types.base import TaskType
from audits.task_types.fields import addresses_in, asks_by_fields, form_of
from audits.views.showing import REFERENCE, attachment_address
from crowd_rules.models import Assignment, Pool, PoolTask, Solution
from crowd_rules.services.performer_reads import shown_input

# What a form begins with where it draws: no drawing is an answer too.
DRAWN = {"imageannotation", "namedentityrecognition"}


@dataclass(frozen=True)
class ShownTask:
    """What audits/task_types/*/editor.html reads, and the task's number on its page, from 1."""

    number: int
    templates: str
    kind: str
    params: dict[str, Any]
    response: Any
    attachment_url: str
    schema: dict[str, Any] | None
    solution: Solution
    # Addresses in its input that its form may show as pictures.
    pictures: tuple[str, ...] = ()

    @property
    def sources(self) -> list[dict[str, Any]]:
        """For `origins_of`."""
        return [self.params, {"attachments": list(self.pictures)}]


def sources_of(tasks: list[ShownTask]) -> list[dict[str, Any]]:
    return [source for task in tasks for source in task.sources]


def title_of(pool: Pool) -> str:
    """What performers call a pool; reads `project`."""
    return pool.project.public_name or pool.project.name


def shown_tasks(assignment: Assignment, slug: str) -> list[ShownTask]:
    """In the order of the page; reads the assignment's `solutions` with their tasks, and its pool's project."""
    return [_shown(assignment, one, number, slug) for number, one in enumerate(assignment.solutions.all(), 1)]


def _shown(assignment: Assignment, solution: Solution, number: int, slug: str) -> ShownTask:
    kind = kind_of(assignment.pool, solution.pool_task)
    params = with_addresses(shown_input(assignment.pool, solution.pool_task), slug, assignment)
    fields = assignment.pool.project.task_fields
    template, schema = form_of(kind, fields)
    return ShownTask(
        number=number, templates=template, kind=getattr(kind, "default", ""), params=params,
        response=blank(kind) if solution.output_values is None else solution.output_values,
        attachment_url=attachment_address(params), schema=schema, solution=solution,
        pictures=tuple(addresses_in(params)) if asks_by_fields(kind, fields) else (),
    )  # fmt: skip


def kind_of(pool: Pool, task: PoolTask) -> TaskType:
    """As a submit judges it: the task's own type, else the project's."""
    name = (task.task.type if task.task_id else "") or pool.project.type
    return TASK_TYPES.get(name) or TaskType(name)


def blank(kind: TaskType) -> dict[str, Any]:
    return {"annotations": []} if kind.form in DRAWN else {}


def with_addresses(value: Any, slug: str, assignment: Assignment) -> Any:
    """The same JSON with every `labelops://<id>` replaced by the address where this performer is given the file."""
    if isinstance(value, dict):
        return {key: with_addresses(inner, slug, assignment) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_addresses(inner, slug, assignment) for inner in value]
    if isinstance(value, str) and (match := REFERENCE.fullmatch(value)):
        return reverse("work:file", args=[slug, assignment.pk, UUID(match[1])])
    return value


def instruction_of(pool: Pool, assignment: Assignment) -> str:
    """The pool's, else the project's, else that of a task on the page: one for all, whatever kind each task is."""
    if pool.public_instructions:
        return pool.public_instructions
    versions = ProjectVersion.objects.for_organization(assignment.organization).filter(project_id=pool.project_id)
    newest = versions.order_by("-version").values_list("instruction", flat=True).first()
    if newest:
        return newest
    tasks = [one.pool_task.task for one in assignment.solutions.all() if one.pool_task.task_id]
    return next((task.instruction for task in tasks if task.instruction), "")
