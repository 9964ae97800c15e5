"""Import: the upload, the running import, what was refused."""

import csv
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from audits.import_form import ImportForm
from audits.models import Project, RefusedLine, TaskImport
from audits.services.imports import create_import
from audits.spreadsheet import safe_cell
from audits.tasks import nudge_import
from audits.views.lists import IMPORTS, ImportFilter
from labelops.errors import InvalidInput, NotFound
from labelops.lists.chips import FilterBar
from labelops.lists.paging import keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import show_errors
from labelops.tenancy.models import Organization
from labelops.tenancy.permissions import Permission
from labelops.tenancy.scope import organization_scope
from labelops.tenancy.views.listing import list_context

LINES_SHOWN = 100
LINES_AT_ONCE = 1000
PROJECTS_PROPOSED = 200
COUNT = ngettext_lazy("%(number)s import", "%(number)s imports", "count")


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_TASKS)
def import_list(request: HttpRequest) -> HttpResponse:
    """The form and the earlier imports; a POST stores the file and calls a worker after the commit."""
    projects = Project.objects.for_organization(request.organization).active().order_by("name")[:PROJECTS_PROPOSED]
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ImportForm(*sent, projects=projects)
    if form.is_valid() and (made := _create(request, form)):
        transaction.on_commit(lambda: nudge_import(made.organization_id, made.pk), robust=True)
        messages.success(request, _("“%(name)s” is uploaded. The import goes on without you.") % {"name": made.name})
        return redirect("audits:import", request.organization.slug, made.pk)
    if request.htmx.target == "import-list":
        return render(request, "audits/imports.html#results", _listed(request))
    return render(
        request, "audits/imports.html", {"form": form, **_listed(request)}, status=400 if form.errors else 200
    )


def _listed(request: HttpRequest) -> dict[str, Any]:
    """The earlier imports as their list shows them."""
    filtering = ImportFilter(request.GET)
    shown = filtering.of(TaskImport.objects.for_organization(request.organization))
    context = list_context(request, IMPORTS)
    rows = shown.select_related("created_by", "project")
    return context | {
        "bar": FilterBar(filtering, first=("q", "state", "refused")),
        "page": keyset_page(rows, data=request.GET, by=context["table"].order_by),
        "summary": summary(shown, count=COUNT),
    }


def _create(request: HttpRequest, form: ImportForm) -> TaskImport | None:
    data = form.cleaned_data
    try:
        return create_import(
            organization=request.organization, actor=request.user, name=data["file"].name, file=data["file"],
            project=data["project"], notify=data["notify"], callback_url=data["callback_url"], now=timezone.now(),
        )  # fmt: skip
    except InvalidInput as error:
        show_errors(form, error.message, error.fields or {"file": error.message})
        return None


@require_GET
@requires(Permission.EDIT_TASKS)
def import_detail(request: HttpRequest, task_import: UUID) -> HttpResponse:
    """The page; htmx asks for its `state` alone, every second until the import is over."""
    found = _find(request, task_import)
    context = {
        "task_import": found,
        "refused_lines": found.refused_lines.order_by("line")[:LINES_SHOWN],
        "lines_shown": LINES_SHOWN,
        "by_line": found.format != TaskImport.Format.JSON,
    }
    template = "audits/import.html#state" if request.htmx else "audits/import.html"
    return render(request, template, context)


def _find(request: HttpRequest, task_import: UUID) -> TaskImport:
    imports = TaskImport.objects.for_organization(request.organization).select_related("created_by", "project")
    found = imports.filter(pk=task_import).first()
    if found is None:
        raise NotFound(_("There is no import with this id."))
    return found


@require_GET
@requires(Permission.EDIT_TASKS)
def refused_lines(request: HttpRequest, task_import: UUID) -> StreamingHttpResponse:
    found = _find(request, task_import)
    body = _report(request.organization, found)
    response = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{found.id.hex}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


class _Echo:
    def write(self, text: str) -> str:
        return text


def _report(organization: Organization, task_import: TaskImport) -> Iterator[str]:
    """Each batch in a scope of its own: the request's transaction is over when this is sent."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield writer.writerow(["line" if task_import.format != TaskImport.Format.JSON else "record", "reason", "text"])
    last = -1
    while True:
        with organization_scope(organization.pk):
            lines = RefusedLine.objects.for_organization(organization).filter(task_import=task_import)
            batch = list(lines.after_line(last)[:LINES_AT_ONCE])
        if not batch:
            return
        last = batch[-1].line
        yield "".join(writer.writerow([line.line, safe_cell(line.reason), safe_cell(line.record)]) for line in batch)
