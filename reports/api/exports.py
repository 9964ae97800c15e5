"""/v1/exports."""

from datetime import UTC
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, QueryDict
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Fields, Query, checked_texts, refuse
from audits.api.filters import TASK_KEYS
from audits.api.views import ApiView
from audits.filters import InstantFilter, TaskFilter
from audits.wire import instant
from labelops.errors import Forbidden, NotFound
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.models import Scope
from labelops.tenancy.permissions import Permission
from reports.export_jobs import nudge_export
from reports.exporting.answers import answer_export
from reports.exporting.choosing import FIELDS
from reports.exporting.listings import Listing, find_listing, listings_of
from reports.models import Export
from reports.services import exports

EXPORT = (Scope.TASKS_READ, Permission.EXPORT)
# Names of GET /v1/tasks beside those of the page.
WIRE_KEYS = TASK_KEYS | {"customer_review_status": "review_status"}


def export_json(export: Export) -> dict[str, Any]:
    asked = QueryDict(export.query, mutable=True)
    columns = asked.pop(FIELDS, None)
    found = {
        "id": export.public_id,
        "list": export.listing,
        "format": export.format,
        "filter": {key: values if len(values) > 1 else values[0] for key, values in asked.lists()},
        "columns": columns[0].split(",") if columns else None,
        "status": export.status,
        "failure": export.failure or None,
        "total": export.total,
        "rows": export.rows,
        "size": export.size or None,
        "created_by": export.created_by.email,
        "created_at": instant(export.created_at),
        "finished_at": instant(export.finished_at),
        "expires_at": instant(export.expires_at),
    }
    return {key: value for key, value in found.items() if value is not None}


def known_export(text: str) -> Any:
    """The id in an address; what cannot be one is answered as an unknown one."""
    found = parse_public_id(text)
    if found is None:
        raise NotFound(exports.NO_SUCH_EXPORT)
    return found


class ListingsView(ApiView):
    needs = {"GET": EXPORT}

    def get(self, request: Request) -> Response:
        """What can be exported, with the columns and the keys of its filter."""
        found = [
            {
                "list": one.name,
                "columns": [{"name": column.name, "type": column.kind.name.lower()} for column in one.columns],
                "filter": sorted(one.keys),
            }
            for one in listings_of(request.membership)
        ]
        return Response({"docs": found})


class ExportListView(ApiView):
    needs = {"GET": EXPORT, "POST": EXPORT}

    def get(self, request: Request) -> Response:
        query = Query(request.query_params)
        rows, limit = exports.exports_for(request.membership).newest_first(), query.limit()
        if token := query.text("next_token"):
            rows = rows.filter(pk__lt=known_export(token))
        found = list(rows[: limit + 1])
        page = found[:limit]
        answer = {"docs": [export_json(one) for one in page], "limit": limit, "has_more": len(found) > limit}
        return Response(answer | ({"next_token": page[-1].public_id} if len(found) > limit else {}))

    def post(self, request: Request) -> Response:
        """`list`, `format`, `filter` and `columns` (all where left out); the export is made in the background."""
        fields = Fields(request)
        listing = find_listing(fields.required_text("list"), member=request.membership)
        format, filter = fields.text("format") or Export.Format.CSV, fields.object("filter") or {}
        columns = checked_texts("columns", fields.texts("columns") or [])
        fields.refuse_rest()
        must_have_scope(request, listing)
        data = page_keys(listing, filter)
        if columns:
            data[FIELDS] = ",".join(columns)
        made = exports.create_export(by=request.membership, listing=listing.name, format=format, data=data,
                                     now=timezone.now())  # fmt: skip
        transaction.on_commit(lambda: nudge_export(made.organization_id, made.pk), robust=True)
        return Response(export_json(made))


def must_have_scope(request: Request, listing: Listing) -> None:
    if listing.scope not in request.auth.scopes:
        raise Forbidden(f"This API key lacks the scope “{listing.scope}”.")


def page_keys(listing: Listing, filter: dict[str, Any]) -> QueryDict:
    """The filter by the names of the page; times without an offset are UTC, as everywhere in the API."""
    data = QueryDict(mutable=True)
    for name, value in filter.items():
        key = WIRE_KEYS.get(name, name) if listing.is_of_tasks else name
        if key not in listing.keys:
            refuse("filter", f"knows no “{name[:64]}”. It knows: {', '.join(sorted(listing.keys)) or 'nothing'}.")
        data.setlist(key, [_absolute(listing, key, text) for text in _texts(name, value)])
    return data


def _texts(name: str, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if any(not isinstance(one, str) or "\0" in one for one in values):
        refuse("filter", f"must have text, or a list of texts, in “{name[:64]}”.")
    if name == "customer_review_status":
        return [text.strip() for one in values for text in one.split(",")]
    return values


def _absolute(listing: Listing, key: str, text: str) -> str:
    filter = TaskFilter.base_filters.get(key) if listing.is_of_tasks else None
    if not isinstance(filter, InstantFilter) or not text:
        return text
    try:
        return filter.field.clean(text).astimezone(UTC).isoformat()
    except ValidationError:
        return refuse("filter", f"must have a time such as 2026-11-22T16:00:00Z in “{key}”.")


class ExportView(ApiView):
    needs = {"GET": EXPORT, "DELETE": EXPORT}

    def get(self, request: Request, export_id: str) -> Response:
        return Response(export_json(exports.find_export(by=request.membership, export_id=known_export(export_id))))

    def delete(self, request: Request, export_id: str) -> Response:
        exports.delete_export(by=request.membership, export_id=known_export(export_id), now=timezone.now())
        return Response({"success": True})


class DownloadView(ApiView):
    needs = {"GET": EXPORT}

    def get(self, request: Request, export_id: str) -> FileResponse:
        found = exports.find_export(by=request.membership, export_id=known_export(export_id))
        must_have_scope(request, find_listing(found.listing, member=request.membership))
        return answer_export(*exports.open_export(by=request.membership, export_id=found.pk, now=timezone.now()))
