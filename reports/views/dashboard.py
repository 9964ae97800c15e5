"""Quality: what the audits of the filtered tasks say, and “Audit Tasks” beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from audits.services.locks import held_now
from audits.views.live import live
from audits.views.quality import sample_context
from labelops.lists.holes import fill, hole
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from reports.engine.estimates import FLOOR, Estimate
from reports.figures import VERDICTS, Figures, feed_of, figures_of, one_look
from reports.remarks import remarks_of
from reports.services.following import is_behind
from reports.trend import Period, trend_of
from reports.views.asking import TABS, Asked, asked, filter_query, today_of
from reports.views.charts import interval_bars, rate_chart, review_chart, stacked_bars, ticks, trend_rows
from reports.views.keeping import filter_bar, kept

COUNTED_AT_ONCE = 10_000
WORDS = {"accepted": _("Accepted"), "fixed": _("Fixed"), "rejected": _("Rejected")}


def _state(request: HttpRequest) -> str:
    """What an open dashboard shows that changes by itself: counted figures, and who holds a task."""
    feed = request.feed = feed_of(request.organization)
    request.held = held_now(request.organization)
    return repr([feed and feed.counted_at, request.held])


@require_GET
@requires(Permission.VIEW_QUALITY)
@live(_state)
def quality(request: HttpRequest) -> HttpResponse:
    is_part, feed = request.htmx.target == "quality", request.feed
    found = asked(request)
    shown = kept(request, feed, "dashboard figures", found.query, lambda: _drawn(request, found))
    may_draw = request.membership.may(Permission.DRAW_SAMPLE)
    context = found.context | shown | {
        "feed": feed, "may_draw": may_draw, "live_tag": request.live_tag,
        "filter_bar": hole("filter_bar"), "top": hole("top"), "statuses": hole("statuses"),
        "export_query": found.query if "status" in request.GET else filter_query(request.GET, status=["completed"]),
        "auditing": sorted({email for _token, email in request.held}), "tabs": TABS, "tab": "reports:quality",
        "is_part": is_part,
    }  # fmt: skip
    if may_draw:
        context |= sample_context(request)
    if not context["population"] and is_behind(request.organization, feed) and found.filter.is_valid():
        # Imported a moment ago, and not counted yet: they can be drawn from all the same.
        context["population"] = found.filter.qs.count_up_to(COUNTED_AT_ONCE)[0]
    answer = render(request, "reports/quality.html#results" if is_part else "reports/quality.html", context)
    bar = "" if is_part else filter_bar(request, feed, target="quality")
    return fill(answer, filter_bar=bar, top=shown["top"], statuses=shown["statuses"])


def _drawn(request: HttpRequest, found: Asked) -> dict[str, Any]:
    """The figures' parts of the page."""
    context = dashboard_context(request, found)
    return {
        "top": render_to_string("reports/parts/top.html", context, request),
        "statuses": render_to_string("reports/parts/statuses.html", context, request),
        "population": context["counts"].tasks,
        "is_counted": found.selection.is_counted,
    }


def dashboard_context(request: HttpRequest, found: Asked) -> dict[str, Any]:
    with one_look():
        figures = figures_of(found.selection, feed=request.feed)
        trend = trend_of(found.selection, today=today_of(request))
    bars = stacked_bars(trend, _drilling(request))
    return {
        "selection": found.selection,
        "figures": figures,
        "counts": figures.counts,
        "rates": _rates(figures),
        "shares": _shares(figures),
        "floor": FLOOR,
        "trend": trend,
        "review_chart": review_chart(bars),
        "rate_chart": rate_chart(interval_bars(trend)),
        "ticks": ticks(trend),
        "trend_rows": trend_rows(bars, with_shares=not found.selection.is_by_outcome),
        "rows": _rows(request, figures),
        "links": _links(request),
    }


@dataclass(frozen=True)
class Rate:
    """A verdict's share of all tasks, as the random sample has it."""

    name: str
    label: Any
    estimate: Estimate

    @property
    def width(self) -> float:
        """Of the interval, in percent points."""
        return round(100 * ((self.estimate.high or 0) - (self.estimate.low or 0)), 3)


def _rates(figures: Figures) -> list[Rate]:
    return [Rate(name, WORDS[name], figures.estimates[name]) for name in VERDICTS]


def _shares(figures: Figures) -> dict[str, float]:
    """Of all reviews, in percent; empty before the first."""
    reviews = figures.counts.reviews
    return {name: round(100 * getattr(figures.counts, name) / reviews, 1) for name in VERDICTS} if reviews else {}


def _rows(request: HttpRequest, figures: Figures) -> list[tuple[str, int, float, str]]:
    """Tasks by audit status: status, number, share of all in percent, address of the list."""
    total, found = figures.counts.tasks, []
    for status in ("", *VERDICTS):
        number = figures.counts.by_status[status]
        address = _list(request, review_status=[status or "pending"])
        found.append((status or "ready", number, 100 * number / total if total else 0, address))
    return found


def _list(request: HttpRequest, **changes: Any) -> str:
    query = filter_query(request.GET, status=["completed"], **changes)
    return f"{reverse('audits:tasks', args=[request.organization.slug])}?{query}"


def _links(request: HttpRequest) -> dict[str, str]:
    """Each figure's tasks, under the same filter."""
    report = reverse("reports:tasks", args=[request.organization.slug])
    audited = [one for one in request.GET.getlist("review_status") if one in VERDICTS] or [*VERDICTS]
    wanted = {name: [name] for name in VERDICTS} | {"reviews": audited}
    found = {name: f"{report}?{filter_query(request.GET, review_status=value)}" for name, value in wanted.items()}
    return found | {"tasks": _list(request), "audited": found["reviews"]}


def _drilling(request: HttpRequest) -> Callable[[Period], str]:
    """The address of a period's tasks."""
    start = _list(request, completed_after=None, completed_before=None)
    return lambda period: (
        f"{start}&completed_after={period.first.isoformat()}&completed_before={period.last.isoformat()}"
    )


@require_GET
@requires(Permission.VIEW_QUALITY)
def remarks(request: HttpRequest) -> HttpResponse:
    """The most frequent reasons and comments, asked for by the open dashboard."""
    found = asked(request)
    context = {"remarks": remarks_of(found.selection), "reason_url": _reason_urls(request)}
    return render(request, "reports/parts/remarks.html", context)


def _reason_urls(request: HttpRequest) -> str:
    query = filter_query(request.GET, reason=None)
    return f"{reverse('audits:tasks', args=[request.organization.slug])}?{query}&reason="
