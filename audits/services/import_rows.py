"""Tasks and their events into the database, thousands at a time.

COPY is refused under row-level security, but not into a temporary table; one statement each takes tasks and events from
there. What a record says of params, metadata and response is taken out of its own text by PostgreSQL, unless it was
changed on the way.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from audits.importing.records import Record
from audits.models import TaskImport
from labelops.tenancy.identifiers import uuid7_texts
from labelops.tenancy.models import EventType

# The last ones are `TAIL` of audits/importing/quick.py.
COLUMNS = {
    "project_id": "uuid", "project_version": "integer", "batch_id": "uuid", "completed_by_id": "uuid", "raw": "jsonb",
    "type": "text", "status": "text", "instruction": "text", "params": "jsonb", "metadata": "jsonb",
    "response": "jsonb", "tags": "text[]", "unique_id": "text", "callback_url": "text", "completed_at": "timestamptz",
    "created_at": "timestamptz",
}  # fmt: skip
IDS = {"id": "uuid", "event_id": "uuid"}
# Made once in a connection, empty in each transaction. Other columns need another name: connections live long.
STAGE = "pg_temp.audits_import_stage_1"
CREATE = "CREATE TEMPORARY TABLE IF NOT EXISTS audits_import_stage_1 ({}) ON COMMIT DELETE ROWS".format(
    ", ".join(f"{name} {kind}" for name, kind in (IDS | COLUMNS).items())
)
COPY = f"COPY {STAGE} ({', '.join(IDS | COLUMNS)}) FROM STDIN"
TASKS = f"""
INSERT INTO audits_task (id, organization_id, type, status, instruction, params, metadata, response, tags,
                         unique_id, callback_url, project_id, project_version, batch_id, completed_by_id,
                         completed_at, created_at, updated_at, urgency, prior_responses, review_status, version,
                         callback_sequence)
SELECT id, %s, type, status, instruction, coalesce(params, raw -> 'params'),
       coalesce(metadata, nullif(raw -> 'metadata', 'null'), '{{}}'),
       coalesce(response, nullif(raw -> 'response', 'null')), tags, unique_id, callback_url, project_id,
       project_version, batch_id, completed_by_id, completed_at, created_at, %s, 'standard', '[]', '', 0,
       CASE WHEN %s AND status = 'completed' THEN 1 ELSE 0 END
  FROM {STAGE}
"""  # noqa: S608
# Somebody else may be importing the same ids: then only what is new to both is taken.
OVERLAPPING = TASKS + " ON CONFLICT (organization_id, unique_id) WHERE unique_id IS NOT NULL DO NOTHING RETURNING id"
EVENTS = f"""
INSERT INTO audits_event (id, organization_id, type, at, actor_id, task_id, subject_id, before, after)
SELECT event_id, %s, %s, %s, %s, id, %s, '{{}}',
       CASE status WHEN 'completed' THEN '{{"status": "completed"}}' ELSE jsonb_build_object('status', status) END
  FROM {STAGE}
"""  # noqa: S608


# Where it stands in the file, its unique_id, and what stands in COPY's line behind the ids.
PlacedLine = tuple[int, str, str]


@dataclass(slots=True)
class TaskRow:
    """One task as text and ids; a field for each of COLUMNS. `raw`: the record, where its JSON columns stand in it."""

    type: str
    status: str
    instruction: str
    raw: str | None
    params: str | None
    metadata: str | None
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


Pair = tuple[Record, TaskRow]


def json_text(value: Any) -> str:
    """Compact JSON; ValueError for a number that JSON has no way to write."""
    return _encode(value)


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


_cells = attrgetter(*COLUMNS)
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def _line(row: TaskRow) -> str:
    """The end of a line of COPY's text format. Escapes are looked for once in the whole line: mostly there is none."""
    cells = _cells(row)
    text = "".join([cell for cell in cells if type(cell) is str])
    if "\\" in text or "\n" in text or "\t" in text or "\r" in text:
        cells = tuple(cell.translate(_ESCAPES) if type(cell) is str else cell for cell in cells)
    return "\t".join(["\\N" if cell is None else str(cell) for cell in cells])


