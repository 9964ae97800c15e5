"""What a performer does with the suite in hand: submit, skip, leave. Scripts get JSON, forms a page."""

import json
import re
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audits.file_responses import answer_file
from audits.json_input import parse_json
from audits.models import Attachment
from crowd_rules.models import Assignment
from crowd_rules.services.hand_out import leave_assignment, skip_assignment, submit_assignment
from crowd_rules.services.performer_reads import shown_input
from crowd_rules.services.refusals import WrongStatus
from crowd_rules.views.work.entry import at_work, entering
from labelops.errors import DomainError, InvalidInput, NotFound, error_body

# Where of an answer a refusal is about: the task's number, and a field of it or none.
PLACE = re.compile(r"solutions\.(?P<number>[0-9]+)(?:\.output_values\.(?P<place>.+))?", re.DOTALL)


@require_POST
@at_work
def submit(request: HttpRequest, assignment: UUID) -> HttpResponse:
    """`solutions`: JSON, one `output_values` per task in the order of the page. Answers where to go on."""
    try:
        done = submit_assignment(
            organization=request.employer, performer=request.performer, assignment_id=assignment,
            solutions=_solutions(request), now=timezone.now(), by_spec=True,
        )  # fmt: skip
    except DomainError as error:
        return _refused(error)
    messages.success(request, _("Submitted. Thank you."))
    return JsonResponse({"url": _onward(request, done.assignment)})


def _solutions(request: HttpRequest) -> Any:
    """Raises InvalidInput: not whole, or with what no column can hold, half of an emoji for instance."""
    try:
        given = parse_json(request.POST.get("solutions", ""))
    except InvalidInput as error:
        if isinstance(error.__cause__, json.JSONDecodeError):
            raise InvalidInput(_("The answers did not arrive whole. Submit them again.")) from error
        raise
    if not isinstance(given, list):
        raise InvalidInput(fields={"solutions": _("The answers did not arrive whole. Submit them again.")})
    return [{"output_values": one} for one in given]


def _refused(error: DomainError) -> HttpResponse:
    """`fields`: task number (from 0) -> what is wrong with its answer; `places`: the same by the form's fields."""
    fields: dict[str, str] = {}
    places: dict[str, dict[str, str]] = {}
    for name, told in getattr(error, "fields", {}).items():
        if match := PLACE.fullmatch(name):
            number, place = match["number"], match["place"]
            fields.setdefault(number, f"{place}: {told}" if place else told)
            places.setdefault(number, {}).update({place: told} if place else {})
    over = isinstance(error, WrongStatus | NotFound)
    message = _over() if over else error.message
    body = error_body(error.status, message, fields=fields, places=places, over=over)
    return JsonResponse(body, status=error.status)


def _over() -> str:
    return _("This page of tasks is no longer yours: its time is over, or it was handed in already.")


def _onward(request: HttpRequest, done: Assignment) -> str:
    if request.POST.get("stop"):
        return reverse("work:pools", args=[request.employer.slug])
    return reverse("work:work", args=[request.employer.slug, done.pool_id])


@require_POST
@at_work
def skip(request: HttpRequest, assignment: UUID) -> HttpResponse:
    """On to the next page of the pool; whoever may have none is told on the way."""
    return _give_back(request, assignment, skip_assignment, "")


@require_POST
@at_work
def leave(request: HttpRequest, assignment: UUID) -> HttpResponse:
    return _give_back(request, assignment, leave_assignment, _("You gave the tasks back. They may come to you again."))


def _give_back(request: HttpRequest, assignment: UUID, act: Any, told: str) -> HttpResponse:
    try:
        done = act(organization=request.employer, performer=request.performer, assignment_id=assignment,
                   now=timezone.now())  # fmt: skip
    except WrongStatus as error:
        messages.warning(request, error.message if not error.data["appropriate_statuses"] else _over())
        return redirect("work:pools", request.employer.slug)
    if told:
        messages.info(request, told)
        return redirect("work:pools", request.employer.slug)
    return redirect("work:work", request.employer.slug, done.assignment.pool_id)


@require_safe
@entering
def file(request: HttpRequest, assignment: UUID, attachment: UUID) -> HttpResponse:
    """A file that a task of this performer's own assignment names; for everybody else there is none."""
    mine = Assignment.objects.for_organization(request.employer).of_performer(request.performer)
    found = mine.with_names().with_solutions().filter(pk=assignment).first()
    name = f"{Attachment.SCHEME}{attachment.hex}"
    shown = [shown_input(found.pool, one.pool_task) for one in found.solutions.all()] if found else []
    if name not in json.dumps(shown):
        raise NotFound(_("There is no attachment with this id."))
    kept = Attachment.objects.for_organization(request.employer).filter(pk=attachment).first()
    if kept is None:
        raise NotFound(_("There is no attachment with this id."))
    return answer_file(request, kept)
