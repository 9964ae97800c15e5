"""“Plan the sample”: what is wished of the audit of the filtered tasks, what it takes, and the session that does it."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.filters import page_filter
from audits.models import Task
from audits.plan_forms import ESTIMATE, PlannedSessionForm, PlannerForm
from audits.plans import BoundPlan
from audits.services.planning import Pace, bind_plan, pace_of
from audits.services.sampling import SampleSize, new_seed
from audits.services.sessions import open_session
from audits.views.curves import Curve, curve_of
from audits.views.filtering import MORE_QUALITY_FIELDS, QUALITY_FIELDS, TaskFilterBar, given_filter
from audits.views.quality import at_field
from labelops.errors import InvalidInput
from labelops.statistics.plans import sample_size
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import show_errors
from labelops.tenancy.models import Membership
from labelops.tenancy.permissions import Permission


@dataclass(frozen=True)
class Plan:
    """What the form comes to. `mean_good` and `mean_bad`: how many a sequential plan looks at on average; else None."""

    size: int
    population: int
    pace: Pace | None
    bound: BoundPlan | None = None
    curve: Curve | None = None
    mean_good: float | None = None
    mean_bad: float | None = None

    @property
    def hours(self) -> float | None:
        return self.pace and self.pace.hours(self.size)

    @property
    def mean_hours(self) -> float | None:
        return self.pace.hours(self.mean_good) if self.pace and self.mean_good is not None else None

    @property
    def usual_hours(self) -> float | None:
        return self.hours if self.mean_hours is None else self.mean_hours

    @property
    def usual_minutes(self) -> float | None:
        return self.usual_hours and 60 * self.usual_hours

    @property
    def risks(self) -> tuple[float, float] | None:
        """What the producer's and the consumer's risk really are, in percent."""
        if self.bound is None or self.curve is None:
            return None
        return 100 * (1 - self.curve.at_acceptable), 100 * self.curve.at_limiting


@require_http_methods(["GET", "POST"])
@requires(Permission.DRAW_SAMPLE)
def plan_sample(request: HttpRequest) -> HttpResponse:
    """The filter and the plan stand in the address; what is sent opens a session that is bound to it."""
    planner = PlannerForm(request.GET)
    form = _session_form(request)
    if (
        request.method == "POST"
        and planner.is_valid()
        and form.is_valid()
        and (answer := _open(request, planner, form))
    ):
        return answer
    template = "audits/planner.html#plan" if request.htmx.target == "plan" else "audits/planner.html"
    return render(request, template, _context(request, planner, form), status=400 if form.is_bound else 200)


def _session_form(request: HttpRequest) -> PlannedSessionForm:
    members = Membership.objects.for_organization(request.organization).who_may(Permission.AUDIT)
    data = request.POST if request.method == "POST" else None
    auditors = list(members.select_related("user").order_by("user__email"))
    return PlannedSessionForm(data, initial={"seed": new_seed()}, auditors=auditors)


def _context(request: HttpRequest, planner: PlannerForm, form: PlannedSessionForm) -> dict[str, Any]:
    tasks = Task.objects.for_organization(request.organization).visible_to(request.membership).completed()
    found = page_filter(request.GET, tasks=tasks, organization=request.organization)
    bar = TaskFilterBar(request.GET, member=request.membership, first=QUALITY_FIELDS, more=MORE_QUALITY_FIELDS)
    # Filtering anew keeps the plan.
    bar.hidden += [planner[name].as_hidden({"id": False}) for name in planner.fields if name in request.GET]
    population = found.qs.order_by().count() if found.is_valid() else 0
    kept = [(name, value) for name in given_filter(request.GET) for value in request.GET.getlist(name)]
    return {"bar": bar, "planner": planner, "form": form, "population": population, "kept": kept,
            "query": request.GET.urlencode(), "plan": _plan(request, planner, population)}  # fmt: skip


def _plan(request: HttpRequest, planner: PlannerForm, population: int) -> Plan | None:
    """None where there is nothing to draw from, or the form says what is wrong."""
    if not population or not planner.is_valid():
        return None
    pace = pace_of(request.organization)
    if planner.goal_chosen == ESTIMATE:
        size = sample_size(*_precision(planner, population))
        return Plan(size, population, pace)
    try:
        bound = bind_plan(planner.request, population)
    except InvalidInput as error:
        show_errors(planner, error.message, error.fields)
        return None
    return _judged(bound, pace)


def _precision(planner: PlannerForm, population: int) -> tuple[float, int, float, float]:
    return planner.share("margin"), population, planner.share("expected"), planner.share("level")


def _judged(bound: BoundPlan, pace: Pace | None) -> Plan:
    wishes, curve = bound.request.wishes, curve_of(bound)
    if not bound.is_sequential:
        return Plan(bound.size, bound.lot, pace, bound, curve)
    means = [bound.rule.expected_size(share) for share in (wishes.acceptable, wishes.limiting)]
    return Plan(bound.size, bound.lot, pace, bound, curve, *means)


def _open(request: HttpRequest, planner: PlannerForm, form: PlannedSessionForm) -> HttpResponse | None:
    """Into the workspace; None where the draw was refused and the form says why."""
    data, size = form.cleaned_data, SampleSize()
    try:
        with transaction.atomic():  # The form is shown again after a refusal.
            if planner.request is None:
                size = SampleSize(number=max(1, _context_size(request, planner)))
            session = open_session(
                opener=request.membership, filter=given_filter(request.GET), size=size, seed=data["seed"],
                auditors=form.chosen, name=data["name"], plan=planner.request, second_share=form.second_share,
                now=timezone.now(),
            )  # fmt: skip
    except InvalidInput as error:
        fields = at_field(error)
        show_errors(planner if set(fields) & set(planner.fields) else form, error.message, fields)
        return None
    return redirect("audits:workspace", request.organization.slug, session.pk)


def _context_size(request: HttpRequest, planner: PlannerForm) -> int:
    tasks = Task.objects.for_organization(request.organization).visible_to(request.membership).completed()
    found = page_filter(request.GET, tasks=tasks, organization=request.organization)
    population = found.qs.order_by().count() if found.is_valid() else 0
    return sample_size(*_precision(planner, population))
