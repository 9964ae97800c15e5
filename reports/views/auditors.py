"""Auditor Quality: reviews, accepts, fixes, rejects and time per audit of each auditor, and how far others agree."""

from datetime import datetime

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET

from audits.models import SecondAudit
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from reports.agreeing import ENOUGH_PAIRS, MOST_SECONDS, agreement_of
from reports.auditors import MOST_PAIRED, AuditorFigures, auditors_of
from reports.figures import feed_of
from reports.views.asking import TABS, Asked, asked, filter_query
from reports.views.keeping import filter_bar, kept

SUMMED = ("reviews", "accepted", "fixed", "rejected")


@require_GET
@requires(Permission.VIEW_QUALITY)
def auditor_list(request: HttpRequest) -> HttpResponse:
    is_part = request.htmx.target == "auditor-report"
    found = asked(request)
    feed = feed_of(request.organization)
    table = kept(request, feed, "auditors", found.query, lambda: _table(request, found))
    # Second audits move no figure that the feed counts: what was judged last tells whether it was drawn before.
    agreeing = kept(
        request, feed, f"agreement {newest_second(request)}", found.query, lambda: _agreement(request, found)
    )
    bar = "" if is_part else filter_bar(request, feed, target="auditor-report")
    context = found.context | {
        "filter_bar": bar, "table": table, "feed": feed, "is_part": is_part, "tabs": TABS, "tab": "reports:auditors",
        "agreement": agreeing, "most_paired": MOST_PAIRED, "most_seconds": MOST_SECONDS,
    }  # fmt: skip
    return render(request, "reports/auditors.html#results" if is_part else "reports/auditors.html", context)


def _table(request: HttpRequest, found: Asked) -> str:
    rows = auditors_of(found.selection, with_agreement=True)
    context = {
        "rows": [(row, _addresses(request, row)) for row in rows], "is_filtered": bool(found.chips),
        "total": {name: sum(getattr(row, name) for row in rows) for name in SUMMED},
    }  # fmt: skip
    return render_to_string("reports/parts/auditor_table.html", context, request)


def newest_second(request: HttpRequest) -> datetime | None:
    seconds = SecondAudit.objects.for_organization(request.organization).judged()
    return seconds.aggregate(newest=Max("judged_at"))["newest"]


def _agreement(request: HttpRequest, found: Asked) -> str:
    context = {"team": agreement_of(found.selection), "enough": ENOUGH_PAIRS, "is_filtered": bool(found.chips)}
    return render_to_string("reports/parts/auditor_agreement.html", context, request)


def _addresses(request: HttpRequest, row: AuditorFigures) -> dict[str, str]:
    """Each figure's tasks, under the same filter."""
    root = reverse("reports:tasks", args=[request.organization.slug])
    found = {name: filter_query(request.GET, auditor=row.email, review_status=[name]) for name in SUMMED[1:]}
    found["reviews"] = filter_query(request.GET, auditor=row.email)
    return {name: f"{root}?{query}" for name, query in found.items()}
