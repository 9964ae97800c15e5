"""Common errors: the reasons that audits name most, and the comments that come again."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import connection

from reports.selecting import Selection

# Of the audited tasks, those completed last: the look stays as short as this however many there are.
LOOKED_AT = 2000
SHOWN = 8
REMARKS = """
SELECT a.task_id, a.verdict, a.comment, to_json(a.reasons), a.audited_at
  FROM audits_audit a
 WHERE a.organization_id = %(organization)s AND a.task_id = ANY (%(tasks)s::uuid[]) AND a.reverted_at IS NULL
   AND (a.comment <> '' OR a.reasons <> '{}') AND (%(auditor)s::uuid IS NULL OR a.auditor_id = %(auditor)s::uuid)
 ORDER BY a.audited_at DESC
"""


@dataclass(frozen=True)
class Comment:
    """One text, how often it was written, and the last task it was written on."""

    text: str
    verdict: str
    number: int
    task_id: UUID
    audited_at: datetime


@dataclass(frozen=True)
class Remarks:
    """`looked_at` tasks; `is_all` where these were all that were audited."""

    reasons: list[tuple[str, int]]
    comments: list[Comment]
    looked_at: int
    is_all: bool

    @property
    def most(self) -> int:
        return self.reasons[0][1] if self.reasons else 0


def remarks_of(selection: Selection) -> Remarks:
    """Of the newest audited tasks of the selection. Two statements."""
    facts = selection.rows() if selection.is_counted else selection.facts
    newest = facts.filter(reviews__gt=0).order_by("-completed_at", "-id")
    tasks = list(newest.values_list("pk", flat=True)[: LOOKED_AT + 1])
    reasons: Counter[str] = Counter()
    comments: dict[tuple[str, str], Comment] = {}
    numbers: Counter[tuple[str, str]] = Counter()
    for task_id, verdict, text, named, audited_at in _rows(selection, tasks[:LOOKED_AT]):
        reasons.update(named)
        key = (" ".join(text.lower().split()), verdict)
        if key[0]:
            numbers[key] += 1
            comments.setdefault(key, Comment(text.strip(), verdict, 0, task_id, audited_at))
    found = [replace(comments[key], number=number) for key, number in numbers.most_common(SHOWN)]
    return Remarks(reasons.most_common(SHOWN), found, min(len(tasks), LOOKED_AT), len(tasks) <= LOOKED_AT)


def _rows(selection: Selection, tasks: list[UUID]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(REMARKS, {"organization": selection.organization.pk, "tasks": tasks,
                                 "auditor": selection.auditor_id})  # fmt: skip
        return cursor.fetchall()
