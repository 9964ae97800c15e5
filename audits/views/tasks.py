"""Tasks: the list with its filter, and one task with everything that happened to it."""

import json
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_GET, require_POST

from audits.filters import page_filter
from audits.forms import ReasonForm
from audits.models import Audit, Task, TaskLock, page_rows
from audits.services.audits import UNDO_FOR
from audits.services.blindness import refuse_blind, without_blind
from audits.services.locks import take_lock_away
from audits.views.filtering import FIRST_FIELDS, MORE_FIELDS, TaskFilterBar
from audits.views.history import history_of
from audits.views.lists import TASKS
from audits.views.live import live
from audits.views.showing import allow_origins, kind_of, origins_of, sources_of, viewer_of
from audits.views.task_rows import TaskRows
from audits.wire import response_json, task_json
from callbacks.models import Delivery, outcomes_of
from labelops.errors import InvalidInput, NotFound
from labelops.lists.holes import fill, hole
from labelops.lists.paging import keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.models import Event
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context

COUNT = ngettext_lazy("%(number)s task", "%(number)s tasks", "count")


@require_GET
@requires(Permission.VIEW_TASKS)
@live()
def task_list(request: HttpRequest) -> HttpResponse:
    tasks = Task.objects.for_organization(request.organization).visible_to(request.membership)
    found = page_filter(request.GET, tasks=tasks, organization=request.organization)
    bar = TaskFilterBar(request.GET, member=request.membership, first=FIRST_FIELDS, more=MORE_FIELDS)
    matching = without_blind(found.qs, request.membership) if found.is_valid() else tasks.none()
    context = list_context(request, TASKS)
    may = request.membership.may
    read = partial(page_rows, organization=request.organization)
    page = keyset_page(matching, data=request.GET, by=context["table"].order_by, read=read)
    context |= {
        "bar": bar,
        "page": page,
        "rows": hole("rows"),
        "summary": summary(matching, count=COUNT, kept_as=(request.membership.pk, request.GET.urlencode())),
        "may_audit": may(Permission.AUDIT),
        "may_draw": may(Permission.DRAW_SAMPLE),
        "may_import": may(Permission.EDIT_TASKS),
        "may_redo": may(Permission.REDO),
        "is_filtered": bool(bar.chips),
    }
    template = "audits/tasks.html#results" if request.htmx.target == "task-list" else "audits/tasks.html"
    return fill(render(request, template, context), rows=_rows(request, context).html(page.rows))


def _rows(request: HttpRequest, context: dict[str, Any]) -> TaskRows:
    table, may = context["table"], request.membership.may
    return TaskRows(
        request.organization.slug, table.shown, has_choice=table.is_chosen, may_audit=may(Permission.AUDIT),
        may_choose=may(Permission.DRAW_SAMPLE) or may(Permission.REDO), back=context["back"],
    )  # fmt: skip


def _state(request: HttpRequest, task: UUID) -> str:
    """What an open task page shows that changes by itself: events, the lock, callbacks. One statement each."""
    organization = request.organization
    events = Event.objects.for_organization(organization).filter(task_id=task).order_by("-id")
    locks = TaskLock.objects.for_organization(organization).live().filter(pk=task)
    deliveries = Delivery.objects.for_organization(organization).filter(subject_id=task)
    sent = deliveries.aggregate(number=Count("*"), attempts=Sum("attempts"), ended=Max("finished_at"))
    return repr([events.values_list("pk", flat=True).first(), locks.values_list("token", flat=True).first(), sent])


@require_GET
@requires(Permission.VIEW_TASKS)
@live(_state)
def task_detail(request: HttpRequest, task: UUID) -> HttpResponse:
    """The page; its own look for what has changed asks for `live` alone."""
    found = find_task(request, task)
    template = "audits/task.html#live" if request.htmx.target == "task-live" else "audits/task.html"
    page = render(request, template, _detail(request, found))
    return allow_origins(page, origins_of(sources_of(found)))


