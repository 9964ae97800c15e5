"""Lines that can be written as they stand: where they belong is found once for all of a kind, and put before each.

Where that is remembered from the chunks before, the reader's thread makes the whole of what COPY is given while the
chunk before is being written: then the database never waits for Python.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from audits.importing.quick import QuickLine, Where, array_text
from audits.importing.reading import Chunk, Reading
from audits.services.import_rows import PlacedLine, Staged, insert_staged, stage
from labelops.errors import DomainError

if TYPE_CHECKING:
    from audits.services.import_chunks import Run

KNOWN = "SELECT unique_id FROM audits_task WHERE organization_id = %s AND unique_id = ANY (%s::text[])"
NULL = "\\N"
# Seconds. Readers of the events look for them by the time in their ids.
FRESH = 10.0
MOST_WHERES = 50_000


@dataclass(frozen=True, slots=True)
class Ready:
    """A chunk as COPY wants it; good as long as nothing that it names was undone, and while its ids are new."""

    staged: Staged
    unique_ids: str
    generation: int
    made_at: float


def make_ready(run: "Run", chunk: Chunk) -> Ready | None:
    """In the reader's thread, so without the database. None where something must be looked up first."""
    generation, prefixes = run.generation, run.prefixes
    ids = tuple(one.unique_id for one in chunk.lines)
    if chunk.readings or len(set(ids)) < len(ids) or not prefixes.keys() >= {one.where for one in chunk.lines}:
        return None
    try:
        placed = [(one.number, one.unique_id, prefixes[one.where] + one.tail) for one in chunk.lines]
    except KeyError:  # Forgotten meanwhile.
        return None
    staged = stage(placed, chunk.ids)
    return Ready(staged, array_text(ids), generation, time.monotonic())


def write_ready(run: "Run", ready: Ready) -> list[str] | None:
    """Ids of the new tasks; None, and nothing written, where it is not good any more or one of its tasks is known."""
    if ready.generation != run.generation or time.monotonic() - ready.made_at > FRESH:
        return None
    if _known(run, ready.unique_ids):
        return None
    return insert_staged(ready.staged, task_import=run.task_import, now=run.now)


def place_lines(
    run: "Run", lines: list[QuickLine], readings: list[Reading]
) -> tuple[list[PlacedLine], list[QuickLine]]:
    """What can be written, and what must be read the long way; of the rest the unique_id is known already."""
    ids, others = {one.unique_id for one in lines}, {one.unique_id for one in readings}
    if len(ids) < len(lines) or ids & others:
        return [], lines  # Which of two comes first, their order in the file says.
    known = _known(run, array_text(ids))
    fresh = [one for one in lines if one.unique_id not in known]
    run.places.find_performers({one.fields.completed_by for one in fresh}, now=run.now)
    prefixes = _prefixes(run, fresh)
    found = [(one, prefixes[one.where]) for one in fresh]
    placed = [(one.number, one.unique_id, prefix + one.tail) for one, prefix in found if prefix]
    return placed, [one for one, prefix in found if not prefix]


def _known(run: "Run", unique_ids: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [run.organization.pk, unique_ids])
        return {id for (id,) in cursor.fetchall()}


def _prefixes(run: "Run", lines: list[QuickLine]) -> dict[Where, str]:
    """By where they belong the cells that name it; empty where the long way must look."""
    if len(run.prefixes) > MOST_WHERES:
        run.prefixes.clear()
    found = {}
    for where, line in {one.where: one for one in lines}.items():
        found[where] = run.prefixes.get(where) or _prefix(run, line)
        if found[where]:
            run.prefixes[where] = found[where]
    return found


def _prefix(run: "Run", line: QuickLine) -> str:
    try:
        spot = run.spot_of(line.fields)
    except DomainError:
        return ""  # Its sentence belongs to each of them.
    if spot.version and (spot.version.params or spot.version.instruction):
        return ""  # Behind a task's own parameters come the project's.
    if spot.batch_id:
        run.batches.add(spot.batch_id)
    performer = run.places.performer_of(line.fields) if line.is_done else None
    cells = (spot.project_id, spot.version and spot.version.version, spot.batch_id, performer, None)
    return "".join([f"{NULL if cell is None else cell}\t" for cell in cells])
