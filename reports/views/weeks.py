"""Tasks completed last week: the last four weeks, each with “Audit”, and the kept report of one week."""

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from audits.services.sampling import new_seed
from audits.views.live import live
from labelops.errors import NotFound
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from reports.engine.weeks import last_weeks
from reports.figures import feed_of
from reports.models import Subscription, WeeklySnapshot
from reports.selecting import everything_of
from reports.services.snapshots import snapshot_again
from reports.services.subscriptions import set_subscription
from reports.views.asking import TABS
from reports.weekly import WeekFigures, weeks_of


def _state(request: HttpRequest, **_kwargs: Any) -> str:
    feed = request.feed = feed_of(request.organization)
    return repr(feed and feed.counted_at)


@require_GET
@requires(Permission.VIEW_QUALITY)
@live(_state)
def week_list(request: HttpRequest) -> HttpResponse:
    now, member = timezone.now(), request.membership
    mondays = [week.monday for week in last_weeks(now, request.organization.time_zone)]
    kept = dict(_snapshots(request).filter(monday__in=mondays).values_list("monday", "pk"))

    @cache
    def figures() -> list[WeekFigures]:
        return weeks_of(everything_of(member), now=now)

    context = {
        "running": lambda: figures()[0],
        "weeks": lambda: [(one, kept.get(one.week.monday)) for one in figures()[1:]],
        "weeks_key": request.feed and _key(request, mondays, kept),
        "feed": request.feed, "may_draw": member.may(Permission.DRAW_SAMPLE),
        "subscribed": _subscriptions(request).exists(), "tabs": TABS, "tab": "reports:weeks",
        "live_tag": request.live_tag, "seed": new_seed(),
    }  # fmt: skip
    template = "reports/weeks.html#results" if request.htmx.target == "weeks" else "reports/weeks.html"
    return render(request, template, context)


def _key(request: HttpRequest, mondays: list[date], kept: dict[date, UUID]) -> tuple[Any, ...]:
    """What the table depends on beside the language."""
    member, organization = request.membership, request.organization
    who = member.pk if member.needs_assignment else member.role
    return organization.slug, organization.time_zone, request.feed.counted_at, who, *mondays, *kept.items()


def _snapshots(request: HttpRequest) -> Any:
    """They count everything: nothing for those who see their own projects only."""
    snapshots = WeeklySnapshot.objects.for_organization(request.organization)
    return snapshots.none() if request.membership.needs_assignment else snapshots


def _subscriptions(request: HttpRequest) -> Any:
    return Subscription.objects.for_organization(request.organization).filter(user_id=request.user.pk)


@require_GET
@requires(Permission.VIEW_QUALITY)
def week_detail(request: HttpRequest, snapshot: UUID) -> HttpResponse:
    """The report as it was kept on its Monday, beside the same figures now: what changed since shows as such."""
    snapshot = _snapshots(request).filter(pk=snapshot).first()
    if snapshot is None:
        raise NotFound(_("There is no report of this week."))
    context = {"snapshot": snapshot, "again": snapshot_again(snapshot), "tabs": TABS, "tab": "reports:weeks",
               "feed": feed_of(request.organization)}  # fmt: skip
    return render(request, "reports/week.html", context)


@require_POST
@requires(Permission.VIEW_QUALITY)
def subscribe(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("wanted") == "yes"
    set_subscription(member=request.membership, wanted=wanted, now=timezone.now())
    words = _("You get the weekly report by mail every Monday.") if wanted else _("You get no weekly report any more.")
    messages.success(request, words)
    return redirect("reports:weeks", request.organization.slug)
