"""Tasks as a page of fifty shows them: one statement, read at once, without an instance or a cell by itself."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from labelops.tenancy.models import Organization

# Its function (migration page_rows) says which columns; the ids come out of the queryset, in its order.
ROWS = "SELECT audits_page_rows(%s, ARRAY({page}))"


class TaskRow(msgspec.Struct, array_like=True, frozen=True):
    """`auditor`, `audited_at` and `comment` (its beginning) are the newest standing audit's; `held_by` has it open."""

    id: UUID
    unique_id: str | None
    project: str | None
    batch: str | None
    type: str
    status: str
    attempt: int
    review_status: str
    tags: list[str] | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    performer: str | None
    version: int
    auditor: str | None
    audited_at: datetime | None
    comment: str | None
    held_by: str | None


_decode = msgspec.json.Decoder(list[TaskRow]).decode


def page_rows(tasks: QuerySet, *, organization: Organization) -> list[TaskRow]:
    """In the order of `tasks`, all of this organization."""
    try:
        page, values = tasks.values("id").query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(ROWS.format(page=page), [organization.pk, *values])
        return _decode(cursor.fetchone()[0])
