"""Imports: a stored file, and the run that turns it into tasks chunk by chunk.

A chunk is one transaction: its tasks, refusals, events, the counters and the checkpoint stand or fall together. So a
killed run is taken up at the last chunk's end, and nothing is imported twice or lost. A run works under a lease; each
chunk first locks the import's row and looks whether the lease is still its own.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.importing.formats import detect_format, read_records
from audits.importing.quick import quick_line
from audits.importing.reading import ReadAhead, chunks_of
from audits.importing.records import BrokenFile
from audits.models import Batch, Project, TaskImport
from audits.services.attachments import AttachmentFolder
from audits.services.batches import complete_batch_if_done
from audits.services.import_chunks import MOST_UNKNOWN, Run, Tally, write_chunk
from audits.services.import_lines import make_ready
from audits.services.import_places import Places
from callbacks.guard import vet_url
from labelops.errors import DomainError, InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Organization, User
from labelops.tenancy.scope import organization_scope, system_scope

log = logging.getLogger(__name__)
CHUNK_RECORDS = 8000
CHUNK_BYTES = 4 * 1024 * 1024
LEASE = timedelta(seconds=60)
NO_SUCH_IMPORT = gettext_lazy("There is no such import.")
Progress = Callable[[TaskImport], None]


class LeaseLost(Exception):
    """Another run has taken this import over; this one stops without a trace."""


def create_import(
    *,
    organization: Organization,
    actor: User | None,
    name: str,
    file: BinaryIO,
    now: datetime,
    project: str = "",
    notify: bool = False,
    callback_url: str = "",
    folder: str = "",
) -> TaskImport:
    """Store the file and its wishes; `run_import` does the work. Raises InvalidInput.

    `project` and `callback_url` stand for whatever the file says; `folder` holds the files that attachments name.
    """
    size, format = _checked_file(file, name)
    _check_callback(callback_url)
    task_import = TaskImport(
        id=uuid7(), organization=organization, created_by=actor, name=name[-255:], format=format, size=size,
        notify=notify, callback_url=callback_url, project=_existing_project(organization, project), created_at=now,
        notes={"project": project, "folder": folder},
    )  # fmt: skip
    with transaction.atomic(savepoint=False):
        task_import.file.save(name, File(file), save=False)
        task_import.save(force_insert=True)
        after = {"name": task_import.name, "size": size, "notify": notify}
        record_event(EventType.IMPORT_STARTED, organization=organization, actor=actor, now=now,
                     subject_id=task_import.id, after=after)  # fmt: skip
    return task_import


def _checked_file(file: BinaryIO, name: str) -> tuple[int, str]:
    """Size and format. Before any transaction, so that a page can still show itself after a refusal."""
    size = file.seek(0, 2)
    if size > settings.IMPORT_MAX_BYTES:
        largest = settings.IMPORT_MAX_BYTES // 1024**2
        raise InvalidInput(
            fields={"file": _("The file is larger than %(largest)s MB. Split it.") % {"largest": largest}}
        )
    try:
        format = detect_format(file, name)
    except InvalidInput as error:
        raise InvalidInput(fields={"file": error.message}) from error
    file.seek(0)
    return size, format


def _check_callback(url: str) -> None:
    try:
        if url:
            vet_url(url)
    except InvalidInput as error:
        raise InvalidInput(fields={"callback_url": error.message}) from error


def _existing_project(organization: Organization, name: str) -> Project | None:
    if len(name) > 255 or "\0" in name:
        raise InvalidInput(fields={"project": _("Give a project's name of at most 255 characters.")})
    return Project.objects.for_organization(organization).filter(name=name).first() if name else None


def import_file(*, organization: Organization, progress: Progress | None = None, **wishes: Any) -> TaskImport:
    """`create_import` and `run_import` in one go; no worker gets in between, but one goes on if this process dies."""
    with organization_scope(organization.pk):
        created = create_import(organization=organization, **wishes)
        taken = take_import(organization=organization, import_id=created.pk)
    return _run(organization, taken, wishes["now"], progress)


def run_import(
    *, organization_id: UUID, import_id: UUID, now: datetime, progress: Progress | None = None
) -> TaskImport | None:
    """Run, or go on with, an import to its end; None where another run has it or it is over. Raises NotFound."""
    with organization_scope(organization_id):
        organization = Organization.objects.filter(pk=organization_id).first()
        if organization is None:
            raise NotFound(NO_SUCH_IMPORT)
        taken = take_import(organization=organization, import_id=import_id)
    return _run(organization, taken, now, progress) if taken else None


def imports_without_a_runner() -> list[tuple[UUID, UUID]]:
    """(organization, import) of all that wait or whose runner died, oldest first."""
    with system_scope("sweep"):
        return list(TaskImport.objects.without_a_runner().order_by("id").values_list("organization_id", "id")[:100])


def take_import(*, organization: Organization, import_id: UUID) -> TaskImport | None:
    """The import under a new lease; None while another run's lease lasts, or where it is over. Raises NotFound."""
    mine = TaskImport.objects.for_organization(organization).filter(pk=import_id)
    if mine.without_a_runner().update(status=TaskImport.Status.RUNNING, lease_until=Now() + LEASE):
        return mine.select_related("created_by").get()
    if not mine.exists():
        raise NotFound(NO_SUCH_IMPORT)
    return None