def insert_rows(
    pairs: list[Pair],
    *,
    ids: list[str],
    task_import: TaskImport,
    now: datetime,
    lines: Sequence[PlacedLine] = (),
) -> tuple[list[str], list[tuple[Record, str]]]:
    """Ids of the new tasks, and the records that the database refused with the reason; the rest were duplicates.

    `ids`: for the new ones, at least as many. What the checks before let through is found by halving: one bad row never
    costs the others. With `lines` it is the caller's to come again without them: DataError, IntegrityError.
    """
    if not pairs and not lines:
        return [], []
    staged = stage([*lines, *((record.number, row.unique_id or "", _line(row)) for record, row in pairs)], ids)
    if lines:
        return insert_staged(staged, task_import=task_import, now=now), []
    for insert in (insert_staged, _insert_overlapping):
        try:
            with transaction.atomic():
                return insert(staged, task_import=task_import, now=now), []
        except (DataError, IntegrityError) as error:
            refusal = error
    if len(pairs) == 1:
        reason = str(refusal).partition("\n")[0][:300]
        return [], [(pairs[0][0], f"The database cannot store the task: {reason}.")]
    middle = len(pairs) // 2
    parts = ((pairs[:middle], ids[:middle]), (pairs[middle:], ids[middle:]))
    halves = [insert_rows(half, ids=own, task_import=task_import, now=now) for half, own in parts]
    return halves[0][0] + halves[1][0], halves[0][1] + halves[1][1]


@dataclass(frozen=True, slots=True)
class Staged:
    """`ids` of the tasks in the order of the file; `text`: what COPY is given."""

    ids: list[str]
    text: bytes


def _short_first(line: tuple[str, str, str]) -> tuple[int, str]:
    return len(line[0]), line[0]


def stage(lines: list[PlacedLine], ids: list[str]) -> Staged:
    """With `ids` for the tasks, at least as many, in the order of the file."""
    lines.sort(key=itemgetter(0))
    tasks = ids[: len(lines)]
    found = list(zip(map(itemgetter(1), lines), tasks, map(itemgetter(2), lines), strict=True))
    # In an order of unique_id: two imports of the same ids then never wait for each other in a circle. The short ones
    # first, so that numbered ones stay as they mostly are: what is written in the order of its id fills its pages.
    found.sort(key=_short_first)
    # The events' ids grow in the order in which they are written: each then goes to its index's end.
    events = uuid7_texts(len(lines))
    texts = [f"{id}\t{event}\t{line}" for (_, id, line), event in zip(found, events, strict=True)]
    return Staged(tasks, "\n".join(texts).encode())


def _stage(cursor: Any, staged: Staged) -> None:
    cursor.execute(CREATE)
    cursor.execute(f"DELETE FROM {STAGE}")  # noqa: S608  (what an earlier part of this chunk left)
    with connection.wrap_database_errors:
        cursor.copy_expert(COPY, io.BytesIO(staged.text), 1 << 20)


def insert_staged(staged: Staged, *, task_import: TaskImport, now: datetime) -> list[str]:
    """All of them: nobody else has one of their ids. Raises DataError, IntegrityError."""
    with connection.cursor() as cursor:
        _stage(cursor, staged)
        cursor.execute(TASKS, [task_import.organization_id, now, task_import.notify])
        _tell(cursor, task_import, now)
    return staged.ids


def _insert_overlapping(staged: Staged, *, task_import: TaskImport, now: datetime) -> list[str]:
    with connection.cursor() as cursor:
        _stage(cursor, staged)
        cursor.execute(OVERLAPPING, [task_import.organization_id, now, task_import.notify])
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"DELETE FROM {STAGE} WHERE id <> ALL(%s::uuid[])", [ids])  # noqa: S608
        _tell(cursor, task_import, now)
    return ids


def _tell(cursor: Any, task_import: TaskImport, now: datetime) -> None:
    actor = task_import.created_by_id
    values = [task_import.organization_id, EventType.TASK_IMPORTED, now, actor, task_import.pk]
    cursor.execute(EVENTS, values)
