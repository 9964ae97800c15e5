"""Restrictions of all performers: who is shut out, since when, why; lifting several, undoing one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from audits.views.live import live
from audits.views.several import chosen_ids, template_of
from crowd_rules.models import Restriction
from crowd_rules.services.restrictions import let_in_again, lift_many, undo
from crowd_rules.views.people.lists import RESTRICTION_COUNT, RESTRICTIONS, RestrictionFilter
from crowd_rules.views.people.words import firing_in_words, place_of
from crowd_rules.views.people.writing import typed
from labelops.errors import InvalidInput
from labelops.lists.chips import FilterBar
from labelops.lists.paging import in_digits, keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context
from labelops.tenancy.views.saved_views import back

LONGEST_REASON = 499


@require_GET
@requires(Permission.VIEW_TASKS)
@live()
def restrictions(request: HttpRequest) -> HttpResponse:
    filter = RestrictionFilter(request.GET, organization=request.organization)
    shown = filter.of(Restriction.objects.for_organization(request.organization))
    context = list_context(request, RESTRICTIONS)
    page = keyset_page(shown.with_names(), data=request.GET, by=context["table"].order_by)
    context |= {
        "bar": FilterBar(filter, first=("q", "state", "scope"), more=("by", "pool")),
        "page": page,
        "rows": [_row(one) for one in page.rows],
        "summary": summary(shown, count=RESTRICTION_COUNT),
        "may_edit": request.membership.may(Permission.EDIT_TASKS),
        "state": filter.chosen("state"),
    }
    template = template_of(request, "crowd_rules/people/restrictions.html", "restriction-list")
    return render(request, template, context)


def _row(one: Restriction) -> dict[str, Any]:
    return {"one": one, "place": place_of(one), "rule": firing_in_words(one.firing) if one.firing_id else "",
            "state": _state(one)}  # fmt: skip


def _state(one: Restriction) -> str:
    if one.lifted_at:
        return "undone" if one.undone else "lifted"
    return "over" if one.until and one.until <= timezone.now() else "live"


def _reason(request: HttpRequest) -> str:
    reason = typed(request, "reason", longest=LONGEST_REASON)
    if not reason:
        raise InvalidInput(_("Say why you let them in: it is kept with the restriction."))
    return reason


@require_POST
@requires(Permission.EDIT_TASKS)
def lift(request: HttpRequest) -> HttpResponse:
    """Lift those in `ids`, for the `reason` given."""
    number = lift_many(organization=request.organization, actor=request.user, restriction_ids=chosen_ids(request),
                       reason=_reason(request), now=timezone.now())  # fmt: skip
    told = ngettext("%(number)s restriction is lifted.", "%(number)s restrictions are lifted.", number)
    messages.success(request, told % {"number": in_digits(number)})
    return back(request)


@require_POST
@requires(Permission.EDIT_TASKS)
def lift_performers(request: HttpRequest) -> HttpResponse:
    """Let the performers in `ids` in again everywhere, for the `reason` given."""
    number = let_in_again(organization=request.organization, actor=request.user, performer_ids=chosen_ids(request),
                          reason=_reason(request), now=timezone.now())  # fmt: skip
    if number:
        told = ngettext("%(number)s performer may come in again.", "%(number)s performers may come in again.", number)
        messages.success(request, told % {"number": in_digits(number)})
    else:
        messages.info(request, _("None of them was shut out."))
    return back(request)


@require_POST
@requires(Permission.EDIT_TASKS)
def undo_restriction(request: HttpRequest, restriction: UUID) -> HttpResponse:
    """It should never have been: the history of the performer goes on."""
    reason = typed(request, "reason", longest=LONGEST_REASON)
    undo(organization=request.organization, actor=request.user, restriction_id=restriction, reason=reason,
         now=timezone.now())  # fmt: skip
    messages.success(request, _("Undone: as if the restriction had never been."))
    return back(request)
