"""What an auditor does beside a verdict: take it back, hand a task to a colleague, templates, reasons of a project."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from audits.forms import FlagForm, ReasonsForm, TemplateForm
from audits.models import AuditSession, CommentTemplate, Flag, Project
from audits.services.comment_templates import add_comment_template, delete_comment_template
from audits.services.flags import answer_flag, colleagues_for, flag_task, take_up_flag
from audits.services.projects import set_project_reasons
from audits.services.reverts import revert_audit
from audits.services.sessions import find_session
from audits.views.judging import refusal, tell_refusal, wants_json
from audits.views.projects import find_project, may_set_reasons
from labelops.errors import DomainError, Forbidden, InvalidInput
from labelops.tenancy.decorators import requires
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.permissions import Permission


@require_POST
@requires(Permission.AUDIT)
def undo(request: HttpRequest, task: UUID) -> HttpResponse:
    """Take the newest verdict on the task back: {"url": where its auditor goes on with it}."""
    try:
        reverted = revert_audit(by=request.membership, task_id=task, now=timezone.now())
    except DomainError as error:
        return tell_refusal(request, error)
    if reverted.lease is None:
        return _go(request, reverse("audits:task", args=[request.organization.slug, task]))
    return _go(request, _work_address(request, task, reverted.audit.session))


def _work_address(request: HttpRequest, task: UUID, session: AuditSession | None) -> str:
    slug = request.organization.slug
    if session is not None and session.status == AuditSession.Status.OPEN:
        return reverse("audits:workspace", args=[slug, session.pk])
    return reverse("audits:audit_task", args=[slug, task])


def _go(request: HttpRequest, url: str) -> HttpResponse:
    return JsonResponse({"url": url}) if wants_json(request) else redirect(url)


@require_POST
@requires(Permission.AUDIT)
def flag(request: HttpRequest, task: UUID) -> HttpResponse:
    """Hand the held task to a colleague: {"url": the next task of the session, else where the task is shown}."""
    form = FlagForm(request.POST)
    if not form.is_valid():
        return refusal(request, form, task)
    data = form.cleaned_data
    session = find_session(member=request.membership, session_id=data["session"]) if data["session"] else None
    try:
        made = flag_task(by=request.membership, task_id=task, assignee_id=data["assignee"], note=data["note"],
                         token=data["lock_token"], session=session, now=timezone.now())  # fmt: skip
    except DomainError as error:
        return tell_refusal(request, error)
    messages.success(request, _("%(name)s is flagged for %(who)s.") % {"name": _name(made), "who": made.assignee})
    if session:
        return _go(request, reverse("audits:workspace", args=[request.organization.slug, session.pk]))
    return _go(request, reverse("audits:task", args=[request.organization.slug, task]))


def _name(flag: Flag) -> str:
    return flag.task.unique_id or flag.task.public_id


@require_POST
@requires(Permission.AUDIT)
def take_up(request: HttpRequest, flag: UUID) -> HttpResponse:
    taken = take_up_flag(by=request.membership, flag_id=flag, now=timezone.now())
    return redirect(_work_address(request, taken.task_id, taken.session))


@require_POST
@requires(Permission.AUDIT)
def answer(request: HttpRequest, flag: UUID) -> HttpResponse:
    answered = answer_flag(by=request.membership, flag_id=flag, note=request.POST.get("note", "")[:2000],
                           now=timezone.now())  # fmt: skip
    messages.success(request, _("%(name)s was given back to the others.") % {"name": _name(answered)})
    return redirect("audits:today", request.organization.slug)


@require_GET
@requires(Permission.AUDIT)
def tools(request: HttpRequest) -> HttpResponse:
    """What an open workspace asks for once: templates, colleagues, what is flagged for me, and a project's reasons."""
    organization, member = request.organization, request.membership
    templates = CommentTemplate.objects.for_organization(organization).usable_by(request.user)
    session_id = parse_public_id(request.GET.get("session", ""))
    session = find_session(member=member, session_id=session_id) if session_id else None
    return JsonResponse({
        "templates": [_template(one) for one in templates],
        "may_share": member.may(Permission.MANAGE_SESSIONS),
        "colleagues": [
            {"id": one.user_id.hex, "name": str(one.user)} for one in colleagues_for(by=member, session=session)
        ],
        "flags": _flags(request),
        "reasons": _reasons(request),
    })  # fmt: skip


def _template(template: CommentTemplate) -> dict[str, Any]:
    return {"id": template.pk.hex, "text": template.text, "mine": template.user_id is not None}


def _flags(request: HttpRequest) -> dict[str, dict[str, str]]:
    flags = Flag.objects.for_organization(request.organization).open().filter(assignee=request.user).with_people()
    return {flag.task_id.hex: {"by": str(flag.raised_by), "note": flag.note} for flag in flags}


def _reasons(request: HttpRequest) -> list[str]:
    project_id = parse_public_id(request.GET.get("project", ""))
    projects = Project.objects.for_organization(request.organization).visible_to(request.membership)
    found = projects.filter(pk=project_id).first() if project_id else None
    return found.reasons if found else []


@require_POST
@requires(Permission.AUDIT)
def add_template(request: HttpRequest) -> HttpResponse:
    form = TemplateForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": _("Write the comment first.")}, status=400)
    try:
        made = add_comment_template(by=request.membership, now=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        return tell_refusal(request, error)
    return JsonResponse(_template(made))


@require_POST
@requires(Permission.AUDIT)
def delete_template(request: HttpRequest, template: UUID) -> HttpResponse:
    try:
        delete_comment_template(by=request.membership, template_id=template)
    except DomainError as error:
        return tell_refusal(request, error)
    return HttpResponse(status=204)


@require_POST
@requires(Permission.VIEW_TASKS)
def set_reasons(request: HttpRequest, project: UUID) -> HttpResponse:
    if not may_set_reasons(request.membership):
        raise Forbidden
    found, form = find_project(request, project), ReasonsForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("Give one reason a line, each of at most 120 characters."))
    reasons = form.cleaned_data["reasons"].splitlines()
    set_project_reasons(project=found, actor=request.user, reasons=reasons, now=timezone.now())
    messages.success(request, _("The reasons are saved. Auditors see them from their next page on."))
    return redirect("audits:project", request.organization.slug, found.pk)
