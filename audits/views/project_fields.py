"""The form of a project's tasks: what they show, and what is asked of whoever does or audits them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audits.models import Project
from audits.project_fields import BaseRows, rows_of
from audits.services.projects import set_project_params
from audits.views.projects import find_project
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission

PARTS = ("input_spec", "output_spec")


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_TASKS)
def edit(request: HttpRequest, project: UUID) -> HttpResponse:
    """Rows of fields; what is saved is another version of the project's parameters."""
    found = find_project(request, project)
    before = {part: found.fields_of(part) for part in PARTS}
    data = request.POST if request.method == "POST" else None
    rows = {part: rows_of(before[part], prefix=part, data=data) for part in PARTS}
    # Each of them, so that each says what is wrong with it.
    valid = [one.is_valid() for one in rows.values()]
    if data is not None and all(valid):
        return _save(request, found, {part: rows[part].spec(before[part]) for part in PARTS})
    return render(request, "audits/project_fields.html", _context(found, rows), status=400 if data is not None else 200)


def _context(project: Project, rows: dict[str, BaseRows]) -> dict[str, Any]:
    return {"project": project, "shown": rows["input_spec"], "asked": rows["output_spec"]}


def _save(request: HttpRequest, project: Project, specs: dict[str, dict[str, Any]]) -> HttpResponse:
    set_project_params(project=project, actor=request.user, params=specs, patch=True, now=timezone.now())
    messages.success(request, _("The fields are saved. Tasks show them from the next page on."))
    return redirect("audits:project", request.organization.slug, project.pk)
