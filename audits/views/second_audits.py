"""The workspace of a second audit: the response as the first auditor saw it, and nothing of what they said."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from audits.forms import VerdictForm
from audits.models import Task, Verdict
from audits.services.locks import IDLE_SECONDS
from audits.services.second_audits import Turn, claim_second, record_second_audit
from audits.services.sessions import find_session, show_session
from audits.views.judging import judgement_of, refusal, tell_refusal
from audits.views.showing import Viewer, allow_origins, origins_of, sources_of, viewer_of
from audits.views.workspace import to_session
from labelops.errors import DomainError
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission


@require_GET
@requires(Permission.AUDIT)
def audit_again(request: HttpRequest, session: UUID) -> HttpResponse:
    """The next task that waits for another auditor; none: the session's summary."""
    found = show_session(member=request.membership, session_id=session)
    turn = claim_second(auditor=request.membership, session=found)
    if turn is None:
        messages.info(request, _("No task waits for a second audit by you at the moment."))
        return to_session(request, session)
    root = reverse("audits:task", args=[request.organization.slug, turn.task.pk])
    context = {
        "session": found, "task": turn.task, "lock": turn.lease, "editor": _viewer(request, turn),
        "now": timezone.now(),
        "idle_seconds": int(IDLE_SECONDS), "heartbeat_url": f"{root}audit/heartbeat/",
        "release_url": f"{root}audit/release/", "draft_url": f"{root}audit/draft/",
    }  # fmt: skip
    return allow_origins(render(request, "audits/second_audit.html", context), origins_of(sources_of(turn.task)))


def _viewer(request: HttpRequest, turn: Turn) -> Viewer:
    return replace(viewer_of(turn.task, request.organization), response=turn.response, prior=None)


@require_POST
@requires(Permission.AUDIT)
def judge_again(request: HttpRequest, session: UUID, task: UUID) -> HttpResponse:
    """Keep the second verdict; then the next task that waits."""
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return refusal(request, form, task)
    try:
        find_session(member=request.membership, session_id=session)
        second = record_second_audit(
            auditor=request.membership, session_id=session, task_id=task, judgement=judgement_of(form),
            lock_token=form.cleaned_data["lock_token"], now=timezone.now(),
        )  # fmt: skip
    except DomainError as error:
        return tell_refusal(request, error)
    _thank(request, second.task, second.verdict)
    onwards = reverse("audits:audit_again", args=[request.organization.slug, session])
    return HttpResponseClientRedirect(onwards) if request.htmx else redirect(onwards)


def _thank(request: HttpRequest, task: Task, verdict: str) -> None:
    words = {"task": task.unique_id or task.public_id, "verdict": Verdict(verdict).label}
    messages.success(request, _("Second audit of %(task)s kept: %(verdict)s.") % words)
