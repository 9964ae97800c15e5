"""“Audit Tasks”: a random sample of the filtered tasks. The figures beside it are the reports'."""

from functools import cache
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_http_methods

from audits.filters import page_filter
from audits.forms import SampleForm
from audits.models import Task
from audits.services.sampling import new_seed
from audits.services.sessions import open_session
from audits.views.filtering import MORE_QUALITY_FIELDS, QUALITY_FIELDS, TaskFilterBar, given_filter
from labelops.errors import InvalidInput
from labelops.lists.holes import hole
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import show_errors
from labelops.tenancy.models import Membership
from labelops.tenancy.permissions import Permission
from labelops.tenancy.services.people import who_may

INITIAL = {"how": "number", "size": 50}


def _context(request: HttpRequest, form: SampleForm) -> dict[str, Any]:
    tasks = Task.objects.for_organization(request.organization).visible_to(request.membership).completed()
    found = page_filter(request.GET, tasks=tasks, organization=request.organization)
    bar = TaskFilterBar(request.GET, member=request.membership, first=QUALITY_FIELDS, more=MORE_QUALITY_FIELDS)
    population = found.qs.count() if found.is_valid() else 0
    shown = {"form": form, "people_key": None, "seed": ""} if form.is_bound else sample_context(request)
    return shown | {"filter": found, "bar": bar, "population": population, "query": request.GET.urlencode()}


@require_http_methods(["GET", "POST"])
@requires(Permission.DRAW_SAMPLE)
def new_session(request: HttpRequest) -> HttpResponse:
    """“Audit Tasks”: the filter stands in the address, what to draw of it in the form."""
    form = sample_form(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and (answer := _open(request, form)):
        return answer
    status = 400 if form.is_bound else 200
    return render(request, "audits/new_session.html", _context(request, form), status=status)


def sample_form(request: HttpRequest, data: Any = None) -> SampleForm:
    """How much to draw, and for whom: beside the figures of Quality, and on the page of its own."""
    return SampleForm(data, initial=INITIAL | {"seed": new_seed()}, auditors=cache(lambda: _people(request)))


def sample_context(request: HttpRequest) -> dict[str, Any]:
    """The empty form as audits/parts/sample_form.html draws it once for the same people, with a hole for the seed."""
    people = _people(request)
    form = SimpleLazyObject(lambda: SampleForm(initial=INITIAL | {"seed": hole("seed")}, auditors=people))
    return {"form": form, "people_key": tuple(people), "seed": new_seed()}


def _people(request: HttpRequest) -> list[tuple[str, str]]:
    found = who_may(Permission.AUDIT, organization=request.organization)
    return [(key.hex, name or email) for key, name, email in found]


def _auditors(request: HttpRequest) -> Any:
    return Membership.objects.for_organization(request.organization).who_may(Permission.AUDIT)


def at_field(error: InvalidInput) -> dict[str, str]:
    """The services' names of what was wrong, by the forms' names."""
    return {{"second_share": "second_percent"}.get(name, name): words for name, words in error.fields.items()}


def _open(request: HttpRequest, form: SampleForm) -> HttpResponse | None:
    """Into the workspace; None where the draw was refused and the form says why."""
    data = form.cleaned_data
    auditors = list(_auditors(request).with_people().filter(pk__in=form.chosen)) if form.chosen else []
    try:
        session = open_session(
            opener=request.membership, filter=given_filter(request.GET), size=form.sample_size, seed=data["seed"],
            auditors=auditors, name=data["name"], second_share=form.second_share, now=timezone.now(),
        )  # fmt: skip
    except InvalidInput as error:
        # The form is shown again. What was written until then is undone with the whole request, as the answer is a 400.
        transaction.set_rollback(False)
        show_errors(form, error.message, at_field(error))
        return None
    return redirect("audits:workspace", request.organization.slug, session.pk)
