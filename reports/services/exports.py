"""Exports: asked for, deleted, expired; small ones at once. `export_runs` makes the files of the others."""

import tempfile
from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.errors import Conflict, InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Membership
from labelops.tenancy.scope import organization_scope, system_scope
from reports.exporting.columns import Format
from reports.exporting.listings import Listing, find_listing, listings_of
from reports.exporting.rows import QueryRows
from reports.exporting.writing import write_rows
from reports.models import Export
from reports.models.export import ExportQuerySet

# So many rows are answered at once.
SMALL = 5_000
IN_MEMORY = 4 * 1024 * 1024
# Waiting or running, for each person.
MOST_AT_ONCE = 5
NO_SUCH_EXPORT = gettext_lazy("There is no export with this id.")


class TooManyExports(Conflict):
    message = gettext_lazy("Five of your exports are still being made. Wait for one, or delete one.")


class NotReady(Conflict):
    message = gettext_lazy("This export is not ready.")


def checked_format(format: str) -> Format:
    """Raises InvalidInput."""
    if format not in Export.Format.values:
        raise InvalidInput(fields={"format": _("Choose one of: %(names)s.") % {"names": ", ".join(Export.Format)}})
    return Format(format)


def small_export(
    *, by: Membership, listing: str, format: str, data: QueryDict, now: datetime
) -> tuple[BinaryIO, Export] | None:
    """The file, at its beginning, with what names it (nothing of it is stored); None for more than 5,000 rows.

    Raises Forbidden, InvalidInput.
    """
    kind, chosen = find_listing(listing, member=by), checked_format(format)
    export = _build(kind, by, chosen, data, now)
    rows = kind.rows_for(by, export.query)
    if isinstance(rows, QueryRows) and rows.rows.order_by()[: SMALL + 1].count() > SMALL:
        return None
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (whoever answers closes it)
    try:
        with transaction.atomic(savepoint=False):
            export.rows = write_rows(rows, chosen, file)
            _record(EventType.EXPORT_DOWNLOADED, export, by, now)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file, export


@transaction.atomic(savepoint=False)
def create_export(*, by: Membership, listing: str, format: str, data: QueryDict, now: datetime) -> Export:
    """Ask for it; `run_export` makes the file. Raises Forbidden, InvalidInput, TooManyExports."""
    kind, chosen = find_listing(listing, member=by), checked_format(format)
    export = _build(kind, by, chosen, data, now)
    kind.rows_for(by, export.query)
    mine = Export.objects.for_organization(by.organization).unfinished().filter(created_by=by.user)
    if mine.count() >= MOST_AT_ONCE:
        raise TooManyExports
    export.save(force_insert=True)
    _record(EventType.EXPORT_STARTED, export, by, now)
    return export


def _build(kind: Listing, by: Membership, format: Format, data: QueryDict, now: datetime) -> Export:
    return Export(id=uuid7(), organization=by.organization, created_by=by.user, listing=kind.name, format=format,
                  query=kind.query_of(data), created_at=now)  # fmt: skip


def _record(type: EventType, export: Export, by: Membership, now: datetime) -> None:
    after = {"list": export.listing, "format": export.format, "filter": export.query, "rows": export.rows}
    record_event(type, organization=by.organization, actor=by.user, now=now, subject_id=export.pk, after=after)


def exports_for(member: Membership) -> ExportQuerySet:
    """Those of lists that this member may export, and where people see assigned projects only, their own."""
    names = [listing.name for listing in listings_of(member)]
    found = Export.objects.for_organization(member.organization).of_listings(names).select_related("created_by")
    return found.filter(created_by_id=member.user_id) if member.needs_assignment else found


def find_export(*, by: Membership, export_id: UUID) -> Export:
    """Raises NotFound."""
    found = exports_for(by).filter(pk=export_id).first()
    if found is None:
        raise NotFound(NO_SUCH_EXPORT)
    return found


@transaction.atomic(savepoint=False)
def open_export(*, by: Membership, export_id: UUID, now: datetime) -> tuple[BinaryIO, Export]:
    """The finished file, with an event that says who has it. Raises NotFound, NotReady."""
    found = find_export(by=by, export_id=export_id)
    if not found.is_ready:
        raise NotReady
    try:
        file = found.file.open("rb")
    except (FileNotFoundError, ValueError) as error:
        raise NotFound(_("The file of this export is gone. Make the export again.")) from error
    _record(EventType.EXPORT_DOWNLOADED, found, by, now)
    return file, found


@transaction.atomic(savepoint=False)
def delete_export(*, by: Membership, export_id: UUID, now: datetime) -> None:
    """Take it away with its file; a run that is at it stops. Raises NotFound."""
    found = find_export(by=by, export_id=export_id)
    Export.objects.for_organization(by.organization).filter(pk=found.pk).delete()
    _record(EventType.EXPORT_DELETED, found, by, now)
    _drop_after_commit(found)


def _drop_after_commit(export: Export) -> None:
    if name := export.file.name:
        transaction.on_commit(lambda: default_storage.delete(name), robust=True)


def expire_exports() -> int:
    """Take the files away whose time is over, of all organizations; how many. The rows say that they were there."""
    with system_scope("sweep"):
        found = list(Export.objects.outlived().order_by("expires_at")[:100])
    for export in found:
        with organization_scope(export.organization_id):
            ended = Export.objects.filter(organization_id=export.organization_id, pk=export.pk).outlived()
            if ended.update(status=Export.Status.EXPIRED, file=""):
                _drop_after_commit(export)
    return len(found)


def kept_for() -> timedelta:
    return timedelta(days=settings.EXPORT_DAYS)
