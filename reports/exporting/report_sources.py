"""The rows of the reports, for export: the same reads and filters as their pages."""

from collections.abc import Iterator
from itertools import batched
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from audits.filters import page_filter
from audits.models import Batch, Task
from labelops.tenancy.models import Membership
from reports.agreeing import COEFFICIENTS, agreeing_cells, agreement_of, with_agreement
from reports.auditors import auditors_of
from reports.batches import batches_of
from reports.engine.weeks import local_day
from reports.exporting.columns import Column, Kind
from reports.exporting.sources import BatchFilter, matching_tasks
from reports.selecting import Selection, select
from reports.task_rows import report_rows
from reports.weekly import weeks_of

TASK_REPORT = (
    Column("task_id", Kind.ID, "pk"), Column("unique_id"), Column("project", source="project__name"),
    Column("batch", source="batch__name"), Column("type"), Column("performer", source="completed_by__external_id"),
    Column("completed_at", Kind.TIME), Column("customer_review_status", source="review_status"), Column("auditor"),
    Column("audited_at", Kind.TIME), Column("comment"),
)  # fmt: skip
WEEKS = (
    Column("starts_at", Kind.TIME), Column("ends_at", Kind.TIME), Column("completed", Kind.WHOLE),
    Column("audited", Kind.WHOLE), Column("accepted", Kind.WHOLE), Column("fixed", Kind.WHOLE),
    Column("rejected", Kind.WHOLE),
)  # fmt: skip
AUDITOR_QUALITY = (
    Column("auditor"), Column("reviews", Kind.WHOLE), Column("accepted", Kind.WHOLE), Column("fixed", Kind.WHOLE),
    Column("rejected", Kind.WHOLE), Column("audit_time_secs", Kind.NUMBER), Column("audited_by_others", Kind.WHOLE),
    Column("agreed", Kind.WHOLE), Column("second_audits", Kind.WHOLE),
    *(Column(f"{name}{end}", Kind.NUMBER) for name in COEFFICIENTS for end in ("", "_low", "_high")),
)  # fmt: skip
AUDITOR_TRACKER = (
    Column("batch_id", Kind.ID), Column("batch"), Column("project"), Column("status"), Column("completed", Kind.WHOLE),
    Column("audited", Kind.WHOLE), Column("remaining", Kind.WHOLE), Column("accepted", Kind.WHOLE),
    Column("fixed", Kind.WHOLE), Column("rejected", Kind.WHOLE), Column("audits_per_day", Kind.NUMBER),
    Column("expected_end"), Column("auditors", Kind.JSON),
)  # fmt: skip
BATCHES_AT_ONCE = 200


def task_report(member: Membership, data: QueryDict) -> QuerySet:
    return report_rows(matching_tasks(member, data)).order_by("-completed_at", "-id")


def _selection(member: Membership, data: QueryDict) -> Selection:
    mine = Task.objects.for_organization(member.organization).visible_to(member).completed()
    found = page_filter(data, tasks=mine, organization=member.organization)
    found.checked()
    return select(found, member=member)


def weeks(member: Membership, data: QueryDict) -> list[tuple[Any, ...]]:
    """The last four complete ones, newest first; `ends_at` belongs to the next one."""
    _running, *found = weeks_of(_selection(member, data), now=timezone.now())
    return [
        (one.week.starts_at, one.week.ends_at, one.completed, one.audited, one.accepted, one.fixed, one.rejected)
        for one in found
    ]


def auditor_quality(member: Membership, data: QueryDict) -> list[tuple[Any, ...]]:
    selection = _selection(member, data)
    rows = with_agreement(auditors_of(selection, with_agreement=True), agreement_of(selection))
    return [
        (one.email, one.reviews, one.accepted, one.fixed, one.rejected, round(one.seconds, 3), one.paired, one.agreed,
         *agreeing_cells(agreeing)) for one, agreeing in rows
    ]  # fmt: skip


def auditor_tracker(member: Membership, data: QueryDict) -> Iterator[tuple[Any, ...]]:
    mine = Batch.objects.for_organization(member.organization).visible_to(member).select_related("project")
    matching = BatchFilter(data, projects=[]).of(mine).order_by("-id")
    today = local_day(timezone.now(), member.organization.time_zone)
    for some in batched(matching.iterator(chunk_size=BATCHES_AT_ONCE), BATCHES_AT_ONCE):
        for one in batches_of(some, organization=member.organization, today=today):
            ends = one.expected_end.isoformat() if one.expected_end else None
            people = [{"auditor": email, "reviews": reviews} for email, reviews in one.by]
            yield (one.batch.pk, one.batch.name, one.batch.project.name, one.batch.status, one.completed, one.audited,
                   one.ready, one.accepted, one.fixed, one.rejected, round(one.pace, 3), ends, people)  # fmt: skip
