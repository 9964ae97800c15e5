"""What there is to do for a performer, and the suite in hand. Taking the next one is opening its page."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from audits.views.showing import allow_origins, origins_of
from crowd_rules.models import Assignment
from crowd_rules.services.hand_out import HeldByOthers, Offer, note_exhausted, offers, take_to_show
from crowd_rules.services.refusals import NothingLeft, Restricted, SkillMissing, WrongPoolStatus
from crowd_rules.views.money import in_dollars
from crowd_rules.views.work.entry import at_work
from crowd_rules.views.work.tasks import instruction_of, shown_tasks, sources_of, title_of
from labelops.tenancy.middleware import write_after


@dataclass(frozen=True)
class ShownOffer:
    """An offer and what of it reads otherwise for people."""

    offer: Offer

    @property
    def minutes(self) -> int:
        return max(1, round(self.offer.pool.assignment_max_duration_seconds / 60))

    @property
    def pay(self) -> str:
        return in_dollars(self.offer.reward)


@require_GET
@at_work
def pools(request: HttpRequest) -> HttpResponse:
    found = offers(organization=request.employer, performer=request.performer)
    shown = [ShownOffer(one) for one in found]
    context = {
        "begun": [one for one in shown if one.offer.active],
        "available": [one for one in shown if one.offer.available and not one.offer.active],
        "closed": [one for one in shown if not one.offer.available],
        "suspended": _suspension(found),
        "here": "pools",
    }
    return render(request, "crowd_rules/work/pools.html", context)


def _suspension(found: list[Offer]) -> Offer | None:
    """The restriction that ends first, where nothing at all is open to this performer because of restrictions."""
    if not found or any(one.reason != "RESTRICTED" for one in found):
        return None
    return min(found, key=lambda one: (one.until is None, one.until))


@require_GET
@at_work
def work(request: HttpRequest, pool: UUID) -> HttpResponse:
    """The suite that the performer has in hand in this pool, or the next one."""
    try:
        assignment = take_to_show(organization=request.employer, performer=request.performer, pool_id=pool)
    except (Restricted, SkillMissing, NothingLeft, HeldByOthers, WrongPoolStatus) as error:
        if isinstance(error, NothingLeft) and error.exhausted_at:
            write_after(request, request.employer.pk, partial(
                note_exhausted, organization=request.employer, performer=request.performer, pool_id=pool,
                at=error.exhausted_at))  # fmt: skip
        messages.info(request, _told(error))
        return redirect("work:pools", request.employer.slug)
    context = _context(request, assignment)
    origins = origins_of(sources_of(context["tasks"]))
    return allow_origins(render(request, "crowd_rules/work/suite.html", context), origins)


def _told(error: Exception) -> str:
    if isinstance(error, Restricted):
        until = error.data.get("until")
        if until is None:
            return _("Your access to these tasks is suspended.")
        time = render_to_string("components/time.html", {"at": until, "absolute": True})
        return format_html(_("Your access to these tasks is suspended until {until}"), until=time)
    if isinstance(error, SkillMissing):
        return _("These tasks are for other performers: your skills or profile do not fit.")
    if isinstance(error, WrongPoolStatus):
        return _("These tasks are closed now.")
    if isinstance(error, HeldByOthers):
        return _("Others are doing the last tasks at this moment. Look again later.")
    return _("That was all for now: there is nothing left for you in these tasks.")


def _context(request: HttpRequest, assignment: Assignment) -> dict[str, Any]:
    tasks = shown_tasks(assignment, request.employer.slug)
    return {
        "assignment": assignment,
        "pool": assignment.pool,
        "title": title_of(assignment.pool),
        "instruction": instruction_of(assignment.pool, assignment),
        "tasks": tasks,
        "several": len(tasks) > 1,
        "pay": in_dollars(assignment.reward),
        "now": timezone.now(),
    }
