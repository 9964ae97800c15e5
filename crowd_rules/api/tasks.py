"""/api/v1/tasks and /api/v1/task-suites."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from crowd_rules.api.lists import ID, Key, Listing, containing, ids, times, whole
from crowd_rules.api.operations import operation_json
from crowd_rules.api.values import instant, overlap_json, without_nothing
from crowd_rules.api.views import READ, WRITE, CrowdView, checked, id_or_404
from crowd_rules.engine.reading import Reader, identifier
from crowd_rules.engine.validation import Problem
from crowd_rules.models import PoolTask, TaskSuite
from crowd_rules.services.pool_tasks import change_suite, change_task
from crowd_rules.services.pool_wire import open_pool_of
from crowd_rules.services.pools import OVERLAPS
from crowd_rules.services.refusals import InvalidFields
from crowd_rules.services.suite_tasks import find_suite, find_task, tasks_of_suites
from crowd_rules.services.task_batches import InvalidBatch, Options, create_batch, problems_json

FLAGS = {"true": True, "1": True, "false": False, "0": False}
TASKS = Listing(
    {"id": ID, "pool_id": ids("pool_id"), "created": times("created_at"), "overlap": Key("overlap", whole, True)},
    needs=("pool_id",),
)
SUITES = Listing(
    {"id": ID, "pool_id": ids("pool_id"), "task_id": containing("task_ids"),
     "created": times("created_at"), "overlap": Key("overlap", whole, True)},
)  # fmt: skip


def task_json(task: PoolTask) -> dict[str, Any]:
    """Reads `task`."""
    return without_nothing({
        **task.settings,
        "id": task.public_id,
        "pool_id": task.pool_id.hex,
        "input_values": task.input_values,
        "known_solutions": task.known_solutions,
        "message_on_unknown_solution": task.message_on_unknown_solution or None,
        "reserved_for": _hexes(task.reserved_for),
        "unavailable_for": _hexes(task.unavailable_for),
        "created": instant(task.created_at),
        **overlap_json(task),
    })  # fmt: skip


def _hexes(found: list[Any] | None) -> list[str] | None:
    return [one.hex for one in found] if found is not None else None


def base_task_json(task: PoolTask) -> dict[str, Any]:
    """As it stands in a suite or an assignment."""
    return without_nothing({
        **task.settings,
        "id": task.public_id,
        "input_values": task.input_values,
        "known_solutions": task.known_solutions,
        "message_on_unknown_solution": task.message_on_unknown_solution or None,
    })  # fmt: skip


def suite_json(suite: TaskSuite, tasks: list[PoolTask]) -> dict[str, Any]:
    return without_nothing({
        **suite.settings,
        "id": suite.public_id,
        "pool_id": suite.pool_id.hex,
        "tasks": [base_task_json(one) for one in tasks],
        "issuing_order_override": suite.issuing_order_override or None,
        "mixed": suite.mixed,
        "reserved_for": _hexes(suite.reserved_for),
        "unavailable_for": _hexes(suite.unavailable_for),
        "created": instant(suite.created_at),
        **overlap_json(suite),
    })  # fmt: skip


def show_suites(request: Request, suites: list[TaskSuite]) -> list[dict[str, Any]]:
    tasks = tasks_of_suites(request.organization, suites)
    return [suite_json(suite, tasks[suite.pk]) for suite in suites]


def show_tasks(request: Request, tasks: list[PoolTask]) -> list[dict[str, Any]]:
    return [task_json(one) for one in tasks]


def flag(request: Request, name: str) -> bool:
    """Raises InvalidFields."""
    text = request.query_params.get(name, "").lower()
    if text and text not in FLAGS:
        raise InvalidFields([Problem(name, "BOOLEAN_EXPECTED", "Say true or false.")])
    return FLAGS.get(text, False)


def read_options(request: Request) -> Options:
    """`allow_defaults` changes nothing: what has no overlap gets the pool's. Raises InvalidFields."""
    text = request.query_params.get("operation_id")
    number = identifier(text) if text else None
    if text and number is None:
        raise InvalidFields([Problem("operation_id", "UUID_EXPECTED", "This is no UUID.")])
    return Options(open_pool=flag(request, "open_pool"), skip_invalid=flag(request, "skip_invalid_items"),
                   later=flag(request, "async_mode"), number=number)  # fmt: skip


