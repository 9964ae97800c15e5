"""What the workspace's template shows of one held task, in a session or by itself."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from audits.models import Audit, AuditSession, Draft, Task
from audits.services.locks import IDLE_SECONDS, Lease
from audits.views.showing import viewer_of


def work_context(
    request: HttpRequest,
    task: Task,
    lease: Lease,
    *,
    draft: Draft | None,
    prior_audits: list[Audit],
    session: AuditSession | None = None,
    back: str = "",
) -> dict[str, Any]:
    """For audits/parts/workspace_layout.html. Runs no statement."""
    return {
        "task": task,
        "editor": viewer_of(task, request.organization),
        "lock": lease,
        "now": timezone.now(),
        "idle_seconds": int(IDLE_SECONDS),
        "draft": draft and _work_of(draft),
        "refusal": draft.refusal if draft else "",
        "prior_audits": prior_audits,
        "urls": work_urls(request, task, session, back),
        "back": back,
    }


def _work_of(draft: Draft) -> dict[str, Any]:
    work = {"comment": draft.comment, "response": draft.response}
    return work | {name: said for name in ("reasons", "pins") if (said := getattr(draft, name))}


def work_urls(request: HttpRequest, task: Task, session: AuditSession | None, back: str) -> dict[str, str]:
    root = reverse("audits:today", args=[request.organization.slug])
    alone = f"{root}tasks/{task.public_id}/"
    judged = f"{root}audit/{session.public_id}/{task.public_id}/" if session else f"{alone}audit/"
    return {
        "session": f"{root}sessions/{session.public_id}/" if session else back or alone,
        "verdict": f"{judged}verdict/",
        "skip": f"{judged}skip/" if session else "",
        "heartbeat": f"{alone}audit/heartbeat/",
        "release": f"{alone}audit/release/",
        "draft": f"{alone}audit/draft/",
        "task": alone,
        "undo": f"{alone}audit/undo/",
        "flag": f"{alone}audit/flag/",
        "tools": f"{root}audit/tools/",
    }


def draft_of(request: HttpRequest, task: Task) -> Draft | None:
    return Draft.objects.for_organization(request.organization).filter(task_id=task.pk, user_id=request.user.pk).first()


def prior_audits_of(task: Task) -> list[Audit]:
    audits = Audit.objects.for_organization(task.organization).filter(task_id=task.pk).standing()
    return list(audits.defer("response", "prior_response").select_related("auditor").newest_first())
