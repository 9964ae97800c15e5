"""The one list of what callbacks tell of: type -> when it is sent. Pages, the API and subscriptions read it."""

from typing import Final

TEST: Final = "endpoint.test"

# What endpoints can subscribe to, in the order in which pages show it.
EVENT_TYPES: Final[dict[str, str]] = {
    "task.completed": "A task got its response.",
    "task.audited": "An auditor accepted, fixed or rejected a completed task.",
    "task.audit_reverted": "A task's last audit was taken back.",
    "task.recalled": "A completed task was taken back into work (redo).",
    "task.canceled": "A task was canceled.",
    "task.error": "A task cannot be done.",
    "batch.completed": "All tasks of a batch are done.",
}
