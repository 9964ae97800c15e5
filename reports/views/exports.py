"""Exports: the list with what is being made, a file at once for what is small, downloads."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labelops.lists.paging import keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from reports.export_jobs import nudge_export
from reports.exporting.answers import answer_export
from reports.exporting.choosing import FIELDS
from reports.exporting.listings import LISTINGS, listings_of
from reports.models import Export
from reports.services.exports import create_export, delete_export, exports_for, open_export, small_export

COUNT = ngettext_lazy("%(number)s export", "%(number)s exports", "count")


@require_http_methods(["GET", "POST"])
@requires(Permission.EXPORT)
def export_list(request: HttpRequest) -> HttpResponseBase:
    """A POST exports `list` as `format`, filtered by `query`, the keys of the list's address."""
    if request.method == "POST":
        return _export(request)
    found = exports_for(request.membership)
    page = keyset_page(found, data=request.GET)
    context = {
        "page": page,
        "rows": [_row(export) for export in page.rows],
        "is_busy": any(export.is_unfinished for export in page.rows),
        "summary": summary(found, count=COUNT),
        "listings": listings_of(request.membership),
        "formats": Export.Format.choices,
    }
    return render(request, "reports/exports.html#state" if request.htmx else "reports/exports.html", context)


def _row(export: Export) -> dict[str, Any]:
    listing = LISTINGS.get(export.listing)
    asked = QueryDict(export.query, mutable=True)
    columns = asked.pop(FIELDS, None)
    words = [f"{key}: {', '.join(values)}" for key, values in asked.lists()]
    return {"export": export, "label": listing.label if listing else export.listing, "filter": " · ".join(words),
            "columns": columns[0].replace(",", ", ") if columns else ""}  # fmt: skip


def _export(request: HttpRequest) -> HttpResponseBase:
    wish = {
        "listing": request.POST.get("list", ""),
        "format": request.POST.get("format", ""),
        "data": QueryDict(request.POST.get("query", ""), mutable=True),
    }
    if request.POST.get("columns") == "all":
        wish["data"].pop("columns", None)
    now = timezone.now()
    if found := small_export(by=request.membership, now=now, **wish):
        return answer_export(*found)
    made = create_export(by=request.membership, now=now, **wish)
    transaction.on_commit(lambda: nudge_export(made.organization_id, made.pk), robust=True)
    messages.success(request, _("The export is being made. It goes on without you."))
    return redirect("exports:exports", request.organization.slug)


@require_GET
@requires(Permission.EXPORT)
def download(request: HttpRequest, export: UUID) -> HttpResponseBase:
    return answer_export(*open_export(by=request.membership, export_id=export, now=timezone.now()))


@require_POST
@requires(Permission.EXPORT)
def delete(request: HttpRequest, export: UUID) -> HttpResponse:
    delete_export(by=request.membership, export_id=export, now=timezone.now())
    messages.success(request, _("The export is deleted."))
    return redirect("exports:exports", request.organization.slug)
