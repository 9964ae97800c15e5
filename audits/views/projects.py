"""Set-up: projects with their callback and their auditors, and batches."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audits.forms import AssignmentForm, BatchForm, CallbackForm, ProjectForm, ReasonsForm
from audits.models import Batch, Project, Task
from audits.services.batches import create_batch, finalize_batch
from audits.services.projects import assign_auditors, create_project, set_project_callback
from audits.views.paging import keyset_page, summary
from labelops.errors import Conflict, Forbidden, InvalidInput, NotFound
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import show_errors
from labelops.tenancy.models import Membership
from labelops.tenancy.permissions import Permission

MOST_PROJECTS = 500


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_TASKS)
def project_list(request: HttpRequest) -> HttpResponse:
    form = ProjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        _must_edit(request)
        if form.is_valid() and (made := _create_project(request, form)):
            messages.success(request, f"The project “{made.name}” is set up. Bring its tasks in next.")
            return redirect("audits:project", request.organization.slug, made.pk)
    projects = Project.objects.for_organization(request.organization).visible_to(request.membership)
    context = {
        "form": form,
        "page": keyset_page(projects.with_task_counts(), data=request.GET),
        "summary": summary(projects, one="project", many="projects"),
        "may_edit": request.membership.may(Permission.EDIT_TASKS),
    }
    return render(request, "audits/projects.html", context, status=400 if form.errors else 200)


def _must_edit(request: HttpRequest) -> None:
    if not request.membership.may(Permission.EDIT_TASKS):
        raise Forbidden(f"This needs the right “{Permission.EDIT_TASKS.label}”, which your role does not have.")


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
    callback = CallbackForm(initial={"callback_url": found.callback_url})
    return render(request, "audits/project.html", _project_context(request, found, callback))


def may_set_reasons(member: Membership) -> bool:
    """Whoever sets the project up, and whoever leads its auditors."""
    return member.may(Permission.EDIT_TASKS) or member.may(Permission.MANAGE_SESSIONS)


def find_project(request: HttpRequest, project: UUID) -> Project:
    projects = Project.objects.for_organization(request.organization).visible_to(request.membership)
    found = projects.filter(pk=project).first()
    if found is None:
        raise NotFound("There is no project with this id.")
    return found


def _project_context(request: HttpRequest, project: Project, callback: CallbackForm) -> dict[str, Any]:
    tasks = Task.objects.for_organization(request.organization).filter(project=project)
    return {
        "project": project,
        "version": project.versions.order_by("-version").first(),
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
    messages.success(request, "The callback URL is saved.")
    return redirect("audits:project", request.organization.slug, found.pk)


def _callback_saved(request: HttpRequest, project: Project, form: CallbackForm) -> bool:
    url = form.cleaned_data["callback_url"]
    try:
        with transaction.atomic():
            set_project_callback(project=project, actor=request.user, callback_url=url, now=timezone.now())
    except InvalidInput as error:
        show_errors(form, error.message, {"callback_url": error.message})
    return not form.errors


@require_POST
@requires(Permission.MANAGE_SETTINGS)
def assign(request: HttpRequest, project: UUID) -> HttpResponse:
    found = find_project(request, project)
    form = _assignment_form(request, found, request.POST)
    if not form.is_valid():
        raise InvalidInput("One of these people is no member any more. Load the page again.")
    assign_auditors(project=found, actor=request.user, auditors=form.chosen, now=timezone.now())
    messages.success(request, "The project's auditors are saved.")
    return redirect("audits:project", request.organization.slug, found.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_TASKS)
def batch_list(request: HttpRequest) -> HttpResponse:
    projects = Project.objects.for_organization(request.organization).visible_to(request.membership).active()
    form = BatchForm(
        request.POST if request.method == "POST" else None, projects=list(projects.order_by("name")[:MOST_PROJECTS])
    )
    if request.method == "POST":
        _must_edit(request)
        if form.is_valid() and (made := _create_batch(request, form)):
            messages.success(request, f"The batch “{made.name}” is set up.")
            return redirect("audits:batches", request.organization.slug)
    batches = Batch.objects.for_organization(request.organization).visible_to(request.membership)
    context = {
        "form": form,
        "page": keyset_page(batches.with_task_counts(), data=request.GET),
        "summary": summary(batches, one="batch", many="batches"),
        "may_edit": request.membership.may(Permission.EDIT_TASKS),
        "has_projects": bool(form.projects),
    }
    return render(request, "audits/batches.html", context, status=400 if form.errors else 200)


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
        raise NotFound("There is no batch with this id.")
    finalize_batch(batch=found, actor=request.user, now=timezone.now())
    messages.success(request, f"The batch “{found.name}” is in progress.")
    return redirect("audits:batches", request.organization.slug)
