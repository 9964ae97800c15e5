"""The next task as the few facts in which its workspace differs from the one on the screen: the hot path's answer.

A page that shows a task of the same type and project needs no more; static/js/parts/audit/next.js puts them in place.
What has more to say (an earlier audit, a draft) comes as the whole template.
"""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.models import AuditSession, Task
from audits.services.sessions import Claimed
from audits.views.showing import viewer_of
from audits.views.work import work_urls
from audits.wire import instant

URLS_IN_DATA = ("heartbeat", "release", "draft", "task", "undo", "flag", "skip")


def shell_of(task: Task) -> str:
    """Names everything around a task that others of its kind share: the editor, the project's name."""
    return f"{task.type} {task.project_id.hex if task.project_id else '-'}"


def is_plain(claimed: Claimed) -> bool:
    task = claimed.task
    return not (claimed.draft or task.prior_responses or task.may_have_audits)


def next_task(request: HttpRequest, session: AuditSession, claimed: Claimed, judged: int) -> HttpResponse:
    """What audits/parts/workspace_layout.html says of a plain task; `judged` of the session's are done."""
    facts = {**_work(request, session, claimed), "texts": _texts(session, claimed.task, judged)}
    return HttpResponse(json.dumps(facts), content_type="application/json")


def _work(request: HttpRequest, session: AuditSession, claimed: Claimed) -> dict[str, Any]:
    task, lock, editor = claimed.task, claimed.lease, viewer_of(claimed.task, request.organization)
    urls = work_urls(request, task, session, "")
    return {
        "name": _("Audit of %(task)s") % {"task": _label(task)},
        "data": {
            "taskId": task.public_id, "version": task.version, "lockToken": lock.token,
            "lockExpiresAt": lock.expires_at.isoformat(), "serverNow": instant(timezone.now()),
            **{f"{name}Url": urls[name] for name in URLS_IN_DATA},
        },
        "fields": {"lock_token": lock.token, "version": task.version},
        "urls": {name: urls[name] for name in ("verdict", "skip", "task")},
        "times": {"completed_at": instant(task.completed_at)},
        "editor": {"params": editor.params, "response": editor.response, "attachmentUrl": editor.attachment_url},
    }  # fmt: skip


def _texts(session: AuditSession, task: Task, judged: int) -> dict[str, Any]:
    return {
        "label": _label(task), "short_id": f"{task.public_id[:13]}…", "instruction": task.instruction,
        "judged": judged, "total": session.progress.total, "completed_by": str(task.completed_by or ""),
    }  # fmt: skip


def _label(task: Task) -> str:
    return task.unique_id or task.public_id
