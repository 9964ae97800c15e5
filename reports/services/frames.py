"""What each audit session was drawn from, written down once with the names looked up."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import QueryDict

from audits.filters import READY, TaskFilter
from audits.models import Audit, AuditSession, Batch, Performer, Project, Task
from labelops.tenancy.models import Organization
from reports.models import Frame

# A session filtered by one of these is no random sample of the tasks: chosen by hand, by verdict or by change.
CHOSEN = {"q", "ids", "auditor", "reason", "updated_after", "updated_before"}

# Where the chance of a new session is: in no fact yet.
BEGINNING = {"reached_at": datetime(1, 1, 1, tzinfo=UTC), "reached_id": UUID(int=0)}


def write_frames(organization: Organization, session_ids: Iterable[UUID] | None = None) -> list[Frame]:
    """Frames of these sessions (None: of all with a verdict) that have none yet; returns the new ones."""
    known = Frame.objects.for_organization(organization).values("session_id")
    if session_ids is None:
        audits = Audit.objects.for_organization(organization).filter(session__isnull=False)
        session_ids = audits.order_by().values_list("session_id", flat=True).distinct()
    sessions = AuditSession.objects.for_organization(organization).filter(pk__in=list(session_ids))
    sessions = sessions.exclude(pk__in=known)
    return Frame.objects.bulk_create([_frame(organization, session) for session in sessions])


def _frame(organization: Organization, session: AuditSession) -> Frame:
    given = TaskFilter(
        _data(session.filter), queryset=Task.objects.none(), organization=organization,
        zone=ZoneInfo(session.manifest.get("time_zone") or organization.time_zone),
    )  # fmt: skip
    wishes = given.form.cleaned_data if given.is_valid() else None
    place = {"organization": organization, "session_id": session.pk, "drawn_at": session.created_at,
             "population": session.population}  # fmt: skip
    if wishes is None or not is_random(wishes):
        return Frame(is_random=False, **place)
    instants = {
        name: wishes[name] for name in ("completed_after", "completed_before", "created_after", "created_before")
    }
    return Frame(is_random=True, **place, **instants, **_places(organization, wishes), **BEGINNING)


def is_random(wishes: dict[str, Any]) -> bool:
    """Whether each task had its chance whatever an audit of it would say. “Ready to audit” leaves out those before."""
    return not any(wishes.get(name) for name in CHOSEN) and set(wishes["review_status"] or []) <= {READY}


def _places(organization: Organization, wishes: dict[str, Any]) -> dict[str, list[Any] | None]:
    batches = None
    if wishes["batch"] or wishes["batch_status"]:
        rows = Batch.objects.for_organization(organization)
        rows = rows.filter(name=wishes["batch"]) if wishes["batch"] else rows
        batches = _ids(rows.filter(status=wishes["batch_status"]) if wishes["batch_status"] else rows)
    projects = Project.objects.for_organization(organization).filter(name=wishes["project"])
    performers = Performer.objects.for_organization(organization).filter(external_id=wishes["performer"])
    tags = [*(wishes["tags"] or []), *(one.strip() for one in wishes["tag"].split(",") if one.strip())]
    return {
        "batches": batches, "projects": _ids(projects) if wishes["project"] else None,
        "performers": _ids(performers) if wishes["performer"] else None,
        "types": [wishes["type"]] if wishes["type"] else None, "tags": tags or None,
    }  # fmt: skip


def _ids(rows: QuerySet) -> list[UUID]:
    return list(rows.values_list("pk", flat=True))


def _data(filter: dict[str, Any]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in filter.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data
