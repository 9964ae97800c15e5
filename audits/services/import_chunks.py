"""One chunk of an import: its records become tasks, duplicates or refusals, all in the caller's transaction."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import DataError, IntegrityError, transaction

from audits.announce import announce_task
from audits.importing.fields import TaskFields
from audits.importing.quick import Fields, QuickLine, Where, array_text
from audits.importing.reading import Chunk, Reading
from audits.importing.records import Record
from audits.models import Project, ProjectVersion, RefusedLine, Task, TaskImport
from audits.services.attachments import AttachmentFolder
from audits.services.import_lines import place_lines, write_ready
from audits.services.import_places import Places
from audits.services.import_rows import TaskRow, insert_rows, json_text
from audits.task_types import task_type
from audits.task_types.base import TaskType
from labelops.errors import DomainError, InvalidInput
from labelops.tenancy.models import EventType, Organization

# Of a refused record's text, and of unknown keys: enough to find them again.
LONGEST_RECORD_SHOWN = 10_000
MOST_UNKNOWN = 50
MOST_SPOTS = 20_000


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the tasks of one project, batch and type belong; the ids in digits, as they are written."""

    kind: TaskType
    version: ProjectVersion | None
    project_id: str | None
    batch_id: str | None


@dataclass
class Run:
    """An import on its way: what it may remember from one chunk to the next."""

    task_import: TaskImport
    organization: Organization
    places: Places
    folder: AttachmentFolder | None
    now: datetime
    unknown: set[str] = field(default_factory=set)
    batches: set[str] = field(default_factory=set)
    # Of lines by where they belong: what is written before each. The reader's thread looks at it too.
    prefixes: dict[Where, str] = field(default_factory=dict)
    # How often something was undone: what was made before may name rows that are gone.
    generation: int = 0
    _spots: dict[tuple[str, str, str], Spot] = field(default_factory=dict)

    def spot_of(self, fields: TaskFields | Fields) -> Spot:
        """The same few come again and again. Raises InvalidInput, NotFound (unknown type)."""
        key = (fields.project, fields.batch, fields.type)
        found = self._spots.get(key)
        if found is None:
            if len(self._spots) > MOST_SPOTS:
                self._spots.clear()
            found = self._spots[key] = self._find_spot(fields)
        return found

    def _find_spot(self, fields: TaskFields | Fields) -> Spot:
        project, version = self.places.project_of(fields, now=self.now)
        batch = self.places.batch_of(fields, project, now=self.now)
        return Spot(
            task_type(_type(fields, project)), version, project.pk.hex if project else None,
            batch.pk.hex if batch else None,
        )  # fmt: skip

    def forget(self) -> None:
        self.generation += 1
        self.prefixes.clear()
        self.places.forget()
        self._spots.clear()
        if self.folder:
            self.folder.forget()


@dataclass
class Tally:
    imported: int = 0
    duplicates: int = 0
    refused: int = 0


def write_chunk(run: Run, chunk: Chunk) -> Tally:
    """Write what can be written. The rows, the refusals and the events stand or fall with the transaction around."""
    if chunk.lines:
        try:
            with transaction.atomic():
                return _write_ready(run, chunk) or _write(run, chunk.lines, chunk)
        except (DataError, IntegrityError):
            # Something that only the database sees: which record it is, is found out the long way.
            run.forget()
    return _write(run, [], replace(chunk, lines=[], readings=chunk.read_long(chunk.lines, now=run.now)))


def _write_ready(run: Run, chunk: Chunk) -> Tally | None:
    imported = write_ready(run, chunk.ready) if chunk.ready else None
    if imported is None:
        return None
    if run.task_import.notify:
        _announce(run, imported)
    return Tally(len(imported))


def _write(run: Run, lines: list[QuickLine], chunk: Chunk) -> Tally:
    placed, others = place_lines(run, lines, chunk.readings)
    readings = chunk.read_long(others, now=run.now) if others else chunk.readings
    fresh = _without_known(run, readings)
    refused = [(one.record, one.error) for one in fresh if one.fields is None]
    pairs = _rows(run, [one for one in fresh if one.fields is not None], refused)
    imported, unfit = insert_rows(pairs, ids=chunk.ids, task_import=run.task_import, now=run.now, lines=placed)
    refused += unfit
    _keep_refused(run, refused)
    if run.task_import.notify:
        _announce(run, imported)
    return Tally(len(imported), len(lines) + len(chunk.readings) - len(imported) - len(refused), len(refused))


def _without_known(run: Run, readings: list[Reading]) -> list[Reading]:
    """Those whose unique_id nobody has: of the others nothing else matters."""
    wanted = [one.unique_id for one in readings if one.unique_id]
    tasks = Task.objects.for_organization(run.organization).with_unique_ids(wanted)
    known = set(tasks.values_list("unique_id", flat=True)) if wanted else set()
    fresh = []
    for one in readings:
        if one.unique_id is None:
            fresh.append(one)
        elif one.unique_id not in known:
            fresh.append(one)
            known.add(one.unique_id)
    return fresh


