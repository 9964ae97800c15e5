"""What a performer has done, what became of it, and the skills that are theirs to see."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from audits.views.showing import allow_origins, origins_of
from crowd_rules.models import Assignment, PerformerSkill, Reward, Skill
from crowd_rules.services.performer_reads import Feedback, feedback_on, hint_for
from crowd_rules.views.money import in_dollars
from crowd_rules.views.work.entry import at_work
from crowd_rules.views.work.tasks import ShownTask, instruction_of, shown_tasks, sources_of, title_of
from labelops.errors import NotFound
from labelops.lists.chips import FilterBar, FilterForm
from labelops.lists.paging import keyset_page

PAID_WITHIN = timedelta(days=30)
S = Assignment.Status
# What each status is called where its performer reads it.
STATUS = {
    S.ACTIVE: _("In hand"), S.SUBMITTED: _("Waiting for review"), S.ACCEPTED: _("Accepted"), S.REJECTED: _("Rejected"),
    S.SKIPPED: _("Skipped"), S.EXPIRED: _("Given back"),
}  # fmt: skip


class HistoryFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", _("Any")), *((one.value, STATUS[one]) for one in S)])


@require_GET
@at_work
def history(request: HttpRequest) -> HttpResponse:
    filter = HistoryFilter(request.GET)
    mine = Assignment.objects.for_organization(request.employer).of_performer(request.performer).with_names()
    if status := filter.chosen("status"):
        mine = mine.filter(status=status)
    page = keyset_page(mine, data=request.GET)
    context = {
        "bar": FilterBar(filter, first=("status",)),
        "page": page,
        "rows": [Line(one, title_of(one.pool), STATUS[one.status], in_dollars(one.reward)) for one in page.rows],
        "paid": in_dollars(_paid(request)),
        "days": PAID_WITHIN.days,
        "here": "history",
    }
    return render(request, "crowd_rules/work/history.html", context)


@dataclass(frozen=True)
class Line:
    assignment: Assignment
    title: str
    status: str
    pay: str


def _paid(request: HttpRequest) -> Decimal:
    rewards = Reward.objects.for_organization(request.employer).filter(performer_id=request.performer.pk)
    return rewards.filter(at__gte=timezone.now() - PAID_WITHIN).total()


@require_GET
@at_work
def assignment_detail(request: HttpRequest, assignment: UUID) -> HttpResponse:
    mine = Assignment.objects.for_organization(request.employer).of_performer(request.performer)
    found = mine.with_names().with_solutions().filter(pk=assignment).first()
    if found is None:
        raise NotFound("There is no such assignment.")
    if found.status == S.ACTIVE and found.expires_at > timezone.now():
        return redirect("work:work", request.employer.slug, found.pool_id)
    tasks, audited = shown_tasks(found, request.employer.slug), feedback_on(request.employer, [found])
    context = {
        "assignment": found,
        "title": title_of(found.pool),
        "status": STATUS[found.status],
        "instruction": instruction_of(found.pool, found),
        "tasks": [_told(one, audited) for one in tasks],
        "here": "history",
    }
    response = render(request, "crowd_rules/work/assignment.html", context)
    return allow_origins(response, origins_of(sources_of(tasks)))


@dataclass(frozen=True)
class Told:
    task: ShownTask
    hint: str
    feedback: Feedback | None
    answered: bool


def _told(shown: ShownTask, audited: dict[UUID, Feedback]) -> Told:
    solution = shown.solution
    return Told(shown, hint_for(solution), audited.get(solution.pk), solution.output_values is not None)


@require_GET
@at_work
def skills(request: HttpRequest) -> HttpResponse:
    values = PerformerSkill.objects.for_organization(request.employer).filter(performer_id=request.performer.pk)
    shown = values.filter(skill__hidden=False).select_related("skill").order_by("skill__name")
    rows = [{"value": one, **_in_words(one.skill)} for one in shown]
    return render(request, "crowd_rules/work/skills.html", {"rows": rows, "here": "skills"})


def _in_words(skill: Skill) -> dict[str, str]:
    return {"name": _spoken(skill.public_name) or skill.name, "text": _spoken(skill.public_requester_description)}


def _spoken(texts: dict[str, str]) -> str:
    """In the reader's language where there is one, else in English, else in any."""
    by_language = {key.lower(): text for key, text in texts.items() if isinstance(text, str)}
    wanted = [(get_language() or "en").split("-")[0], "en"]
    return next((by_language[one] for one in wanted if one in by_language), next(iter(by_language.values()), ""))
