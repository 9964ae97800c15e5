"""What the workspace's template shows of one held task, in a session or by itself."""

import json
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audits.models import Audit, AuditSession, Draft, Task
from audits.pins import place_in_words
from audits.services.locks import IDLE_SECONDS, Lease
from audits.views.showing import viewer_of

SKIP_PRESETS = (
    _("I cannot decide this"), _("I lack the knowledge for it"), _("The instruction does not say"),
    _("It does not load or cannot be read"), _("It is the wrong kind of task"),
)  # fmt: skip


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
        "skip_presets": SKIP_PRESETS,
    }


def _work_of(draft: Draft) -> dict[str, Any]:
    work = {"comment": draft.comment, "response": draft.response}
    return work | {name: said for name in ("reasons", "pins") if (said := getattr(draft, name))}


def work_urls(request: HttpRequest, task: Task, session: AuditSession | None, back: str) -> dict[str, str]:
    root = root_of(request.organization.slug, get_script_prefix())
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


@lru_cache(maxsize=1000)
def root_of(slug: str, prefix: str) -> str:
    """The organization's address; `prefix` is where the site itself stands."""
    return reverse("audits:today", args=[slug])


def draft_of(request: HttpRequest, task: Task) -> Draft | None:
    return Draft.objects.for_organization(request.organization).filter(task_id=task.pk, user_id=request.user.pk).first()


def prior_audits_of(task: Task) -> list[Audit]:
    audits = Audit.objects.for_organization(task.organization).filter(task_id=task.pk).standing()
    found = list(audits.defer("response", "prior_response").select_related("auditor").newest_first())
    for audit in found:
        audit.pins = shown_pins(audit.pins)
    return found


def shown_pins(pins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For templates/audits/parts/remarks.html: with the place in words, and as the viewer's script takes it."""
    return [
        {"comment": pin["comment"], "place": place_in_words(pin["target"]), "shown": json.dumps(pin["target"])}
        for pin in pins
        if isinstance(pin, dict) and "target" in pin
    ]
