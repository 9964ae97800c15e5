"""Bulk jobs: an action on all tasks that match a filter, chunk by chunk, each a transaction with its checkpoint.

As with imports, a run works under a lease and looks after it in every chunk, so that a killed run is taken up where it
stopped and nothing is done twice.
"""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.http import QueryDict
from django.utils.translation import gettext as _

from audits.filters import TaskFilter
from audits.models import BulkJob, Task
from audits.services.bulk import MOST_AT_ONCE, Outcome, Wish, apply_wish, may_wish
from labelops.errors import DomainError, Forbidden, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Membership
from labelops.tenancy.scope import organization_scope, system_scope

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)


class BulkLeaseLost(Exception):
    """Another run has taken this job over; this one stops without a trace."""


@transaction.atomic(savepoint=False)
def create_bulk_job(*, by: Membership, wish: Wish, filter: dict[str, Any], now: datetime) -> BulkJob:
    """Ask for it; `run_bulk_job` does it. Raises Forbidden, InvalidInput (the filter)."""
    may_wish(by, wish.action)
    matching(by, filter)
    job = BulkJob.objects.create(
        id=uuid7(), organization=by.organization, created_by=by.user, action=wish.action, tags=wish.tags,
        filter=filter, created_at=now,
    )  # fmt: skip
    record_event(EventType.BULK_STARTED, organization=by.organization, actor=by.user, now=now, subject_id=job.pk,
                 after={"action": wish.action, "tags": wish.tags, "filter": filter})  # fmt: skip
    return job


def matching(member: Membership, filter: dict[str, Any]) -> QuerySet:
    """The member's tasks that match. Raises InvalidInput."""
    data = QueryDict(mutable=True)
    for name, value in filter.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    tasks = Task.objects.for_organization(member.organization).visible_to(member)
    zone = ZoneInfo(member.organization.time_zone)
    return TaskFilter(data, queryset=tasks, organization=member.organization, zone=zone).checked()


def bulk_jobs_without_a_runner() -> list[tuple[UUID, UUID]]:
    """(organization, job) of all that wait or whose runner died, oldest first."""
    with system_scope("sweep"):
        return list(BulkJob.objects.without_a_runner().order_by("id").values_list("organization_id", "id")[:100])


def run_bulk_job(*, organization_id: UUID, job_id: UUID, now: datetime) -> BulkJob | None:
    """To the end, or on to it; None where another run has it or it is over. Raises NotFound, BulkLeaseLost."""
    with organization_scope(organization_id):
        taken = _take(organization_id, job_id)
        member = taken and _member_of(taken)
    if taken is None:
        return None
    return _end(taken, _run(taken, member, now), now)


def _take(organization_id: UUID, job_id: UUID) -> BulkJob | None:
    mine = BulkJob.objects.filter(organization_id=organization_id, pk=job_id)
    if mine.without_a_runner().update(status=BulkJob.Status.RUNNING, lease_until=Now() + LEASE):
        return mine.select_related("created_by", "organization").get()
    if not mine.exists():
        raise NotFound(_("There is no such job."))
    return None


def _member_of(job: BulkJob) -> Membership | None:
    """Who asked for it, if still a member: a job has no more rights than that person has now."""
    members = Membership.objects.for_organization(job.organization).active().select_related("user", "organization")
    return members.filter(user_id=job.created_by_id, user__is_active=True).first()


def _run(job: BulkJob, member: Membership | None, now: datetime) -> str:
    """Empty, or why it stopped."""
    try:
        if member is None:
            raise Forbidden(_("Who asked for this is no member any more."))
        may_wish(member, job.action)
        while _chunk(job, member, now):
            pass
    except (BulkLeaseLost, OperationalError, InterfaceError):
        raise
    except DomainError as error:
        return error.message
    except Exception:
        log.exception("Bulk job %s failed", job.pk)
        return "It stopped by an error of ours, which is in the server's log. What is done stays."
    return ""


def _chunk(job: BulkJob, member: Membership, now: datetime) -> bool:
    """The next tasks in the order of their ids; False behind the last one."""
    with organization_scope(job.organization_id):
        _hold(job)
        # Ids grow with time: what is younger than the job has a larger one.
        tasks = matching(member, job.filter).filter(pk__lt=job.pk).order_by("id")
        if job.total is None:
            job.total = tasks.count()
        if job.last_id:
            tasks = tasks.filter(pk__gt=job.last_id)
        task_ids = list(tasks.values_list("pk", flat=True)[:MOST_AT_ONCE])
        outcome = apply_wish(by=member, task_ids=task_ids, wish=Wish(job.action, job.tags), now=now)
        _checkpoint(job, task_ids, outcome)
    return len(task_ids) == MOST_AT_ONCE


def _hold(job: BulkJob) -> None:
    mine = BulkJob.objects.filter(organization_id=job.organization_id, pk=job.pk).select_for_update()
    if not mine.filter(status=BulkJob.Status.RUNNING, lease_until=job.lease_until).exists():
        raise BulkLeaseLost


def _checkpoint(job: BulkJob, task_ids: list[UUID], outcome: Outcome) -> None:
    mine = BulkJob.objects.filter(organization_id=job.organization_id, pk=job.pk)
    mine.update(
        total=job.total, last_id=task_ids[-1] if task_ids else job.last_id, changed=F("changed") + outcome.changed,
        unchanged=F("unchanged") + outcome.unchanged, lease_until=Now() + LEASE,
    )  # fmt: skip
    job.refresh_from_db(fields=["last_id", "changed", "unchanged", "lease_until"])


def _end(job: BulkJob, failure: str, now: datetime) -> BulkJob:
    with organization_scope(job.organization_id):
        _hold(job)
        job.status = BulkJob.Status.FAILED if failure else BulkJob.Status.FINISHED
        job.failure, job.lease_until, job.finished_at = failure, None, now
        job.save(update_fields=["status", "failure", "lease_until", "finished_at"])
        after = {"status": job.status, "changed": job.changed, "unchanged": job.unchanged, "failure": failure}
        record_event(EventType.BULK_FINISHED, organization=job.organization, actor=job.created_by, now=now,
                     subject_id=job.pk, after=after)  # fmt: skip
    return job
