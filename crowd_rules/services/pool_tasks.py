"""Tasks into pools: real ones, new or of a project or batch; control and training tasks; suites made by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.models import ProjectVersion, Task
from audits.services.tasks import NewTask, build_task
from audits.task_types import task_type
from audits.task_types.fields.values import value_problems
from crowd_rules.engine.aggregation import canonical
from crowd_rules.models import Pool, PoolTask, TaskSuite
from crowd_rules.services.lowered import settle_lowered
from crowd_rules.services.placing import place_new
from crowd_rules.services.pools import OVERLAPS, hold_pool
from crowd_rules.services.refusals import InvalidFields, MixingNeeded, TaskKindConflict, WrongPoolStatus
from labelops.errors import InvalidInput, NotFound
from labelops.lists.paging import in_digits
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization, User

MOST = 5000


@dataclass(frozen=True)
class NewPoolTask:
    """A task to be put into a pool. `input_values` make a new one; `task_id` takes an audits task that exists.

    Known solutions make it a control task, with a message a training task. No overlap: the pool's; None with
    `infinite_overlap`. Control and training tasks are infinite unless an overlap is given.
    """

    input_values: dict[str, Any] | None = None
    task_id: UUID | None = None
    known_solutions: list[dict[str, Any]] | None = None
    message_on_unknown_solution: str = ""
    overlap: int | None = None
    infinite_overlap: bool | None = None
    reserved_for: list[UUID] | None = None
    unavailable_for: list[UUID] | None = None
    rest: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        if not self.known_solutions:
            return PoolTask.Kind.REAL
        return PoolTask.Kind.TRAINING if self.message_on_unknown_solution else PoolTask.Kind.CONTROL


@dataclass(frozen=True)
class NewSuite:
    """A suite made by hand; its overlap is that of each of its real tasks."""

    tasks: list[NewPoolTask]
    overlap: int | None = None
    infinite_overlap: bool | None = None
    issuing_order_override: float = 0
    reserved_for: list[UUID] | None = None
    unavailable_for: list[UUID] | None = None
    rest: dict[str, Any] = field(default_factory=dict)


def check_task(*, pool: Pool, new: NewPoolTask) -> None:
    """Whether it could be added. Raises InvalidInput (fields by the wire's names)."""
    if (new.input_values is None) == (new.task_id is None):
        raise InvalidInput(fields={"input_values": _("Give the input of a new task, or the id of one that exists.")})
    if new.input_values is not None and not isinstance(new.input_values, dict):
        raise InvalidInput(fields={"input_values": _("An object of input fields.")})
    _check_overlap(new.overlap, new.infinite_overlap)
    if new.input_values is not None:
        try:
            task_type(pool.project.type).check_params(new.input_values)
        except InvalidInput as error:
            raise InvalidInput(fields={"input_values": error.message}) from error
    check_known(pool, new.known_solutions, new.input_values or {})


def _check_overlap(overlap: int | None, infinite: bool | None) -> None:
    if overlap is not None and (infinite or not OVERLAPS[0] <= overlap <= OVERLAPS[1]):
        least, most = map(in_digits, OVERLAPS)
        sentence = _("A number from %(least)s to %(most)s, or infinite.") % {"least": least, "most": most}
        raise InvalidInput(fields={"overlap": sentence})


def check_known(pool: Pool, known: list[dict[str, Any]] | None, params: dict[str, Any]) -> None:
    """Raises InvalidInput where a known solution is no response of the project's type."""
    for number, one in enumerate(known or ()):
        path = f"known_solutions.{number}"
        if not isinstance(one, dict) or not isinstance(one.get("output_values"), dict):
            raise InvalidInput(fields={path: _("Give {“output_values”: {…}}.")})
        weight = one.get("correctness_weight")
        if weight is not None and not (isinstance(weight, int | float) and 0 <= weight <= 1):
            raise InvalidInput(fields={f"{path}.correctness_weight": _("A number from 0 to 1.")})
        try:
            task_type(pool.project.type).check_response(params, one["output_values"])
        except InvalidInput as error:
            raise InvalidInput(fields={f"{path}.output_values": error.message}) from error


@transaction.atomic(savepoint=False)
def add_tasks(*, pool: Pool, actor: User | None, tasks: list[NewPoolTask], now: datetime) -> list[PoolTask]:
    """Add these to a mixing pool, all or none; their ids ascend in the given order. A pool's completion ends.

    Raises MixingNeeded, WrongPoolStatus (archived), NotFound (a task), InvalidInput (first wrong one;
    `data["number"]` is its place).
    """
    held = _pool_for_tasks(pool)
    if not held.mixing:
        raise MixingNeeded
    made = _make(held, tasks, now)
    place_new(held, [one.pk for one in made])
    return made


def _pool_for_tasks(pool: Pool) -> Pool:
    held = hold_pool(pool.organization, pool.pk)
    if held.status == Pool.Status.ARCHIVED:
        raise WrongPoolStatus(_("The pool is archived."), appropriate=("OPEN", "CLOSED"))
    if held.completed_at:
        held.completed_at = None
        held.save(update_fields=["completed_at"])
    return held


def _make(pool: Pool, news: Sequence[NewPoolTask], now: datetime, suites: Sequence[TaskSuite] = ()) -> list[PoolTask]:
    for number, new in enumerate(news):
        try:
            check_task(pool=pool, new=new)
        except InvalidInput as error:
            raise InvalidInput(error.message, fields=error.fields, number=number) from error
    existing = _existing(pool, [new.task_id for new in news if new.task_id])
    newest = _newest_version(pool)
    audits_tasks, made = [], []
    for number, new in enumerate(news):
        task = existing.get(new.task_id)
        if task is None and new.kind == PoolTask.Kind.REAL:
            task = build_task(NewTask(type=pool.project.type, params=new.input_values, project=pool.project,
                                      version=newest), organization=pool.organization, now=now)  # fmt: skip
            audits_tasks.append(task)
        elif task is None:
            new = replace(new, input_values=_with_projects(newest, new.input_values))
        made.append(_pool_task(pool, new, task, suites[number] if suites else None, now))
    Task.objects.bulk_create(audits_tasks, batch_size=1000)
    return PoolTask.objects.bulk_create(made, batch_size=1000)


def _newest_version(pool: Pool) -> ProjectVersion | None:
    versions = ProjectVersion.objects.filter(organization_id=pool.organization_id, project_id=pool.project_id)
    return versions.order_by("-version").first()


def filled_input(*, pool: Pool, input_values: dict[str, Any]) -> dict[str, Any]:
    """What performers would see of a new control task."""
    return _with_projects(_newest_version(pool), input_values)


def _with_projects(version: ProjectVersion | None, input_values: dict[str, Any] | None) -> dict[str, Any]:
    """The project's parameters fill the gaps, as in every real task: else a control task is known by what it lacks."""
    return {**(version.task_params if version else {}), **(input_values or {})}


def _existing(pool: Pool, ids: list[UUID]) -> dict[UUID | None, Task]:
    found = Task.objects.for_organization(pool.organization).filter(project_id=pool.project_id).in_bulk(ids)
    if missing := [one for one in ids if one not in found]:
        raise NotFound(_("The project has no task %(id)s.") % {"id": missing[0].hex})
    return found


def _pool_task(pool: Pool, new: NewPoolTask, task: Task | None, suite: TaskSuite | None, now: datetime) -> PoolTask:
    is_real = new.kind == PoolTask.Kind.REAL
    if is_real and task and task.status != Task.Status.PENDING:
        words = {"id": task.public_id, "status": task.status}
        raise InvalidInput(fields={"task_id": _("Task %(id)s is %(status)s: only a pending one is work.") % words})
    infinite = new.infinite_overlap if new.infinite_overlap is not None else not is_real and new.overlap is None
    overlap = new.overlap or (suite.overlap if suite else pool.default_overlap)
    return PoolTask(
        id=task.pk if is_real else uuid7(), organization=pool.organization, pool=pool, task=task, suite=suite,
        params=new.input_values if task is None else None, kind=new.kind, known_solutions=new.known_solutions or None,
        message_on_unknown_solution=new.message_on_unknown_solution, overlap=overlap, infinite_overlap=infinite,
        reserved_for=new.reserved_for, unavailable_for=new.unavailable_for, settings=new.rest, released_at=now,
        created_at=now,
    )  # fmt: skip


@transaction.atomic(savepoint=False)
def add_project_tasks(
    *, pool: Pool, actor: User | None, now: datetime, batch_id: UUID | None = None, limit: int | None = None
) -> int:
    """Put all pending tasks of the pool's project (or of one batch) that are in no pool into this one; how many."""
    held = _pool_for_tasks(pool)
    if not held.mixing:
        raise MixingNeeded
    tasks = Task.objects.for_organization(held.organization).filter(project_id=held.project_id, status="pending")
    if batch_id:
        tasks = tasks.filter(batch_id=batch_id)
    taken = PoolTask.objects.for_organization(held.organization).filter(kind=PoolTask.Kind.REAL).values("task_id")
    found = tasks.exclude(pk__in=taken).order_by("pk").values_list("pk", flat=True)
    ids = list(found[:limit] if limit else found)
    for start in range(0, len(ids), MOST):
        portion = ids[start : start + MOST]
        PoolTask.objects.bulk_create(
            PoolTask(id=one, organization=held.organization, pool=held, task_id=one, overlap=held.default_overlap,
                     released_at=now, created_at=now)
            for one in portion
        )  # fmt: skip
        place_new(held, portion)
    return len(ids)


@transaction.atomic(savepoint=False)
def add_controls_from_audits(*, pool: Pool, actor: User | None, task_ids: list[UUID], now: datetime) -> list[PoolTask]:
    """Control tasks out of completed tasks: the response, after audits, is the known solution.

    Raises NotFound, InvalidInput (a task is not completed).
    """
    held = _pool_for_tasks(pool)
    found = _existing(held, task_ids)
    made = []
    for task_id in task_ids:
        task = found[task_id]
        if task.status != Task.Status.COMPLETED or task.review_status == Task.ReviewStatus.REJECTED:
            sentence = _("Task %(id)s has no response that could be trusted.") % {"id": task.public_id}
            raise InvalidInput(fields={"task_ids": sentence})
        known = {key: value for key, value in task.response.items() if key != "is_customer_fix"}
        new = NewPoolTask(task_id=task_id, known_solutions=[{"output_values": known, "correctness_weight": 1}])
        made.append(_pool_task(held, new, task, None, now))
    PoolTask.objects.bulk_create(made)
    place_new(held, [one.pk for one in made])
    return made


@transaction.atomic(savepoint=False)
def add_suites(*, pool: Pool, actor: User | None, suites: list[NewSuite], now: datetime) -> list[TaskSuite]:
    """Add suites made by hand to a pool without mixing, all or none. Raises as `add_tasks`, TaskKindConflict."""
    held = _pool_for_tasks(pool)
    if held.mixing:
        raise TaskKindConflict
    made, tasks, places = [], [], []
    for number, new in enumerate(suites):
        if not new.tasks:
            raise InvalidInput(fields={"tasks": _("Give the suite at least one task.")}, number=number)
        _check_overlap(new.overlap, new.infinite_overlap)
        suite = TaskSuite(
            organization=held.organization, pool=held, task_ids=[], overlap=new.overlap or held.default_overlap,
            infinite_overlap=bool(new.infinite_overlap), issuing_order_override=new.issuing_order_override,
            reserved_for=new.reserved_for, unavailable_for=new.unavailable_for, settings=new.rest, released_at=now,
            created_at=now,
        )  # fmt: skip
        made.append(suite)
        tasks += new.tasks
        places += [suite] * len(new.tasks)
    _make_in_suites(held, made, tasks, places, now)
    return made


def _make_in_suites(
    pool: Pool, suites: list[TaskSuite], tasks: list[NewPoolTask], places: list[TaskSuite], now: datetime
) -> None:
    TaskSuite.objects.bulk_create(suites, batch_size=1000)
    pool_tasks = _make(pool, tasks, now, places)
    for task, suite in zip(pool_tasks, places, strict=True):
        suite.task_ids.append(task.pk)
        if task.kind == PoolTask.Kind.REAL:
            # The suite's overlap is the task's, so that a task is complete when its suite is.
            task.overlap, task.infinite_overlap = suite.overlap, suite.infinite_overlap
    PoolTask.objects.bulk_update(pool_tasks, ["overlap", "infinite_overlap"], batch_size=1000)
    TaskSuite.objects.bulk_update(suites, ["task_ids"], batch_size=1000)
    place_new(pool, [one.pk for one in pool_tasks], [one.pk for one in suites])


@transaction.atomic(savepoint=False)
def change_task(
    *, organization: Organization, actor: User | None, task_id: Any, changes: dict[str, Any], now: datetime
) -> PoolTask:
    """Change overlap | infinite_overlap, known_solutions, message_on_unknown_solution. Raises NotFound, InvalidInput.

    An overlap below what is issued is refused; with `{"overlap_or_min": n}` it becomes the smallest possible.
    """
    rows = PoolTask.objects.for_organization(organization).select_related("pool__project", "task")
    held = rows.select_for_update(of=("self",)).filter(pk=task_id).first()
    if held is None:
        raise NotFound(_("There is no such task."))
    held.organization = organization
    _set_overlap(held, changes, now)
    if "known_solutions" in changes:
        if held.kind == PoolTask.Kind.REAL:
            raise InvalidInput(fields={"known_solutions": _("A task that is work cannot become a control task.")})
        _check_new_known(held, changes["known_solutions"])
        held.known_solutions = changes["known_solutions"]
    if "message_on_unknown_solution" in changes:
        held.message_on_unknown_solution = changes["message_on_unknown_solution"]
    held.save()
    _follow_overlap(held, [held.pk], now)
    return held


def _check_new_known(held: PoolTask, known: list[dict[str, Any]]) -> None:
    """Of a control task that is in use: what nobody can answer would make everybody's answer a wrong one."""
    if not known:
        raise InvalidInput(fields={"known_solutions": _("Give at least one known solution.")})
    check_known(held.pool, known, held.input_values)
    spec, problems = held.pool.project.task_fields.get("output_spec"), []
    for number, one in enumerate(known):
        problems += value_problems(spec, one["output_values"], f"known_solutions.{number}.output_values")
    if problems:
        raise InvalidFields(problems)


@transaction.atomic(savepoint=False)
def change_suite(
    *, organization: Organization, actor: User | None, suite_id: Any, changes: dict[str, Any], now: datetime
) -> TaskSuite:
    """As `change_task` for a suite: overlap | infinite_overlap | overlap_or_min, issuing_order_override."""
    rows = TaskSuite.objects.for_organization(organization).select_for_update()
    held = rows.filter(pk=suite_id).first()
    if held is None:
        raise NotFound(_("There is no such task suite."))
    held.organization = organization
    _set_overlap(held, changes, now)
    if "issuing_order_override" in changes:
        held.issuing_order_override = changes["issuing_order_override"]
    held.save()
    if not held.mixed:
        real = PoolTask.objects.for_organization(organization).filter(suite=held, kind=PoolTask.Kind.REAL)
        real.update(overlap=held.overlap, infinite_overlap=held.infinite_overlap, released_at=now)
        _follow_overlap(held, held.task_ids, now)
    return held


def _follow_overlap(held: PoolTask | TaskSuite, task_ids: list[UUID], now: datetime) -> None:
    """There is work again, or all the work there was is done."""
    if held.infinite_overlap or held.overlap > held.issued:
        pools = Pool.objects.filter(organization_id=held.organization_id, completed_at__isnull=False)
        pools.filter(pk=held.pool_id).update(completed_at=None)
    else:
        settle_lowered(organization=held.organization, pool_id=held.pool_id, task_ids=task_ids, now=now)


def _set_overlap(held: PoolTask | TaskSuite, changes: dict[str, Any], now: datetime) -> None:
    wanted = changes.get("overlap", changes.get("overlap_or_min"))
    if changes.get("infinite_overlap"):
        held.infinite_overlap = True
    elif wanted is not None:
        if held.infinite_overlap:
            raise InvalidInput(fields={"overlap": _("An infinite overlap cannot be given an end.")})
        _check_overlap(wanted, None)
        if wanted < held.issued and "overlap_or_min" not in changes:
            told = ngettext("%(number)s performer has it already: no less than that.",
                            "%(number)s performers have it already: no less than that.", held.issued)  # fmt: skip
            raise InvalidInput(fields={"overlap": told % {"number": in_digits(held.issued)}})
        held.overlap = max(wanted, held.issued)
    held.released_at = now


def is_known(known: list[dict[str, Any]], output: dict[str, Any]) -> bool:
    """Whether an answer is one of the known solutions."""
    return canonical(output) in {canonical(one["output_values"]) for one in known}
