"""Projects, batches and sessions chosen in a list, several at once; what refuses is passed over, and why is told."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audits.models import AuditSession, Batch, Project
from audits.services.batches import finalize_batch
from audits.services.sessions import abandon_session, finish_session
from labelops.errors import DomainError, Forbidden
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Membership
from labelops.tenancy.permissions import Permission


@dataclass
class Result:
    """How many were changed, and one sentence for each that was not."""

    changed: int = 0
    refused: list[str] = field(default_factory=list)


def _each[Row](rows: Iterable[Row], act: Callable[[Row], object]) -> Result:
    result = Result()
    for row in rows:
        try:
            act(row)
        except DomainError as error:
            result.refused.append(f"{row}: {error.message}")
        else:
            result.changed += 1
    return result


def _must(by: Membership, permission: Permission) -> None:
    if not by.may(permission):
        raise Forbidden()


@transaction.atomic(savepoint=False)
def finalize_batches(*, by: Membership, batch_ids: Sequence[UUID], now: datetime) -> Result:
    """Start the work on these batches. Raises Forbidden."""
    _must(by, Permission.EDIT_TASKS)
    batches = Batch.objects.for_organization(by.organization).visible_to(by).filter(pk__in=batch_ids).order_by("id")
    return _each(batches, lambda batch: finalize_batch(batch=batch, actor=by.user, now=now))


@transaction.atomic(savepoint=False)
def archive_projects(*, by: Membership, project_ids: Sequence[UUID], archived: bool, now: datetime) -> Result:
    """Put projects out of sight, or back: their tasks stay as they are, new batches go elsewhere. Raises Forbidden."""
    _must(by, Permission.EDIT_TASKS)
    projects = Project.objects.for_organization(by.organization).visible_to(by).select_for_update(of=("self",))
    wanted = projects.filter(pk__in=project_ids, archived_at__isnull=archived).order_by("id")
    return _each(wanted, lambda project: _archive(by, project, archived, now))


def _archive(by: Membership, project: Project, archived: bool, now: datetime) -> None:
    project.archived_at = now if archived else None
    project.save(update_fields=["archived_at"])
    record_event(EventType.PROJECT_CHANGED, organization=by.organization, actor=by.user, now=now,
                 subject_id=project.pk, before={"archived": not archived}, after={"archived": archived})  # fmt: skip


@transaction.atomic(savepoint=False)
def close_sessions(*, by: Membership, session_ids: Sequence[UUID], finish: bool, now: datetime) -> Result:
    """Finish these sessions, or abandon them, where this member opened them or leads."""
    close = finish_session if finish else abandon_session
    sessions = AuditSession.objects.for_organization(by.organization).joinable_by(by).filter(pk__in=session_ids)
    return _each(sessions.order_by("id"), lambda session: _close(by, session, close, now))


def _close(by: Membership, session: AuditSession, close: Callable[..., AuditSession], now: datetime) -> None:
    if session.created_by_id != by.user_id and not by.may(Permission.MANAGE_SESSIONS):
        raise Forbidden(_("Only whoever opened it, or a lead, may close it."))
    close(by=by, session=session, now=now)
