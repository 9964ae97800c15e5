"""Review of what performers submitted in pools with non-automatic acceptance: one by one, or a selection."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from audits.task_types.fields import addresses_in, asks_by_fields, form_of
from audits.views.live import live, newest_event
from audits.views.several import chosen_ids, template_of
from audits.views.showing import allow_origins, origins_of, with_addresses
from crowd_rules.forms import ReviewForm
from crowd_rules.models import Assignment, pools_of
from crowd_rules.services.pool_jobs import OF_REVIEW, jobs_under_way, marks_of
from crowd_rules.services.refusals import WrongPoolStatus, WrongStatus
from crowd_rules.services.review import accept_assignment, reject_assignment, review_all, review_assignments
from crowd_rules.services.standing import standings_of
from crowd_rules.views.money import in_dollars
from crowd_rules.views.people.lists import REVIEW, REVIEW_COUNT, ReviewFilter
from crowd_rules.views.people.writing import typed
from crowd_rules.views.work.tasks import kind_of
from labelops.errors import InvalidInput, NotFound
from labelops.lists.chips import FilterBar
from labelops.lists.paging import in_digits, keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context
from labelops.tenancy.views.saved_views import back

LONGEST_ANSWER = 90
MOST_ANSWERS = 4


def _newest(request: HttpRequest) -> str:
    return newest_event(request) + marks_of(jobs_under_way(request.organization, types=OF_REVIEW))


@require_GET
@requires(Permission.EDIT_TASKS)
@live(_newest)
def review(request: HttpRequest) -> HttpResponse:
    filter = ReviewFilter(request.GET, organization=request.organization)
    shown = filter.of(Assignment.objects.for_organization(request.organization))
    context = list_context(request, REVIEW)
    page = keyset_page(shown.with_names().with_solutions(), data=request.GET, by=context["table"].order_by)
    standings = standings_of(request.organization, [one.performer for one in page.rows])
    context |= {
        "bar": FilterBar(filter, first=("q", "pool", "state")),
        "page": page,
        "rows": [_row(one, standings[one.performer_id]) for one in page.rows],
        "summary": summary(shown, count=REVIEW_COUNT),
        "rejected": filter.chosen("state") == "rejected",
        "pool": filter.id_of("pool"),
        "jobs": jobs_under_way(request.organization, pool_id=filter.id_of("pool"), types=OF_REVIEW),
    }
    return render(request, template_of(request, "crowd_rules/people/review.html", "review-list"), context)


def _row(one: Assignment, standing: Any) -> dict[str, Any]:
    answers = [_short(solution.output_values) for solution in one.solutions.all()]
    return {"one": one, "answers": answers[:MOST_ANSWERS], "more": max(0, len(answers) - MOST_ANSWERS),
            "controls": standing.controls, "pay": in_dollars(one.reward)}  # fmt: skip


def _short(answer: Any) -> str:
    """One answer in a line: a single value by itself, else as JSON."""
    value = next(iter(answer.values())) if isinstance(answer, dict) and len(answer) == 1 else answer
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_ANSWER else f"{text[: LONGEST_ANSWER - 1]}…"


@require_GET
@requires(Permission.EDIT_TASKS)
def review_assignment(request: HttpRequest, assignment: UUID) -> HttpResponse:
    found = _all(request).with_names().with_solutions().filter(pk=assignment).first()
    if found is None:
        raise NotFound(_("There is no such assignment."))
    return _page(request, found)


def _all(request: HttpRequest) -> QuerySet:
    return Assignment.objects.for_organization(request.organization)


def _page(request: HttpRequest, found: Assignment, *, error: str = "", comment: str = "") -> HttpResponse:
    tasks = [_task(request, found, one, number) for number, one in enumerate(found.solutions.all(), 1)]
    context = {
        "assignment": found,
        "tasks": tasks,
        "standing": standings_of(request.organization, [found.performer])[found.performer_id],
        "pay": in_dollars(found.reward),
        "next": _neighbour(request, found),
        "error": error,
        "comment": comment,
        "is_open": found.status == Assignment.Status.SUBMITTED,
        "is_rejected": found.status == Assignment.Status.REJECTED,
    }
    page = render(request, "crowd_rules/people/review_assignment.html", context, status=400 if error else 200)
    return allow_origins(page, origins_of(source for one in tasks for source in one["sources"]))


def _task(request: HttpRequest, found: Assignment, solution: Any, number: int) -> dict[str, Any]:
    kind = kind_of(found.pool, solution.pool_task)
    params = with_addresses(solution.pool_task.input_values or {}, request.organization)
    fields = found.pool.project.task_fields
    template, schema = form_of(kind, fields)
    sources = [params, {"attachments": addresses_in(params)}] if asks_by_fields(kind, fields) else [params]
    return {"number": number, "templates": template, "kind": getattr(kind, "default", ""), "params": params,
            "schema": schema, "sources": sources, "solution": solution, "pool_task": solution.pool_task}  # fmt: skip


def _neighbour(request: HttpRequest, found: Assignment) -> Assignment | None:
    """The next that waits, in the list's own order (what is accepted by itself first); round to the first."""
    waiting = _all(request).filter(status=Assignment.Status.SUBMITTED, accept_by__isnull=False).exclude(pk=found.pk)
    waiting = waiting.order_by("accept_by", "id")
    behind = waiting.filter(accept_by__gte=found.accept_by).first() if found.accept_by else None
    return behind or waiting.first()


