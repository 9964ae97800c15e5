"""The run that makes an export's file: one transaction with one cursor, so that the file is one moment's state.

Meanwhile a second connection renews the lease and tells how far it is. A run that was killed is begun again, by whoever
finds that its lease is over; the file appears whole or not at all.
"""

import logging
import tempfile
import time
from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.errors import DomainError, Forbidden, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Membership
from labelops.tenancy.scope import ask_in_organization_scope, organization_scope, system_scope
from reports.exporting.columns import Format
from reports.exporting.listings import find_listing
from reports.exporting.writing import write_rows
from reports.models import Export
from reports.models.export import export_path
from reports.services.exports import NO_SUCH_EXPORT, kept_for

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
TELL_EVERY = 1.0
TELL = """
UPDATE reports_export SET rows = %(rows)s, total = %(total)s, lease_until = clock_timestamp() + %(lease)s
 WHERE organization_id = %(organization)s::uuid AND id = %(id)s AND status = 'running' AND lease_until = %(held)s
RETURNING lease_until
"""


class ExportLeaseLost(Exception):
    """Another run has taken this export over, or it was deleted; this one stops without a trace."""


def exports_without_a_runner() -> list[tuple[UUID, UUID]]:
    """(organization, export) of all that wait or whose runner died, oldest first."""
    with system_scope("sweep"):
        return list(Export.objects.without_a_runner().order_by("id").values_list("organization_id", "id")[:100])


def run_export(*, organization_id: UUID, export_id: UUID) -> Export | None:
    """To the end; None where another run has it or it is over. Raises NotFound, ExportLeaseLost."""
    with organization_scope(organization_id):
        export = _take(organization_id, export_id)
        member = export and _member_of(export)
    if export is None:
        return None
    with tempfile.TemporaryFile(prefix="labelops-export-") as file, Teller(export) as teller:
        failure = _write(export, member, file, teller)
        name = "" if failure else _store(export, file)
        try:
            return _end(export, failure=failure, name=name, size=file.tell())
        except BaseException:
            if name:
                default_storage.delete(name)
            raise


def _take(organization_id: UUID, export_id: UUID) -> Export | None:
    mine = Export.objects.filter(organization_id=organization_id, pk=export_id)
    running = {"status": Export.Status.RUNNING, "lease_until": Now() + LEASE, "rows": 0}
    if mine.without_a_runner().update(**running):
        return mine.select_related("created_by", "organization").get()
    if not mine.exists():
        raise NotFound(NO_SUCH_EXPORT)
    return None


def _member_of(export: Export) -> Membership | None:
    """Who asked for it, if still a member: a file has no more in it than that person may see now."""
    members = Membership.objects.for_organization(export.organization).active().select_related("user", "organization")
    return members.filter(user_id=export.created_by_id, user__is_active=True).first()


def _write(export: Export, member: Membership | None, file: BinaryIO, teller: "Teller") -> str:
    """Empty, or why it stopped."""
    try:
        if member is None:
            raise Forbidden(_("Who asked for this is no member any more."))
        with organization_scope(export.organization_id):
            rows = find_listing(export.listing, member=member).rows_for(member, export.query)
            export.total = rows.total()
            teller.tell(0, at_once=True)
            export.rows = write_rows(rows, Format(export.format), file, teller.tell)
        teller.tell(export.rows, at_once=True)
        file.seek(0, 2)
    except (ExportLeaseLost, OperationalError, InterfaceError):
        raise
    except DomainError as error:
        return error.message
    except Exception:
        log.exception("Export %s failed", export.pk)
        return "It stopped by an error of ours, which is in the server's log."
    return ""


def _store(export: Export, file: BinaryIO) -> str:
    """Outside of any transaction: the storage may be far away."""
    size = file.tell()
    file.seek(0)
    name = default_storage.save(export_path(export, ""), File(file))
    file.seek(size)
    return name


def _end(export: Export, *, failure: str, name: str, size: int) -> Export:
    now: datetime = timezone.now()
    with organization_scope(export.organization_id):
        mine = Export.objects.filter(organization_id=export.organization_id, pk=export.pk).select_for_update()
        if not mine.filter(status=Export.Status.RUNNING, lease_until=export.lease_until).exists():
            raise ExportLeaseLost
        export.status = Export.Status.FAILED if failure else Export.Status.FINISHED
        export.failure, export.file, export.size = failure, name, 0 if failure else size
        export.lease_until, export.finished_at, export.expires_at = None, now, now + kept_for()
        export.save(update_fields=["status", "failure", "file", "size", "rows", "total", "lease_until", "finished_at",
                                   "expires_at"])  # fmt: skip
        after = {"status": export.status, "rows": export.rows, "size": export.size, "failure": failure}
        record_event(EventType.EXPORT_FINISHED, organization=export.organization, actor=export.created_by, now=now,
                     subject_id=export.pk, after=after)  # fmt: skip
    return export


class Teller:
    """Renews the lease and tells how far the run is, beside its transaction, at most once a second."""

    def __init__(self, export: Export) -> None:
        self.export, self.told_at = export, 0.0

    def __enter__(self) -> "Teller":
        self.connection = connections.create_connection(DEFAULT_DB_ALIAS)
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def tell(self, rows: int, *, at_once: bool = False) -> None:
        """Raises ExportLeaseLost."""
        if not at_once and time.monotonic() - self.told_at < TELL_EVERY:
            return
        self.told_at, export = time.monotonic(), self.export
        told = {"id": export.pk, "rows": rows, "total": export.total, "lease": LEASE, "held": export.lease_until}
        found = ask_in_organization_scope(export.organization_id, TELL, told, using=self.connection)
        if not found:
            raise ExportLeaseLost
        ((export.lease_until,),) = found
