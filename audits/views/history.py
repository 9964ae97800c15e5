"""A task's events as a person reads them: who, what, when, what stood before and after."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audits.models import Audit, Task
from audits.task_types.difference import Difference, in_words
from audits.views.showing import Viewer, kind_of, viewer_of
from audits.views.work import shown_pins
from labelops.tenancy.models import Event, EventType, Organization

WORDS = {
    EventType.TASK_CREATED: (_("created the task"), "plus"),
    EventType.TASK_IMPORTED: (_("imported the task"), "upload"),
    EventType.TASK_COMPLETED: (_("completed the task"), "circle-check"),
    EventType.TASK_CANCELED: (_("canceled the task"), "ban"),
    EventType.TASK_ERROR: (_("said that the task cannot be done"), "circle-alert"),
    EventType.TASK_CHANGED: (_("changed the task"), "pencil"),
    EventType.LOCK_ACQUIRED: (_("opened the task for auditing"), "lock"),
    EventType.LOCK_RELEASED: (_("gave the task back"), "lock-open"),
    EventType.LOCK_TAKEN_AWAY: (_("released the lock"), "lock-open"),
    EventType.ITEM_SKIPPED: (_("skipped the task"), "skip-forward"),
    EventType.TASK_AUDIT_REVERTED: (_("took the verdict back"), "undo-2"),
    EventType.TASK_AUDITED_AGAIN: (_("audited it a second time, not knowing the verdict"), "users"),
    EventType.TASK_RECALLED: (_("sent the task back to be done again"), "redo-2"),
    EventType.TASK_FLAGGED: (_("flagged the task"), "flag"),
    EventType.TASK_FLAG_ANSWERED: (_("gave the flagged task back"), "flag-off"),
}
VERDICTS = {"accepted": _("accepted it"), "fixed": _("made changes"), "rejected": _("rejected it")}
# Pictures of changes on one page; further ones have their words.
MOST_PICTURES = 5
# Said by the sentence already, or of no use to a reader.
UNSAID = {"token", "version", "comment", "reason"}


@dataclass(frozen=True)
class Entry:
    """One line of the history. `changes` are (field, before, after)."""

    who: str
    text: str
    at: datetime
    icon: str
    kind: str
    comment: str
    changes: list[tuple[str, str, str]]
    difference: Difference | None
    viewer: Viewer | None = None
    # A verdict that was taken back: it stands here, and in no figure.
    is_reverted: bool = False
    reasons: tuple[str, ...] = ()
    pins: tuple[dict[str, Any], ...] = ()


def history_of(task: Task, events: Iterable[Event], organization: Organization) -> list[Entry]:
    """Newest first. Reads the task's `audits`: fetch them before."""
    audits = {audit.pk: audit for audit in task.known_audits}
    events = list(events)
    fixed = [audit.pk for audit in audits.values() if audit.response][:MOST_PICTURES]
    pictures = {
        pk: viewer_of(task, organization, audits[pk].response, audits[pk].prior_response)
        for pk in (fixed if kind_of(task).draws_changes else [])
    }
    reverted = {event.subject_id for event in events if event.type == EventType.TASK_AUDIT_REVERTED}
    entries = [(event, _entry(task, event, audits, event.subject_id in reverted)) for event in reversed(events)]
    return [
        replace(entry, viewer=pictures.get(event.subject_id) if entry.difference else None) for event, entry in entries
    ]


def _entry(task: Task, event: Event, audits: dict[UUID, Audit], is_reverted: bool) -> Entry:
    audit = audits.get(event.subject_id) if event.type == EventType.TASK_AUDITED else None
    text, icon = WORDS.get(event.type, (event.type.replace(".", " ").replace("_", " "), ""))
    verdict = event.after.get("review_status", "") if event.type == EventType.TASK_AUDITED else ""
    return Entry(
        who=str(event.actor) if event.actor else "LabelOps",
        text=VERDICTS.get(verdict, text),
        at=event.at,
        icon="" if verdict else icon,
        kind=verdict,
        comment=_said(event),
        changes=_changes(event),
        difference=difference_of(task, audit) if audit and audit.response else None,
        is_reverted=is_reverted and event.type == EventType.TASK_AUDITED,
        reasons=tuple(audit.reasons) if audit else (),
        pins=tuple(shown_pins(audit.pins)) if audit else (),
    )


def _said(event: Event) -> str:
    return str(event.after.get("comment") or event.after.get("reason") or "")


def _changes(event: Event) -> list[tuple[str, str, str]]:
    names = [name for name in {**event.before, **event.after} if name not in UNSAID]
    if not event.before.get("review_status"):
        names = [name for name in names if name != "review_status"]  # A first verdict is the sentence itself.
    return [(name.replace("_", " "), _value(event.before, name), _value(event.after, name)) for name in names]


def _value(side: dict[str, Any], name: str) -> str:
    value = side.get(name)
    return in_words(json.dumps(value) if isinstance(value, dict | list) else value) if name in side else "none"


def difference_of(task: Task, audit: Audit) -> Difference:
    return kind_of(task).compare(audit.prior_response, audit.response)
