"""Set-up: projects with their callback and their auditors, and batches."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audits.forms import AssignmentForm, BatchForm, CallbackForm, ProjectForm, ReasonsForm
from audits.models import Batch, Project, Task
from audits.services.batches import create_batch, finalize_batch
from audits.services.many import archive_projects, finalize_batches
from audits.services.projects import assign_auditors, create_project, set_project_callback
from audits.task_types import TASK_TYPES
from audits.views.lists import ARCHIVED, BATCHES, PROJECTS, BatchFilter, ProjectFilter
from audits.views.live import live
from audits.views.place_counts import count_tasks
from audits.views.several import chosen_ids, tell, template_of
from labelops.errors import Conflict, Forbidden, InvalidInput, NotFound
from labelops.lists.chips import FilterBar
from labelops.lists.paging import keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import show_errors
from labelops.tenancy.models import Membership
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context
from labelops.tenancy.views.saved_views import back

MOST_PROJECTS = 500
PROJECT_COUNT = ngettext_lazy("%(number)s project", "%(number)s projects", "count")
BATCH_COUNT = ngettext_lazy("%(number)s batch", "%(number)s batches", "count")


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_TASKS)
@live()
def project_list(request: HttpRequest) -> HttpResponse:
    form = ProjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        _must_edit(request)
        if form.is_valid() and (made := _create_project(request, form)):
            messages.success(
                request, _("The project “%(name)s” is set up. Bring its tasks in next.") % {"name": made.name}
            )
            return redirect("audits:project", request.organization.slug, made.pk)
    return render(request, template_of(request, "audits/projects.html", "project-list"), _project_list(request, form),
                  status=400 if form.errors else 200)  # fmt: skip


def _project_list(request: HttpRequest, form: ProjectForm) -> dict[str, Any]:
    filter = ProjectFilter(request.GET)
    projects = Project.objects.for_organization(request.organization).visible_to(request.membership)
    shown = filter.of(projects)
    context = list_context(request, PROJECTS)
    page = keyset_page(shown, data=request.GET, by=context["table"].order_by)
    count_tasks(page.rows, organization=request.organization)
    for row in page.rows:
        row.drawn_from = (row.pk, row.name, row.type, row.callback_url, row.task_count, row.ready_count)
    return context | {
        "form": form,
        "bar": FilterBar(filter, first=("q", "type", "state")),
        "page": page,
        "summary": summary(shown, count=PROJECT_COUNT),
        "may_edit": request.membership.may(Permission.EDIT_TASKS),
        "archived": filter.chosen("state") == ARCHIVED,
    }


@require_POST
@requires(Permission.EDIT_TASKS)
def change_projects(request: HttpRequest) -> HttpResponse:
    """`action` archive or restore, with the projects in `ids`."""
    archived = request.POST.get("action") == "archive"
    result = archive_projects(
        by=request.membership, project_ids=chosen_ids(request), archived=archived, now=timezone.now()
    )
    if archived:
        told = ngettext("%(number)s project is archived.", "%(number)s projects are archived.", result.changed)
    else:
        told = ngettext("%(number)s project is in use again.", "%(number)s projects are in use again.", result.changed)
    tell(request, result, told)
    return back(request)


def _must_edit(request: HttpRequest) -> None:
    if not request.membership.may(Permission.EDIT_TASKS):
        raise Forbidden(
            _("This needs the right “%(label)s”, which your role does not have.")
            % {"label": Permission.EDIT_TASKS.label}
        )


def _create_project(request: HttpRequest, form: ProjectForm) -> Project | None:
    data = form.cleaned_data
    try:
        with transaction.atomic():  # The page reads on after a refusal.
            return create_project(
                organization=request.organization, actor=request.user, name=data["name"], type=data["type"],
                params={"instruction": data["instruction"]}, now=timezone.now(),
            )  # fmt: skip
    except (Conflict, InvalidInput) as error:
        show_errors(form, error.message, getattr(error, "fields", {"name": error.message}))
        return None


@require_GET
@requires(Permission.VIEW_TASKS)
def project_detail(request: HttpRequest, project: UUID) -> HttpResponse:
    found = find_project(request, project)
    callback = CallbackForm(initial=CallbackForm.initial_of(found))
    return render(request, "audits/project.html", _project_context(request, found, callback))


def may_set_reasons(member: Membership) -> bool:
    """Whoever sets the project up, and whoever leads its auditors."""
    return member.may(Permission.EDIT_TASKS) or member.may(Permission.MANAGE_SESSIONS)


def find_project(request: HttpRequest, project: UUID) -> Project:
    projects = Project.objects.for_organization(request.organization).visible_to(request.membership)
    found = projects.filter(pk=project).first()
    if found is None:
        raise NotFound(_("There is no project with this id."))
    return found


def _project_context(request: HttpRequest, project: Project, callback: CallbackForm) -> dict[str, Any]:
    tasks = Task.objects.for_organization(request.organization).filter(project=project)
    return {
        "project": project,
        "version": project.versions.order_by("-version").first(),
        "has_fields": not TASK_TYPES[project.type].has_form if project.type in TASK_TYPES else True,
        "asked": project.fields_of("output_spec"),
        "callback_form": callback,
        "assignment_form": _assignment_form(request, project),
        "reasons_form": ReasonsForm(initial={"reasons": "\n".join(project.reasons)}),
        "batches": list(project.batches.newest_first()[:50]),
        "figures": tasks.review_figures(),
        "may_edit": request.membership.may(Permission.EDIT_TASKS),
        "may_set_reasons": may_set_reasons(request.membership),
        "may_assign": request.membership.may(Permission.MANAGE_SETTINGS),
        "needs_assignment": request.organization.auditors_need_assignment,
    }


def _assignment_form(request: HttpRequest, project: Project, data: Any = None) -> AssignmentForm:
    members = Membership.objects.for_organization(request.organization).who_may(Permission.AUDIT)
    members = list(members.select_related("user").order_by("user__email"))
    assigned = set(project.auditors.values_list("user_id", flat=True))
    initial = {"auditors": [member.pk.hex for member in members if member.user_id in assigned]}
    return AssignmentForm(data, initial=initial, members=members)


@require_POST
@requires(Permission.EDIT_TASKS)
def set_callback(request: HttpRequest, project: UUID) -> HttpResponse:
    found, form = find_project(request, project), CallbackForm(request.POST)
    if not (form.is_valid() and _callback_saved(request, found, form)):
        return render(request, "audits/project.html", _project_context(request, found, form), status=400)
    messages.success(request, _("The project's callbacks are saved."))
    return redirect("audits:project", request.organization.slug, found.pk)


def _callback_saved(request: HttpRequest, project: Project, form: CallbackForm) -> bool:
    try:
        with transaction.atomic():
            set_project_callback(project=project, actor=request.user, now=timezone.now(), **form.cleaned_data)
    except InvalidInput as error:
        show_errors(form, error.message, {"callback_url": error.message})
    return not form.errors


@require_POST
@requires(Permission.MANAGE_SETTINGS)
def assign(request: HttpRequest, project: UUID) -> HttpResponse:
    found = find_project(request, project)
    form = _assignment_form(request, found, request.POST)
    if not form.is_valid():
        raise InvalidInput(_("One of these people is no member any more. Load the page again."))
    assign_auditors(project=found, actor=request.user, auditors=form.chosen, now=timezone.now())
    messages.success(request, _("The project's auditors are saved."))
    return redirect("audits:project", request.organization.slug, found.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_TASKS)
@live()
def batch_list(request: HttpRequest) -> HttpResponse:
    projects = Project.objects.for_organization(request.organization).visible_to(request.membership).active()
    form = BatchForm(
        request.POST if request.method == "POST" else None, projects=list(projects.order_by("name")[:MOST_PROJECTS])
    )
    if request.method == "POST":
        _must_edit(request)
        if form.is_valid() and (made := _create_batch(request, form)):
            messages.success(request, _("The batch “%(name)s” is set up.") % {"name": made.name})
            return redirect("audits:batches", request.organization.slug)
    return render(request, template_of(request, "audits/batches.html", "batch-list"), _batch_list(request, form),
                  status=400 if form.errors else 200)  # fmt: skip


def _batch_list(request: HttpRequest, form: BatchForm) -> dict[str, Any]:
    filter = BatchFilter(request.GET, projects=[project.name for project in form.projects.values()])
    batches = Batch.objects.for_organization(request.organization).visible_to(request.membership)
    shown = filter.of(batches)
    context = list_context(request, BATCHES)
    page = keyset_page(shown.with_project(), data=request.GET, by=context["table"].order_by)
    count_tasks(page.rows, organization=request.organization)
    for row in page.rows:
        counts = row.task_count, row.ready_count
        row.drawn_from = (row.pk, row.name, row.project.name, row.status, row.callback_url, *counts)
    return context | {
        "form": form,
        "bar": FilterBar(filter, first=("q", "project", "status")),
        "page": page,
        "summary": summary(shown, count=BATCH_COUNT),
        "may_edit": request.membership.may(Permission.EDIT_TASKS),
        "has_projects": bool(form.projects),
    }


@require_POST
@requires(Permission.EDIT_TASKS)
def start_batches(request: HttpRequest) -> HttpResponse:
    """Start the work on the batches in `ids`."""
    result = finalize_batches(by=request.membership, batch_ids=chosen_ids(request), now=timezone.now())
    told = ngettext("%(number)s batch is in progress.", "%(number)s batches are in progress.", result.changed)
    tell(request, result, told)
    return back(request)


def _create_batch(request: HttpRequest, form: BatchForm) -> Batch | None:
    data = form.cleaned_data
    try:
        with transaction.atomic():
            return create_batch(
                project=form.projects[data["project"]], actor=request.user, name=data["name"],
                callback_url=data["callback_url"], staging=data["staging"], now=timezone.now(),
            )  # fmt: skip
    except (Conflict, InvalidInput) as error:
        show_errors(form, error.message, getattr(error, "fields", {"name": error.message}))
        return None


@require_POST
@requires(Permission.EDIT_TASKS)
def finalize(request: HttpRequest, batch: UUID) -> HttpResponse:
    batches = Batch.objects.for_organization(request.organization).visible_to(request.membership)
    found = batches.filter(pk=batch).first()
    if found is None:
        raise NotFound(_("There is no batch with this id."))
    finalize_batch(batch=found, actor=request.user, now=timezone.now())
    messages.success(request, _("The batch “%(name)s” is in progress.") % {"name": found.name})
    return redirect("audits:batches", request.organization.slug)
