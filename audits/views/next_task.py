"""The next task as the few facts in which its workspace differs from the one on the screen: the hot path's answer.

A page that shows a task of the same type and project needs no more; static/js/parts/audit/next.js puts them in place.
What has more to say (an earlier audit, a draft) comes as the whole template.
"""

import json
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from audits.models import Task
from audits.wire import instant


def shell_of(task: Task) -> str:
    """Names everything around a task that others of its kind share: the editor, the project's name."""
    return f"{task.type} {task.project_id.hex if task.project_id else '-'}"


def is_plain(context: dict[str, Any]) -> bool:
    return not (context["prior_audits"] or context["draft"] or context["editor"].prior is not None)


def next_task(context: dict[str, Any]) -> HttpResponse:
    """`context` as audits/parts/workspace_layout.html reads it."""
    return HttpResponse(json.dumps(_facts(context)), content_type="application/json")


def _facts(context: dict[str, Any]) -> dict[str, Any]:
    task, lock, editor, urls = context["task"], context["lock"], context["editor"], context["urls"]
    label = task.unique_id or task.public_id
    return {
        "name": _("Audit of %(task)s") % {"task": label},
        "data": {
            "taskId": task.public_id, "version": task.version, "lockToken": lock.token,
            "lockExpiresAt": lock.expires_at.isoformat(), "serverNow": instant(context["now"]),
            "heartbeatUrl": urls["heartbeat"], "releaseUrl": urls["release"], "draftUrl": urls["draft"],
            "taskUrl": urls["task"], "undoUrl": urls["undo"], "flagUrl": urls["flag"], "skipUrl": urls["skip"],
        },
        "fields": {"lock_token": lock.token, "version": task.version},
        "urls": {name: urls[name] for name in ("verdict", "skip", "task")},
        "texts": {
            "label": label, "short_id": f"{task.public_id[:13]}…", "instruction": task.instruction,
            "judged": context["session"]["judged"], "total": context["session"]["total"],
            "completed_by": str(task.completed_by or ""),
        },
        "times": {"completed_at": instant(task.completed_at)},
        "editor": {"params": editor.params, "response": editor.response, "attachmentUrl": editor.attachment_url},
    }  # fmt: skip
