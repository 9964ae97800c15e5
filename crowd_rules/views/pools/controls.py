"""Control tasks: how often each was shown, how well it was answered, which are suspicious; new ones; retiring."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audits.views.live import live
from audits.views.several import chosen_ids, template_of
from crowd_rules.models import Pool, PoolTask
from crowd_rules.services.controls import (
    ControlFigures,
    candidates,
    control_figures,
    controls_of,
    is_retired,
    retire_controls,
)
from crowd_rules.services.pool_figures import newest_crowd_event
from crowd_rules.services.pool_tasks import add_controls_from_audits, add_tasks, filled_input
from crowd_rules.views.pools.control_form import ControlsForm, brief
from crowd_rules.views.pools.finding import pool_of
from crowd_rules.views.pools.lists import CONTROLS, ControlFilter
from labelops.errors import Conflict, InvalidInput, NotFound
from labelops.lists.chips import FilterBar
from labelops.lists.paging import in_digits, keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context
from labelops.tenancy.views.saved_views import back

CONTROL_COUNT = ngettext_lazy("%(number)s control task", "%(number)s control tasks", "count")


def _newest(request: HttpRequest, pool: UUID) -> str:
    return newest_crowd_event(pool, request.organization)


@require_GET
@requires(Permission.EDIT_TASKS)
@live(_newest)
def control_list(request: HttpRequest, pool: UUID) -> HttpResponse:
    found, filter = pool_of(request, pool), ControlFilter(request.GET)
    shown, context = filter.of(controls_of(found), found), list_context(request, CONTROLS)
    page = keyset_page(shown, data=request.GET, by=context["table"].order_by)
    figures = control_figures(found, [one.pk for one in page.rows])
    common = filled_input(pool=found, input_values={})
    context |= {
        "pool": found, "page": page, "bar": FilterBar(filter, first=("state", "kind")),
        "summary": summary(shown, count=CONTROL_COUNT),
        "rows": [_row(one, figures[one.pk], common) for one in page.rows],
        "controls_per_page": found.golden_tasks_count,
        "export_query": f"pool={found.public_id}&{context['table'].query}",
    }  # fmt: skip
    return render(request, template_of(request, "crowd_rules/controls.html", "control-list"), context)


def _row(control: PoolTask, figures: ControlFigures, common: dict[str, Any]) -> dict[str, Any]:
    """`common`: what every task has of its project, which tells none of them from another."""
    interval, whole = figures.interval, control.input_values
    own = {name: value for name, value in whole.items() if common.get(name) != value}
    return {
        "control": control, "figures": figures, "input": brief(own or whole),
        "solution": _solution(control.known_solutions), "retired": is_retired(control),
        "share": _percent(figures.share),
        "low": _percent(interval and interval.low), "high": _percent(interval and interval.high),
        "exposure": _percent(figures.exposure), "often_wrong": brief(figures.often_wrong or "", 80),
    }  # fmt: skip


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _solution(known: Any) -> str:
    outputs = [one.get("output_values") for one in known or () if isinstance(one, dict)] if known else []
    return _(" or ").join(brief(one, 80) for one in outputs)


@require_POST
@requires(Permission.EDIT_TASKS)
def change_controls(request: HttpRequest, pool: UUID) -> HttpResponse:
    """`action` retire or restore, with the control tasks in `ids`."""
    found, restored = pool_of(request, pool), request.POST.get("action") == "restore"
    number = retire_controls(pool=found, actor=request.user, ids=chosen_ids(request), now=timezone.now(), back=restored)
    if restored:
        told = ngettext(
            "%(number)s control task is in use again.", "%(number)s control tasks are in use again.", number
        )
    else:
        told = ngettext("%(number)s control task is retired: nobody gets it any more.",
                        "%(number)s control tasks are retired: nobody gets them any more.", number)  # fmt: skip
    if number:
        messages.success(request, told % {"number": in_digits(number)})
    else:
        messages.info(request, _("There was nothing to change."))
    return back(request)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_TASKS)
def new_controls(request: HttpRequest, pool: UUID) -> HttpResponse:
    """From a file or from text in JSON; GET also offers the project's completed tasks."""
    found = pool_of(request, pool)
    form = ControlsForm(request.POST, request.FILES) if request.method == "POST" else ControlsForm()
    if request.method == "POST" and form.is_valid() and (number := _add(request, found, form)):
        return _added(request, found, number)
    page = keyset_page(candidates(found), data=request.GET)
    rows = [(task, brief(task.params), brief(task.response)) for task in page.rows]
    context = {"pool": found, "form": form, "page": page, "rows": rows}
    return render(request, "crowd_rules/new_controls.html", context, status=400 if form.errors else 200)


def _add(request: HttpRequest, pool: Pool, form: ControlsForm) -> int:
    try:
        with transaction.atomic():
            return len(add_tasks(pool=pool, actor=request.user, tasks=form.tasks, now=timezone.now()))
    except InvalidInput as error:
        form.show_refusal(error)
    except Conflict as error:
        form.add_error(None, error.message)
    return 0


def _added(request: HttpRequest, pool: Pool, number: int) -> HttpResponse:
    told = ngettext("%(number)s control task is in the pool.", "%(number)s control tasks are in the pool.", number)
    messages.success(request, told % {"number": in_digits(number)})
    return redirect("crowd_rules:controls", request.organization.slug, pool.pk)


@require_POST
@requires(Permission.EDIT_TASKS)
def choose_controls(request: HttpRequest, pool: UUID) -> HttpResponse:
    """Control tasks out of the completed tasks in `ids`: the response is the known solution."""
    found = pool_of(request, pool)
    try:
        with transaction.atomic():
            made = add_controls_from_audits(
                pool=found, actor=request.user, task_ids=chosen_ids(request), now=timezone.now()
            )
    except (InvalidInput, NotFound) as error:
        messages.error(request, error.message)
        return redirect("crowd_rules:new_controls", request.organization.slug, found.pk)
    return _added(request, found, len(made))
