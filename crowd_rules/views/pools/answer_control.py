"""A control task by hand: what it shows is filled in or taken from a task, then it is answered as performers answer."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audits.json_input import parse_json
from audits.models import Task
from audits.task_types import TASK_TYPES
from audits.task_types.base import TaskType
from audits.task_types.fields import TEMPLATE, addresses_in, asks_by_fields, fields_like, form_of
from audits.views.showing import allow_origins, attachment_address, origins_of, with_addresses
from crowd_rules.engine.reading import identifier
from crowd_rules.models import Pool
from crowd_rules.services.answered_controls import add_answered_control, check_input
from crowd_rules.services.pool_tasks import filled_input
from crowd_rules.views.people.writing import typed
from crowd_rules.views.pools.finding import pool_of
from crowd_rules.views.work.tasks import blank
from labelops.errors import Conflict, InvalidInput, NotFound
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission

LONGEST_MESSAGE = 2000


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_TASKS)
def answer_control(request: HttpRequest, pool: UUID) -> HttpResponse:
    """GET asks what the task shows, or takes it from `task`; POST `input` asks for the answer, with `answer` adds."""
    found = pool_of(request, pool)
    if request.method == "GET":
        task = _task(request, found)
        return _ask_answer(request, found, task.params, task.response) if task else _ask_input(request, found)
    try:
        given = _json(request, "input")
        check_input(pool=found, input_values=given)
    except InvalidInput as error:
        return _ask_input(request, found, refused=error)
    return _add(request, found, given) if request.POST.get("answer") else _ask_answer(request, found, given)


def _add(request: HttpRequest, pool: Pool, given: dict[str, Any]) -> HttpResponse:
    answer: Any = None
    try:
        answer = _json(request, "answer")
        message = typed(request, "message", longest=LONGEST_MESSAGE)
        with transaction.atomic():
            add_answered_control(pool=pool, actor=request.user, input_values=given, answer=answer, message=message,
                                 now=timezone.now())  # fmt: skip
    except (InvalidInput, Conflict) as error:
        return _ask_answer(request, pool, given, answer, refused=error)
    messages.success(request, _("The control task is in the pool."))
    again = "crowd_rules:answer_control" if request.POST.get("again") else "crowd_rules:controls"
    return redirect(again, request.organization.slug, pool.pk)


def _json(request: HttpRequest, name: str) -> dict[str, Any]:
    value = parse_json(request.POST.get(name, "").strip() or "{}")
    if not isinstance(value, dict):
        raise InvalidInput(_("Give a JSON object."))
    return value


def _task(request: HttpRequest, pool: Pool) -> Task | None:
    """The project's task that `task` names, if it names one."""
    if not request.GET.get("task"):
        return None
    tasks = Task.objects.for_organization(request.organization).filter(project_id=pool.project_id)
    task = tasks.filter(pk=identifier(request.GET["task"])).first()
    if task is None:
        raise NotFound(_("There is no task with this id."))
    return task


def _ask_input(request: HttpRequest, pool: Pool, refused: InvalidInput | None = None) -> HttpResponse:
    """By the project's fields; without such by those of its newest task, as it has them; as JSON before the first."""
    given = request.POST.get("input", "")
    context = {"pool": pool, "step": "input", "given": given, **_told(refused, "input_values.")}
    schema, begun = _input_form(pool)
    if schema["output_spec"]:
        response = _again(given) if given else begun
        context["editor"] = {"templates": TEMPLATE, "params": {}, "response": response, "schema": schema}
        context["begun"] = bool(begun)
    else:
        context["given"] = given or "{}"
    return render(request, "crowd_rules/answer_control.html", context, status=400 if refused else 200)


def _input_form(pool: Pool) -> tuple[dict[str, Any], dict[str, Any]]:
    """What asks for the input, as an editor's schema, and what stands in it at first."""
    fields = pool.project.task_fields
    if fields.get("input_spec"):
        return {"output_spec": fields["input_spec"], "output_order": fields.get("input_order", [])}, {}
    tasks = Task.objects.for_organization(pool.organization).filter(project_id=pool.project_id)
    newest = tasks.order_by("-id").values_list("params", flat=True).first() or {}
    return {"output_spec": fields_like(newest), "output_order": list(newest)}, newest


def _ask_answer(
    request: HttpRequest, pool: Pool, given: dict[str, Any], answer: Any = None, refused: Exception | None = None
) -> HttpResponse:
    kind = TASK_TYPES.get(pool.project.type) or TaskType(pool.project.type)
    fields = pool.project.task_fields
    params = with_addresses(filled_input(pool=pool, input_values=given), request.organization)
    template, schema = form_of(kind, fields)
    editor = {"templates": template, "params": params, "response": blank(kind) if answer is None else answer,
              "attachment_url": attachment_address(params), "kind": getattr(kind, "default", ""),
              "schema": schema}  # fmt: skip
    context = {"pool": pool, "step": "answer", "editor": editor, "given": json.dumps(given),
               "message": request.POST.get("message", ""), "longest": LONGEST_MESSAGE,
               **_told(refused, "known_solutions.0.output_values.")}  # fmt: skip
    pictures = addresses_in(params) if asks_by_fields(kind, fields) else []
    page = render(request, "crowd_rules/answer_control.html", context, status=400 if refused else 200)
    return allow_origins(page, origins_of([params, {"attachments": pictures}]))


def _told(refused: Any, place: str) -> dict[str, Any]:
    """`problems`: field of the form -> sentence; `error`: what no field of it can say."""
    fields = {name: str(text) for name, text in getattr(refused, "fields", {}).items()}
    problems = {name.removeprefix(place): text for name, text in fields.items() if name.startswith(place)}
    others = [text for name, text in fields.items() if not name.startswith(place)]
    return {"problems": problems, "error": " ".join(others) or ("" if problems or not refused else refused.message)}


def _again(text: str) -> dict[str, Any]:
    """What was filled in before, for the form that asks again."""
    try:
        value = parse_json(text) if text else {}
    except InvalidInput:
        return {}
    return value if isinstance(value, dict) else {}