def _rows(run: Run, readings: list[Reading], refused: list[tuple[Record, str]]) -> list[tuple[Record, TaskRow]]:
    run.places.find_performers({one.fields.completed_by for one in readings}, now=run.now)
    pairs = []
    for one in readings:
        try:
            pairs.append((one.record, _row(run, one.fields, one.record)))
        except DomainError as error:
            refused.append((one.record, error.message))
    return pairs


def _row(run: Run, fields: TaskFields, record: Record) -> TaskRow:
    """The checked row. Raises InvalidInput, NotFound (unknown type)."""
    spot = run.spot_of(fields)
    params, instruction = _inherited(fields, spot.version)
    spot.kind.check_params(params)
    if fields.response is not None:
        spot.kind.check_response(params, fields.response)
    if run.folder:
        params = run.folder.with_references(params, now=run.now)
    try:
        texts = _json_columns(fields, params, record)
    except ValueError as error:
        raise InvalidInput("A number in the record is too large.") from error
    return _filled(run, fields, spot, texts, instruction)


def _json_columns(fields: TaskFields, params: dict, record: Record) -> dict[str, str | None]:
    """`raw`, and of params, metadata and response what cannot be taken out of it as it stands."""
    value = record.value or {}
    kept = {name: value.get(name) is not None for name in ("params", "metadata", "response")}
    # A list's element or a line is JSON by itself; a CSV's row is none.
    if record.is_json and kept["params"] and params is value["params"]:
        metadata = fields.metadata if kept["metadata"] else {}
        as_it_stands = metadata is value.get("metadata") or not fields.metadata
        return {"raw": record.raw, "params": None, "response": None,
                "metadata": None if as_it_stands else json_text(fields.metadata)}  # fmt: skip
    return {"raw": None, "params": json_text(params), "metadata": json_text(fields.metadata),
            "response": _optional_json(fields.response)}  # fmt: skip


def _type(fields: TaskFields, project: Project | None) -> str:
    if fields.type or project:
        return fields.type or project.type
    raise InvalidInput("type is missing, and no project is named that would say it.")


def _inherited(fields: TaskFields, version: ProjectVersion | None) -> tuple[dict, str]:
    """The project's parameters behind the task's own; a file that this product wrote has them already."""
    if version is None or not (version.params or version.instruction):
        return fields.params, fields.instruction
    texts = (fields.instruction, "" if version.instruction in fields.instruction else version.instruction)
    return {**version.task_params, **fields.params}, "\n\n".join(text for text in texts if text)


def _filled(run: Run, fields: TaskFields, spot: Spot, texts: dict[str, str | None], instruction: str) -> TaskRow:
    done = fields.status == Task.Status.COMPLETED
    completed_at = (fields.completed_at or max(run.now, fields.created_at or run.now)) if done else None
    if spot.batch_id:
        run.batches.add(spot.batch_id)
    if fields.unknown:
        run.unknown |= fields.unknown
    return TaskRow(
        type=spot.kind.name, status=fields.status, instruction=instruction, tags=_optional_array(fields.tags),
        unique_id=fields.unique_id, callback_url=run.task_import.callback_url or fields.callback_url,
        project_id=spot.project_id, batch_id=spot.batch_id,
        project_version=spot.version.version if spot.version else None,
        completed_by_id=run.places.performer_of(fields) if done else None,
        completed_at=completed_at.isoformat() if completed_at else None,
        created_at=(fields.created_at or completed_at or run.now).isoformat(), **texts,
    )  # fmt: skip


def _optional_array(texts: list[str] | None) -> str | None:
    return None if texts is None else array_text(texts)


def _optional_json(value: dict | None) -> str | None:
    return None if value is None else json_text(value)


def _keep_refused(run: Run, refused: list[tuple[Record, str]]) -> None:
    RefusedLine.objects.bulk_create(
        RefusedLine(
            organization=run.organization, task_import=run.task_import, line=record.number,
            reason=_storable(reason), record=_storable(record.raw[:LONGEST_RECORD_SHOWN]),
        )
        for record, reason in sorted(refused, key=lambda pair: pair[0].number)
    )  # fmt: skip


def _storable(text: str) -> str:
    """What PostgreSQL's text can hold: no NUL, no byte that was no UTF-8."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _announce(run: Run, imported: list[UUID]) -> None:
    ended = {Task.Status.COMPLETED: EventType.TASK_COMPLETED, Task.Status.ERROR: EventType.TASK_ERROR}
    done = Task.objects.for_organization(run.organization).filter(pk__in=imported, status__in=ended)
    for task in done.with_names().with_audits().order_by("id"):
        announce_task(task, type=ended[task.status], organization=run.organization, now=run.now)
