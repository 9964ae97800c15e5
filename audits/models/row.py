"""Tasks as a page of fifty shows them: one statement, read at once, without an instance or a cell by itself."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from audits.models.listed import written_by
from labelops.tenancy.models import Organization


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
    return _decode(written_by("audits_page_rows", tasks, organization=organization))