def find_task(request: HttpRequest, task: UUID) -> Task:
    tasks = Task.objects.for_organization(request.organization).visible_to(request.membership)
    found = tasks.with_names().with_audits().filter(pk=task).first()
    if found is None:
        raise NotFound(_("There is no task with this id."))
    if found.may_have_audits:
        refuse_blind(request.membership, task)
    return found


def _detail(request: HttpRequest, task: Task) -> dict[str, Any]:
    organization, may = request.organization, request.membership.may
    lock = TaskLock.objects.for_organization(organization).live().select_related("holder").filter(pk=task.pk).first()
    return {
        "task": task,
        "kind": kind_of(task),
        "viewer": viewer_of(task, organization),
        "history": history_of(task, Event.objects.for_organization(organization).about_task(task.pk), organization),
        "audits": task.known_audits,
        "earlier": _earlier(task),
        "live_tag": request.live_tag,
        "lock": lock,
        "is_mine": bool(lock) and lock.holder_id == request.user.pk,
        "deliveries": Delivery.objects.for_organization(organization).about(task.pk)[:50],
        "may_audit": may(Permission.AUDIT) and task.status == Task.Status.COMPLETED,
        "may_redo": may(Permission.REDO) and task.review_status == Task.ReviewStatus.REJECTED,
        "may_release": may(Permission.MANAGE_SESSIONS),
        "may_manage_callbacks": may(Permission.MANAGE_CALLBACKS),
        "reason_form": ReasonForm(),
        "undoable": _undoable(request, task),
        "raw": json.dumps(_raw(request, task), indent=2, ensure_ascii=False),
        "permalink": request.build_absolute_uri(request.path),
        "metadata": json.dumps(task.metadata, indent=2, ensure_ascii=False) if task.metadata else "",
    }


def _undoable(request: HttpRequest, task: Task) -> Audit | None:
    """Somebody else's newest verdict that a lead can still take back; their own is offered by the page itself."""
    newest = next(iter(task.known_audits), None)
    is_others = newest is not None and newest.auditor_id != request.user.pk and newest.task_version >= task.attempt_from
    may = is_others and request.membership.may(Permission.MANAGE_SESSIONS)
    return newest if may and timezone.now() - newest.audited_at < UNDO_FOR else None


def _raw(request: HttpRequest, task: Task) -> dict[str, Any]:
    """As the API returns it; where callbacks go is shown to those who manage them."""
    outcomes = outcomes_of([task.pk], organization=request.organization)
    found = task_json(task, request.organization, delivered=outcomes.get(task.pk))
    if not request.membership.may(Permission.MANAGE_CALLBACKS):
        found.pop("callback_url", None)
    return found


def _earlier(task: Task) -> list[dict[str, Any]]:
    """The earlier responses, newest first, each with what its successor changed."""
    successors = [*task.prior_responses[1:], task.response]
    pairs = list(zip(task.prior_responses, successors, strict=False))
    return [
        {
            "number": number,
            "text": json.dumps(response_json(before), indent=2, ensure_ascii=False),
            "difference": _difference(task, before, after),
        }
        for number, (before, after) in reversed(list(enumerate(pairs, start=1)))
    ]


def _difference(task: Task, before: dict[str, Any], after: dict[str, Any] | None) -> Any:
    """None where nothing has come yet in the place of what was sent back."""
    return kind_of(task).compare(before, after) if after is not None else None


@require_POST
@requires(Permission.MANAGE_SESSIONS)
def release(request: HttpRequest, task: UUID) -> HttpResponse:
    """A lead gives a held task back to the others and says why."""
    find_task(request, task)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("Say why you release the lock: the auditor will see it."))
    take_lock_away(by=request.membership, task_id=task, reason=form.cleaned_data["reason"], now=timezone.now())
    messages.success(request, _("The task was released. Others can audit it now."))
    session = form.cleaned_data["session"]
    where = ["audits:session", session] if session else ["audits:task", task.hex]
    return redirect(reverse(where[0], args=[request.organization.slug, where[1]]))
