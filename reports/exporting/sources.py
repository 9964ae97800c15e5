"""Where the rows of each list come from: the same query sets and filters as its page."""

from functools import partial
from zoneinfo import ZoneInfo

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import JSONObject
from django.http import QueryDict

from audits.filters import TaskFilter, page_filter
from audits.models import Audit, AuditSession, Batch, Project, Task, TaskImport
from audits.services.blindness import without_blind
from audits.views.lists import BatchFilter, ImportFilter, ProjectFilter, SessionFilter
from callbacks.filters import DeliveryFilter
from callbacks.models import Delivery
from labelops.tenancy.models import Membership
from reports.exporting.columns import Column, Kind

TASK_KEYS = frozenset(TaskFilter.base_filters)
SESSION_KEYS = frozenset(SessionFilter.base_fields)
PROJECT_KEYS = frozenset(ProjectFilter.base_fields)
IMPORT_KEYS = frozenset(ImportFilter.base_fields)
BATCH_KEYS = frozenset(BatchFilter.base_fields)
DELIVERY_KEYS = frozenset(DeliveryFilter.base_fields)
AT = Kind.TIME
JSONB = partial(Column, kind=Kind.JSON, is_jsonb=True)

TASKS = (
    Column("task_id", Kind.ID, "pk"), Column("unique_id"), Column("project", source="project__name"),
    Column("batch", source="batch__name"), Column("type"), Column("status"),
    Column("customer_review_status", source="review_status"), Column("attempt", Kind.WHOLE),
    Column("tags", Kind.JSON), Column("created_at", AT), Column("updated_at", AT), Column("completed_at", AT),
    Column("completed_by", source="completed_by__external_id"),
    Column("customer_reviewed_by", source="newest", key="auditor"), Column("customer_audited_at", AT, "newest", "at"),
    Column("comment", source="newest", key="comment"), Column("instruction"), JSONB("params"), JSONB("response"),
    JSONB("prior_responses"), JSONB("metadata"),
)  # fmt: skip


def matching_tasks(member: Membership, data: QueryDict) -> QuerySet:
    mine = Task.objects.for_organization(member.organization).visible_to(member)
    return without_blind(page_filter(data, tasks=mine, organization=member.organization).checked(), member)


def tasks(member: Membership, data: QueryDict) -> QuerySet:
    audits = Audit.objects.filter(organization_id=OuterRef("organization_id"), task_id=OuterRef("pk")).standing()
    newest = audits.newest_first().values(
        found=JSONObject(auditor="auditor__email", at="audited_at", comment="comment")
    )
    # Most tasks of a list were never audited: nothing is looked up for those.
    audited = Q(review_status__gt="") | Q(attempt__gt=1)
    return matching_tasks(member, data).newest_first().annotate(newest=Case(When(audited, then=Subquery(newest[:1]))))


AUDITS = (
    Column("id", Kind.ID, "pk"), Column("task_id", Kind.ID), Column("unique_id", source="task__unique_id"),
    Column("project", source="task__project__name"), Column("batch", source="task__batch__name"),
    Column("type", source="task__type"), Column("completed_by", source="task__completed_by__external_id"),
    Column("completed_at", AT, "task__completed_at"), Column("audited_by", source="auditor__email"),
    Column("audited_at", AT), Column("audit_result", source="verdict"), Column("comments", source="comment"),
    Column("reasons", Kind.JSON), Column("audit_time_secs", Kind.NUMBER, "seconds"),
    Column("audit_active_time_secs", Kind.NUMBER, "active_seconds"), Column("source"), Column("session_id", Kind.ID),
    JSONB("prior_response"), JSONB("response"),
)  # fmt: skip


def audits(member: Membership, data: QueryDict) -> QuerySet:
    """Every standing audit of the tasks that match, newest first."""
    found = Audit.objects.for_organization(member.organization).standing().order_by("-id")
    if member.needs_assignment or any(data.values()):
        return found.filter(task_id__in=matching_tasks(member, data).order_by().values("pk"))
    return without_blind(found, member, task="task_id")


SESSIONS = (
    Column("session_id", Kind.ID, "pk"), Column("name"), Column("status"), Column("population", Kind.WHOLE),
    Column("size", Kind.WHOLE), Column("accepted", Kind.WHOLE, "tallied", "accepted"),
    Column("fixed", Kind.WHOLE, "tallied", "fixed"), Column("rejected", Kind.WHOLE, "tallied", "rejected"),
    Column("withdrawn", Kind.WHOLE, "tallied", "withdrawn"), Column("created_by", source="created_by__email"),
    Column("created_at", AT), Column("finished_at", AT), Column("seed", Kind.WHOLE), Column("filter", Kind.JSON),
    Column("manifest", Kind.JSON),
)  # fmt: skip


def sessions(member: Membership, data: QueryDict) -> QuerySet:
    mine = AuditSession.objects.for_organization(member.organization).joinable_by(member)
    return SessionFilter(data).of(mine, member).with_progress().newest_first()


PROJECTS = (
    Column("id", Kind.ID, "pk"), Column("name"), Column("type"), Column("tasks", Kind.WHOLE, "task_count"),
    Column("ready_to_audit", Kind.WHOLE, "ready_count"), Column("callback_url"), Column("created_at", AT),
    Column("archived_at", AT),
)  # fmt: skip


def projects(member: Membership, data: QueryDict) -> QuerySet:
    mine = Project.objects.for_organization(member.organization).visible_to(member)
    return ProjectFilter(data).of(mine).with_task_counts().order_by("-id")


BATCHES = (
    Column("id", Kind.ID, "pk"), Column("name"), Column("project", source="project__name"), Column("status"),
    Column("tasks", Kind.WHOLE, "task_count"), Column("ready_to_audit", Kind.WHOLE, "ready_count"),
    Column("callback", source="callback_url"), Column("created_at", AT), Column("completed_at", AT),
    Column("metadata", Kind.JSON),
)  # fmt: skip


def batches(member: Membership, data: QueryDict) -> QuerySet:
    mine = Batch.objects.for_organization(member.organization).visible_to(member)
    return BatchFilter(data, projects=[]).of(mine).with_task_counts().newest_first()


IMPORTS = (
    Column("import_id", Kind.ID, "pk"), Column("name"), Column("project", source="project__name"), Column("format"),
    Column("status"), Column("failure"), Column("size", Kind.WHOLE), Column("records", Kind.WHOLE),
    Column("imported", Kind.WHOLE), Column("duplicates", Kind.WHOLE), Column("refused", Kind.WHOLE),
    Column("created_by", source="created_by__email"), Column("created_at", AT), Column("finished_at", AT),
)  # fmt: skip


def imports(member: Membership, data: QueryDict) -> QuerySet:
    return ImportFilter(data).of(TaskImport.objects.for_organization(member.organization)).newest_first()


DELIVERIES = (
    Column("id", Kind.ID, "pk"), Column("event_id", Kind.ID), Column("type", source="event__type"),
    Column("subject_id", Kind.ID), Column("sequence", Kind.WHOLE), Column("url", source="endpoint__url"),
    Column("status"), Column("attempts", Kind.WHOLE), Column("last_status_code", Kind.WHOLE), Column("last_error"),
    Column("created_at", AT), Column("finished_at", AT),
)  # fmt: skip


def deliveries(member: Membership, data: QueryDict) -> QuerySet:
    mine = Delivery.objects.for_organization(member.organization)
    form = DeliveryFilter(data, zone=ZoneInfo(member.organization.time_zone))
    return form.checked(mine).order_by("-event_id", "-id")
