"""One chunk of an import: its records become tasks, duplicates or refusals, all in the caller's transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from audits.announce import announce_task
from audits.importing.fields import TaskFields, read_fields, unique_id_of
from audits.importing.records import Record
from audits.models import Batch, Project, ProjectVersion, RefusedLine, Task, TaskImport
from audits.services.attachments import AttachmentFolder
from audits.services.import_places import Places
from audits.services.import_rows import TaskRow, array_text, insert_rows, json_text
from audits.task_types import task_type
from labelops.errors import DomainError, InvalidInput
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Organization

# Of a refused record's text, and of unknown keys: enough to find them again.
LONGEST_RECORD_SHOWN = 10_000
MOST_UNKNOWN = 50


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

    def forget(self) -> None:
        self.places.forget()
        if self.folder:
            self.folder.forget()


@dataclass
class Tally:
    imported: int = 0
    duplicates: int = 0
    refused: int = 0


def write_chunk(run: Run, records: list[Record]) -> Tally:
    """Write what can be written. The rows, the refusals and the events stand or fall with the transaction around."""
    refused = [(record, record.error) for record in records if record.error]
    fresh, duplicates = _without_known(run, records, refused)
    pairs = _rows(run, fresh, refused)
    imported, unfit = insert_rows(pairs, task_import=run.task_import, now=run.now)
    refused += unfit
    _keep_refused(run, refused)
    if run.task_import.notify:
        _announce(run, imported)
    return Tally(len(imported), duplicates + len(pairs) - len(imported) - len(unfit), len(refused))


def _without_known(run: Run, records: list[Record], refused: list[tuple[Record, str]]) -> tuple[list[Record], int]:
    """The records whose unique_id nobody has, and how many others there are: those need no look at all."""
    named = []
    for record in records:
        if record.value is not None:
            try:
                named.append((record, unique_id_of(record.value)))
            except InvalidInput as error:
                refused.append((record, error.message))
    wanted = [unique_id for _, unique_id in named if unique_id]
    tasks = Task.objects.for_organization(run.organization).with_unique_ids(wanted)
    known = set(tasks.values_list("unique_id", flat=True)) if wanted else set()
    fresh = []
    for record, unique_id in named:
        if unique_id is None or unique_id not in known:
            fresh.append(record)
            known.add(unique_id or "")
    return fresh, len(named) - len(fresh)


def _rows(run: Run, records: list[Record], refused: list[tuple[Record, str]]) -> list[tuple[Record, TaskRow]]:
    readable = []
    for record in records:
        try:
            readable.append((record, read_fields(record.value, now=run.now)))
        except InvalidInput as error:
            refused.append((record, error.message))
    run.places.find_performers((fields.completed_by for _, fields in readable), now=run.now)
    pairs = []
    for record, fields in readable:
        try:
            pairs.append((record, _row(run, fields)))
        except DomainError as error:
            refused.append((record, error.message))
    return pairs


def _row(run: Run, fields: TaskFields) -> TaskRow:
    """The checked row. Raises InvalidInput, NotFound (unknown type)."""
    project, version = run.places.project_of(fields, now=run.now)
    batch = run.places.batch_of(fields, project, now=run.now)
    kind = task_type(_type(fields, project))
    params, instruction = _inherited(fields, version)
    kind.check_params(params)
    if fields.response is not None:
        kind.check_response(params, fields.response)
    if run.folder:
        params = run.folder.with_references(params, now=run.now)
    return _filled(run, fields, kind.name, params, instruction, project, version, batch)


def _type(fields: TaskFields, project: Project | None) -> str:
    if fields.type or project:
        return fields.type or project.type
    raise InvalidInput("type is missing, and no project is named that would say it.")


def _inherited(fields: TaskFields, version: ProjectVersion | None) -> tuple[dict, str]:
    """The project's parameters behind the task's own; a file that this product wrote has them already."""
    if version is None or not (version.params or version.instruction):
        return fields.params, fields.instruction
    texts = (fields.instruction, "" if version.instruction in fields.instruction else version.instruction)
    return {**version.params, **fields.params}, "\n\n".join(text for text in texts if text)


def _filled(
    run: Run, fields: TaskFields, type: str, params: dict, instruction: str, project: Project | None,
    version: ProjectVersion | None, batch: Batch | None,
) -> TaskRow:  # fmt: skip
    done = fields.status == Task.Status.COMPLETED
    completed_at = (fields.completed_at or max(run.now, fields.created_at or run.now)) if done else None
    performer = run.places.performer_of(fields) if done else None
    try:
        texts = json_text(params), json_text(fields.metadata), _optional_json(fields.response)
    except ValueError as error:
        raise InvalidInput("A number in the record is too large.") from error
    if batch:
        run.batches.add(batch.id.hex)
    run.unknown |= fields.unknown
    params_text, metadata_text, response_text = texts
    return TaskRow(
        id=str(uuid7()), event_id=str(uuid7()), type=type, status=fields.status, instruction=instruction,
        params=params_text, metadata=metadata_text, response=response_text, tags=array_text(fields.tags),
        unique_id=fields.unique_id, callback_url=run.task_import.callback_url or fields.callback_url,
        project_id=_id(project), project_version=version.version if version else None, batch_id=_id(batch),
        completed_by_id=str(performer) if performer else None,
        completed_at=completed_at.isoformat() if completed_at else None,
        created_at=(fields.created_at or completed_at or run.now).isoformat(),
    )  # fmt: skip


def _optional_json(value: dict | None) -> str | None:
    return None if value is None else json_text(value)


def _id(row: Project | Batch | None) -> str | None:
    return str(row.pk) if row else None


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
    done = Task.objects.for_organization(run.organization).completed().filter(pk__in=imported)
    for task in done.with_names().with_audits().order_by("id"):
        announce_task(task, type=EventType.TASK_COMPLETED, organization=run.organization, now=run.now)
