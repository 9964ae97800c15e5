"""Tasks and their events into the database, many in one statement. (COPY is refused under row-level security.)"""

import json
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, connection, transaction

from audits.importing.records import Record
from audits.models import TaskImport
from labelops.tenancy.models import EventType

COLUMNS = {
    "id": "uuid", "event_id": "uuid", "type": "text", "status": "text", "instruction": "text", "params": "text",
    "metadata": "text", "response": "text", "tags": "text", "unique_id": "text", "callback_url": "text",
    "project_id": "uuid", "project_version": "integer", "batch_id": "uuid", "completed_by_id": "uuid",
    "completed_at": "text", "created_at": "text",
}  # fmt: skip
# In the order of unique_id: two imports of the same ids then never wait for each other in a circle.
INSERT = f"""
WITH given ({", ".join(COLUMNS)}) AS (
    SELECT * FROM unnest({", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())})
), new AS (
    INSERT INTO audits_task (id, organization_id, type, status, instruction, params, metadata, response, tags,
                             unique_id, callback_url, project_id, project_version, batch_id, completed_by_id,
                             completed_at, created_at, updated_at, urgency, prior_responses, review_status, version,
                             callback_sequence)
    SELECT id, %s, type, status, instruction, params::jsonb, metadata::jsonb, response::jsonb, tags::text[], unique_id,
           callback_url, project_id, project_version, batch_id, completed_by_id, completed_at::timestamptz,
           created_at::timestamptz, %s, 'standard', '[]'::jsonb, '', 0,
           CASE WHEN %s AND status = 'completed' THEN 1 ELSE 0 END
      FROM given ORDER BY unique_id
    ON CONFLICT (organization_id, unique_id) WHERE unique_id IS NOT NULL DO NOTHING
    RETURNING id
), told AS (
    INSERT INTO audits_event (id, organization_id, type, at, actor_id, task_id, subject_id, before, after)
    SELECT event_id, %s, %s, %s, %s, id, %s, '{{}}'::jsonb, jsonb_build_object('status', status)
      FROM given JOIN new USING (id)
)
SELECT id FROM new
"""  # noqa: S608


@dataclass(slots=True)
class TaskRow:
    """One task as text and ids; a field for each of COLUMNS."""

    id: str
    event_id: str
    type: str
    status: str
    instruction: str
    params: str
    metadata: str
    response: str | None
    tags: str | None
    unique_id: str | None
    callback_url: str
    project_id: str | None
    project_version: int | None
    batch_id: str | None
    completed_by_id: str | None
    completed_at: str | None
    created_at: str


def json_text(value: Any) -> str:
    """Compact JSON; ValueError for a number that JSON has no way to write."""
    return _encode(value)


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def array_text(texts: list[str] | None) -> str | None:
    """A PostgreSQL array of texts."""
    if texts is None:
        return None
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


_cells = attrgetter(*COLUMNS)


def insert_rows(
    pairs: list[tuple[Record, TaskRow]], *, task_import: TaskImport, now: datetime
) -> tuple[list[UUID], list[tuple[Record, str]]]:
    """Ids of the new tasks, and the records that the database refused with the reason; the rest were duplicates.

    What the checks before let through is found by halving: one bad row never costs the others.
    """
    if not pairs:
        return [], []
    try:
        with transaction.atomic():
            return _insert([row for _, row in pairs], task_import=task_import, now=now), []
    except (DataError, IntegrityError) as error:
        if len(pairs) == 1:
            reason = str(error).partition("\n")[0][:300]
            return [], [(pairs[0][0], f"The database cannot store the task: {reason}.")]
    middle = len(pairs) // 2
    halves = [insert_rows(half, task_import=task_import, now=now) for half in (pairs[:middle], pairs[middle:])]
    return halves[0][0] + halves[1][0], halves[0][1] + halves[1][1]


def _insert(rows: list[TaskRow], *, task_import: TaskImport, now: datetime) -> list[UUID]:
    columns = [list(column) for column in zip(*map(_cells, rows), strict=True)]
    organization, actor = str(task_import.organization_id), task_import.created_by_id
    event = [organization, EventType.TASK_IMPORTED, now, str(actor) if actor else None, str(task_import.pk)]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [*columns, organization, now, task_import.notify, *event])
        return [row[0] for row in cursor.fetchall()]