class CreatingView(CrowdView):
    """Lists, and makes one or many: with `async_mode=true` an operation comes back, else what was made."""

    needs = {"GET": READ, "POST": WRITE}
    kind, listing = "", Listing()

    def rows(self, request: Request) -> Any:
        raise NotImplementedError

    def show(self, request: Request, found: list[Any]) -> list[dict[str, Any]]:
        raise NotImplementedError

    def get(self, request: Request) -> Response:
        return self.listing.answer(request, self.rows(request), lambda page: self.show(request, page))

    def post(self, request: Request) -> Response:
        options, many = read_options(request), isinstance(request.data, list)
        items = request.data if many else [request.data]
        try:
            outcome = create_batch(organization=request.organization, actor=request.user, kind=self.kind, items=items,
                                   options=options, now=timezone.now())  # fmt: skip
        except InvalidBatch as error:
            raise error if many else InvalidFields(error.problems_by_item[0]) from error
        if options.later:
            return Response(operation_json(outcome.operation), status=202)
        shown = dict(zip(outcome.made, self.show(request, list(outcome.made.values())), strict=True))
        if not many:
            return Response(shown[0], status=201)
        wrong = {str(number): problems_json(problems) for number, problems in outcome.problems.items()}
        made = {str(number): one for number, one in sorted(shown.items())}
        return Response({"items": made, "validation_errors": wrong}, status=201)


class TasksView(CreatingView):
    kind, listing = "TASK", TASKS

    def rows(self, request: Request) -> Any:
        return PoolTask.objects.for_organization(request.organization).with_task()

    def show(self, request: Request, found: list[PoolTask]) -> list[dict[str, Any]]:
        return show_tasks(request, found)


class SuitesView(CreatingView):
    kind, listing = "TASK_SUITE", SUITES

    def rows(self, request: Request) -> Any:
        return TaskSuite.objects.for_organization(request.organization)

    def show(self, request: Request, found: list[TaskSuite]) -> list[dict[str, Any]]:
        return show_suites(request, found)


def read_changes(request: Request) -> dict[str, Any]:
    """What of a task or suite may change; what is not given stays. Raises InvalidFields."""
    reader = Reader(request.data)
    changes = {
        "overlap": reader.whole("overlap", least=OVERLAPS[0], most=OVERLAPS[1]),
        "infinite_overlap": reader.flag("infinite_overlap"),
        "known_solutions": reader.array("known_solutions"),
        "message_on_unknown_solution": reader.text("message_on_unknown_solution", longest=10_000),
        "issuing_order_override": reader.decimal("issuing_order_override", least=-100_000, most=100_000, places=5),
    }
    checked(reader)
    if changes["issuing_order_override"] is not None:
        changes["issuing_order_override"] = float(changes["issuing_order_override"])
    return {name: value for name, value in changes.items() if value is not None}


def read_overlap_or_min(request: Request) -> dict[str, Any]:
    """Raises InvalidFields."""
    reader = Reader(request.data)
    overlap = reader.whole("overlap", least=0, most=OVERLAPS[1], required=True)
    checked(reader)
    return {"overlap_or_min": max(1, overlap)}


class TaskView(CrowdView):
    needs = {"GET": READ, "PATCH": WRITE}
    read = staticmethod(read_changes)

    def get(self, request: Request, task_id: str) -> Response:
        found = find_task(organization=request.organization, task_id=id_or_404(task_id, "task"))
        return Response(task_json(found))

    def patch(self, request: Request, task_id: str) -> Response:
        changes = self.read(request)
        changes.pop("issuing_order_override", None)
        changed = change_task(organization=request.organization, actor=request.user, changes=changes,
                              task_id=id_or_404(task_id, "task"), now=timezone.now())  # fmt: skip
        if flag(request, "open_pool"):
            open_pool_of(organization=request.organization, actor=request.user, pool_id=changed.pool_id,
                         now=timezone.now())  # fmt: skip
        return Response(task_json(changed))


class TaskOverlapView(TaskView):
    needs = {"PATCH": WRITE}
    http_method_names = ["patch"]
    read = staticmethod(read_overlap_or_min)


class SuiteView(CrowdView):
    needs = {"GET": READ, "PATCH": WRITE}
    read = staticmethod(read_changes)

    def get(self, request: Request, suite_id: str) -> Response:
        found = find_suite(organization=request.organization, suite_id=id_or_404(suite_id, "task suite"))
        return Response(show_suites(request, [found])[0])

    def patch(self, request: Request, suite_id: str) -> Response:
        changed = change_suite(organization=request.organization, actor=request.user, changes=self.read(request),
                               suite_id=id_or_404(suite_id, "task suite"), now=timezone.now())  # fmt: skip
        if flag(request, "open_pool"):
            open_pool_of(organization=request.organization, actor=request.user, pool_id=changed.pool_id,
                         now=timezone.now())  # fmt: skip
        return Response(show_suites(request, [changed])[0])


class SuiteOverlapView(SuiteView):
    needs = {"PATCH": WRITE}
    http_method_names = ["patch"]
    read = staticmethod(read_overlap_or_min)