@require_POST
@requires(Permission.EDIT_TASKS)
def decide(request: HttpRequest, assignment: UUID) -> HttpResponse:
    """`accept` 1 or 0, with `public_comment`; then on to the next that waits."""
    found = _all(request).with_names().with_solutions().filter(pk=assignment).first()
    if found is None:
        raise NotFound(_("There is no such assignment."))
    form = ReviewForm(request.POST)
    comment = request.POST.get("public_comment", "")
    if not form.is_valid():
        return _page(request, found, error=_("Choose accept or reject; a comment has at most 2,048 characters."),
                     comment=comment)  # fmt: skip
    accept = form.cleaned_data["accept"] == "1"
    decided = accept_assignment if accept else reject_assignment
    try:
        with transaction.atomic():
            decided(organization=request.organization, actor=request.user, assignment_id=assignment,
                    public_comment=form.cleaned_data["public_comment"], now=timezone.now())  # fmt: skip
    except (InvalidInput, WrongStatus, WrongPoolStatus) as error:
        return _page(request, found, error=error.message, comment=comment)
    messages.success(request, _("Accepted and paid.") if accept else _("Rejected; the performer reads the comment."))
    onward = _neighbour(request, found)
    slug = request.organization.slug
    return (
        redirect("crowd_rules:review_assignment", slug, onward.pk) if onward else redirect("crowd_rules:review", slug)
    )


@require_POST
@requires(Permission.EDIT_TASKS)
def decide_many(request: HttpRequest) -> HttpResponse:
    """Those in `ids`, all or none: `action` accept or reject, with `public_comment`."""
    if request.POST.get("action") not in ("accept", "reject"):
        raise InvalidInput(_("Choose accept or reject; a comment has at most 2,048 characters."))
    accept = request.POST["action"] == "accept"
    number = len(
        review_assignments(
            organization=request.organization, actor=request.user, assignment_ids=chosen_ids(request), accept=accept,
            public_comment=typed(request, "public_comment"), now=timezone.now(),
        )
    )  # fmt: skip
    if accept:
        told = ngettext("%(number)s page of tasks is accepted and paid.",
                        "%(number)s pages of tasks are accepted and paid.", number)  # fmt: skip
    else:
        told = ngettext("%(number)s page of tasks is rejected.", "%(number)s pages of tasks are rejected.", number)
    messages.success(request, told % {"number": in_digits(number)})
    return back(request)


@require_POST
@requires(Permission.EDIT_TASKS)
def accept_all(request: HttpRequest) -> HttpResponse:
    """Everything that waits in the `pool`: a job, whose progress the open list shows."""
    wanted = parse_public_id(request.POST.get("pool", ""))
    pool = wanted and pools_of(request.organization).filter(pk=wanted).first()
    if not pool:
        raise NotFound(_("There is no such pool."))
    pool.organization = request.organization
    review_all(pool=pool, actor=request.user, accept=True, now=timezone.now())
    messages.success(request, _("Everything that waits in this pool is being accepted; the list follows."))
    return back(request)