def _run(organization: Organization, taken: TaskImport, now: datetime, progress: Progress | None) -> TaskImport:
    """To the end, or to the failure that the import then tells of. A database that is gone is not the file's fault."""
    failure = ""
    try:
        _write_all(_new_run(organization, taken, now), progress)
    except (LeaseLost, OperationalError, InterfaceError):
        raise
    except BrokenFile as error:
        failure = str(error)
    except DomainError as error:
        failure = error.message
    except FileNotFoundError:
        failure = "The stored file is gone. Upload it again; what is imported already is passed over."
    except Exception:
        log.exception("Import %s failed", taken.pk)
        failure = "The import stopped by an error of ours; it is in the server's log. What is imported stays."
    return _end(organization, taken, failure, now)


def _new_run(organization: Organization, taken: TaskImport, now: datetime) -> Run:
    actor, notes = taken.created_by, taken.notes
    folder = notes.get("folder")
    return Run(
        task_import=taken, organization=organization, now=now,
        places=Places(organization, actor, notes.get("project", "")),
        folder=AttachmentFolder(folder, organization=organization, actor=actor) if folder else None,
        unknown=set(notes.get("unknown", ())), batches=set(notes.get("batches", ())),
    )  # fmt: skip


def _write_all(run: Run, progress: Progress | None) -> None:
    taken = run.task_import
    with taken.file.open("rb") as file:
        # Attachments out of a folder change what a line says.
        quick = None if run.folder else partial(quick_line, now=run.now, callback_url=taken.callback_url)
        records = read_records(file, format=taken.format, offset=taken.bytes_read, records=taken.records, quick=quick)
        chunks = chunks_of(records, most=CHUNK_RECORDS, most_bytes=CHUNK_BYTES, now=run.now)
        with ReadAhead(chunks, make_ready=partial(make_ready, run)) as ahead:
            for chunk in ahead:
                with organization_scope(run.organization.pk):
                    _hold(run)
                    _commit_without_waiting(run)
                    _checkpoint(run, chunk.end, len(chunk), write_chunk(run, chunk))
                if progress:
                    progress(taken)


def _hold(run: Run) -> None:
    mine = TaskImport.objects.for_organization(run.organization).filter(pk=run.task_import.pk)
    held = mine.select_for_update().filter(status=TaskImport.Status.RUNNING, lease_until=run.task_import.lease_until)
    if not held.exists():
        raise LeaseLost


def _commit_without_waiting(run: Run) -> None:
    """The import's end waits for the disk; what a crash takes of the chunks before, their checkpoint with it, is read
    again. Only where nobody is told of them meanwhile."""
    if not run.task_import.notify:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")


def _checkpoint(run: Run, end: int, records: int, tally: Tally) -> None:
    taken = run.task_import
    notes = {**taken.notes, "batches": sorted(run.batches), "unknown": sorted(run.unknown)[:MOST_UNKNOWN]}
    mine = TaskImport.objects.for_organization(run.organization).filter(pk=taken.pk)
    mine.update(
        records=F("records") + records, bytes_read=end, imported=F("imported") + tally.imported,
        duplicates=F("duplicates") + tally.duplicates, refused=F("refused") + tally.refused, notes=notes,
        lease_until=Now() + LEASE,
    )  # fmt: skip
    taken.refresh_from_db()


def _end(organization: Organization, taken: TaskImport, failure: str, now: datetime) -> TaskImport:
    with organization_scope(organization.pk):
        mine = TaskImport.objects.for_organization(organization).filter(pk=taken.pk)
        held = mine.select_for_update().filter(status=TaskImport.Status.RUNNING, lease_until=taken.lease_until).first()
        if held is None:
            raise LeaseLost
        _complete_batches(organization, held, now)
        held.status = TaskImport.Status.FAILED if failure else TaskImport.Status.FINISHED
        held.failure, held.lease_until, held.finished_at = failure, None, timezone.now()
        held.save(update_fields=["status", "failure", "lease_until", "finished_at"])
        record_event(EventType.IMPORT_FINISHED, organization=organization, actor=taken.created_by, now=now,
                     subject_id=held.id, after=_outcome(held))  # fmt: skip
    return held


def _complete_batches(organization: Organization, held: TaskImport, now: datetime) -> None:
    named = Batch.objects.for_organization(organization).filter(pk__in=held.notes.get("batches", ()))
    for batch in named.order_by("id"):
        complete_batch_if_done(batch=batch, organization=organization, now=now, notify=held.notify)


def _outcome(held: TaskImport) -> dict[str, Any]:
    counters = {name: getattr(held, name) for name in ("imported", "duplicates", "refused")}
    return {"status": held.status, "failure": held.failure, **counters}
