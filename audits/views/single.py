"""Auditing one task by itself, and what every open workspace does beside its verdict: sign of life, draft, release."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from audits.forms import LockForm, VerdictForm, WorkForm
from audits.models import Verdict
from audits.services.audits import record_verdict
from audits.services.blindness import refuse_blind
from audits.services.drafts import discard_draft, save_draft
from audits.services.locks import lock_task, release_lock, renew_lock
from audits.views.judging import judgement_of, must_exist, refusal, refuse_work, tell_refusal
from audits.views.showing import allow_origins, origins_of, sources_of
from audits.views.tasks import find_task
from audits.views.work import draft_of, prior_audits_of, work_context
from labelops.errors import DomainError, Locked
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission


@require_GET
@requires(Permission.AUDIT)
def audit_task(request: HttpRequest, task: UUID) -> HttpResponse:
    found = find_task(request, task)
    back = back_address(request, request.GET.get("back", ""))
    try:
        with transaction.atomic():  # The page that says who holds it reads on after the refusal.
            lease = lock_task(auditor=request.membership, task_id=task)
    except Locked as error:
        context = {"task": found, "holder": error.data["holder"], "until": error.data["expires_at"], "back": back}
        return render(request, "audits/held.html", context, status=error.status)
    context = work_context(
        request, found, lease, draft=draft_of(request, found), prior_audits=prior_audits_of(found), back=back
    )
    return allow_origins(render(request, "audits/workspace_page.html", context), origins_of(sources_of(found)))


def back_address(request: HttpRequest, given: str) -> str:
    """Where the auditor came from, if that is a page of this organization; else the Tasks page."""
    root = reverse("audits:today", args=[request.organization.slug])
    is_own = given.startswith(root) and url_has_allowed_host_and_scheme(given, allowed_hosts=None)
    return given if is_own else f"{root}tasks/"


@require_POST
@requires(Permission.AUDIT)
def judge_task(request: HttpRequest, task: UUID) -> HttpResponse:
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return refusal(request, form, task)
    data = form.cleaned_data
    try:
        refuse_blind(request.membership, task)
        recorded = record_verdict(
            auditor=request.membership, task_id=task, judgement=judgement_of(form), lock_token=data["lock_token"],
            version=data["version"], now=timezone.now(),
        )  # fmt: skip
    except DomainError as error:
        return refuse_work(request, task, form, error)
    messages.success(
        request,
        _("%(verdict)s: %(task)s.")
        % {"verdict": Verdict(data["verdict"]).label, "task": recorded.task.unique_id or recorded.task.public_id},
    )
    back = back_address(request, request.POST.get("back", ""))
    return HttpResponseClientRedirect(back) if request.htmx else redirect(back)


@require_POST
@requires(Permission.AUDIT)
def heartbeat(request: HttpRequest, task: UUID) -> HttpResponse:
    """A sign of life of the page while it is in use: {"expires_at", "now"}, or 409 with who has the task."""
    must_exist(request, task)
    form = LockForm(request.POST)
    if not form.is_valid():
        return refusal(request, form, task)
    try:
        expires_at = renew_lock(
            auditor=request.membership, task_id=task, token=form.cleaned_data["lock_token"], in_use=True
        )
    except DomainError as error:
        return tell_refusal(request, error)
    return JsonResponse({"expires_at": expires_at.isoformat(), "now": timezone.now().isoformat()})


@require_POST
@requires(Permission.AUDIT)
def release(request: HttpRequest, task: UUID) -> HttpResponse:
    """The closing page's last word (sendBeacon); nobody reads the answer."""
    must_exist(request, task)
    form = LockForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        release_lock(auditor=request.membership, task_id=task, token=data["lock_token"],
                     expires_at=data["expires_at"], now=timezone.now())  # fmt: skip
    return HttpResponse(status=204)


@require_POST
@requires(Permission.AUDIT)
def draft(request: HttpRequest, task: UUID) -> HttpResponse:
    """Keep what is typed and drawn; nothing of either throws the draft away."""
    must_exist(request, task)
    form = WorkForm(request.POST)
    if not form.is_valid():
        return refusal(request, form, task)
    data = form.cleaned_data
    try:
        reasons, pins = data["remarks"]
        if data["comment"].strip() or data["response"] is not None or reasons or pins:
            save_draft(author=request.membership, task_id=task, verdict="", comment=data["comment"], reasons=reasons,
                       pins=pins, response=data["response"], task_version=data["version"],
                       now=timezone.now())  # fmt: skip
        else:
            discard_draft(author=request.membership, task_id=task)
    except DomainError as error:
        return tell_refusal(request, error)
    return JsonResponse({"saved_at": timezone.now().isoformat()})
