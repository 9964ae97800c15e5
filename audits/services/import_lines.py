"""Lines that can be written as they stand: where they belong is found once for all of a kind, and put before each."""

from typing import TYPE_CHECKING

from django.db import connection

from audits.importing.quick import QuickLine
from audits.importing.reading import Reading
from audits.services.import_rows import PlacedLine
from labelops.errors import DomainError

if TYPE_CHECKING:
    from audits.services.import_chunks import Run, Spot

KNOWN = "SELECT unique_id FROM audits_task WHERE organization_id = %s AND unique_id = ANY (%s)"
NULL = "\\N"


def place_lines(
    run: "Run", lines: list[QuickLine], readings: list[Reading]
) -> tuple[list[PlacedLine], list[QuickLine]]:
    """What can be written, and what must be read the long way; of the rest the unique_id is known already."""
    ids = [one.unique_id for one in lines]
    if len({*ids, *(one.unique_id for one in readings)}) < len(ids) + len({one.unique_id for one in readings}):
        return [], lines  # Which of two comes first, their order in the file says.
    known = _known(run, ids)
    fresh = [one for one in lines if one.unique_id not in known] if known else lines
    places = _places(run, fresh)
    ready = [one for one in fresh if places[_key(one)] is not None] if None in places.values() else fresh
    run.places.find_performers({one.fields.completed_by for one in ready}, now=run.now)
    placed = [(one.number, one.unique_id, _line(run, one, places[_key(one)])) for one in ready]
    return placed, [one for one in fresh if places[_key(one)] is None] if len(ready) < len(fresh) else []


def _line(run: "Run", one: QuickLine, place: str | None) -> str:
    performer = (run.places.performer_of(one.fields) if one.is_done else None) or NULL
    return f"{place}\t{performer}\t{NULL}\t{one.tail}"


def _key(line: QuickLine) -> tuple[str, str, str]:
    fields = line.fields
    return fields.project, fields.batch, fields.type


def _known(run: "Run", ids: list[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [run.organization.pk, ids])
        return {id for (id,) in cursor.fetchall()}


def _places(run: "Run", lines: list[QuickLine]) -> dict[tuple[str, str, str], str | None]:
    """By project, batch and type the cells that name them; None where the long way must look."""
    return {key: _place(run, line) for key, line in {_key(line): line for line in lines}.items()}


def _place(run: "Run", line: QuickLine) -> str | None:
    try:
        spot: Spot = run.spot_of(line.fields)
    except DomainError:
        return None  # Its sentence belongs to each of them.
    if spot.version and (spot.version.params or spot.version.instruction):
        return None  # Behind a task's own parameters come the project's.
    if spot.batch_id:
        run.batches.add(spot.batch_id)
    cells = (spot.project_id, spot.version and spot.version.version, spot.batch_id)
    return "\t".join([NULL if cell is None else str(cell) for cell in cells])
