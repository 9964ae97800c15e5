"""Audit sessions: a drawn sample and the queue over it, shared by its auditors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.http import QueryDict
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.filters import PageFilter, TaskFilter
from audits.models import AuditSession, Batch, Draft, Performer, Project, SessionAuditor, SessionItem, Task, TaskLock
from audits.plans import BoundPlan, PlanRequest
from audits.services.locks import Lease, assigned_projects, release_held, release_lock
from audits.services.planning import draw_for_plan, ruling_of
from audits.services.sampling import LARGEST_SEED, Draw, SampleSize, draw_sample, new_seed
from audits.services.second_audits import plan_second_audits
from labelops.errors import Conflict, InvalidInput, NotFound
from labelops.postgres.base import Later
from labelops.tenancy.events import record_event
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Membership, User
from labelops.tenancy.permissions import Permission
from labelops.tenancy.rows import call, fetch, instance, put

NO_SUCH_SESSION = gettext_lazy("There is no audit session with that id.")
# A skipped task goes behind everything drawn; among the skipped, the oldest skip comes first.
BEHIND_ALL = 2**40
SESSION_AND_OPENER = """
SELECT f.session, f.tallied, u AS opener FROM audits_find_session(%s, %s, %s, %s, %s) f
  JOIN tenancy_user u ON u.id = (f.session).created_by_id
"""
# A session with its items. COPY is refused under row-level security; this takes them all at once. An item's id is the
# session's with the position at its end: new random ones cost as much as all else, and would lie everywhere in their
# index. 16^7 more, so that eight digits need no filling up.
WRITTEN = AuditSession._meta.concrete_fields
ADD = f"""
WITH opened AS (
    INSERT INTO audits_auditsession ({", ".join(field.column for field in WRITTEN)})
    VALUES ({", ".join(f"%({field.attname})s" for field in WRITTEN)}))
INSERT INTO audits_sessionitem (id, organization_id, session_id, task_id, position, state, skips, skip_reason)
SELECT (%(item)s || to_hex(position + {16**7}))::uuid, %(organization_id)s, %(id)s, task_id, position, 0, 0, ''
  FROM unnest(%(tasks)s::uuid[]) WITH ORDINALITY AS drawn (task_id, position)
"""  # noqa: S608


class SessionClosed(Conflict):
    """The session hands out no tasks."""

    message = gettext_lazy("This session is closed. Resume it, or open a new one.")


class PlanDecided(Conflict):
    """More looks after the decision would make another plan of it, with other risks."""

    message = gettext_lazy("This session's plan has decided. To look at more tasks, open a new session.")


@dataclass(frozen=True)
class Claimed:
    """A task out of the queue with the lock on it, and this auditor's earlier work on it."""

    task: Task
    lease: Lease
    draft: Draft | None = None


def frame(*, member: Membership, filter: dict[str, Any], zone: str) -> PageFilter:
    """Of the tasks a session may be drawn from: completed, matching the filter, visible to the member."""
    data = QueryDict(mutable=True)
    for name, value in filter.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    tasks = Task.objects.for_organization(member.organization).visible_to(member).completed()
    return PageFilter(data, queryset=tasks, organization=member.organization, zone=ZoneInfo(zone))


@transaction.atomic(savepoint=False)
def open_session(
    *,
    opener: Membership,
    filter: dict[str, Any],
    size: SampleSize,
    now: datetime,
    seed: int | None = None,
    auditors: Sequence[Membership] = (),
    name: str = "",
    zone: str | None = None,
    plan: PlanRequest | None = None,
    second_share: float = 0.0,
) -> AuditSession:
    """Draw a sample of the completed tasks that match `filter` (keys of TaskFilter) and queue it.

    `seed` repeats a draw; none given: a new one. `auditors` restricts the queue to them. With a `plan` the session
    ends with a decision about the lot, and `size` is the plan's to say. `second_share` (0 to 1) of the tasks are to be
    judged again by a second auditor. Raises InvalidInput.
    """
    seed = new_seed() if seed is None else seed
    _check_wishes(seed, auditors)
    zone = zone or opener.organization.time_zone
    draw, bound = _draw(opener, frame(member=opener, filter=filter, zone=zone), size, plan, seed)
    manifest = _manifest(filter, zone, seed, draw, now)
    session = AuditSession(
        organization=opener.organization, created_by=opener.user, name=name.strip()[:255], filter=filter, seed=seed,
        population=draw.population, size=len(draw.task_ids), manifest=manifest, created_at=now,
        plan=bound.to_json() if bound else None, decision="", decided_on={}, second_size=0,
    )  # fmt: skip
    _add(session, draw.task_ids)
    plan_second_audits(session, draw.task_ids, share=second_share, auditors=len(auditors))
    SessionAuditor.objects.bulk_create(
        SessionAuditor(organization=opener.organization, session=session, user_id=auditor.user_id)
        for auditor in auditors
    )
    after = {"size": session.size, "seed": seed}
    after |= {"plan": session.plan} if bound else {}
    _record(EventType.SESSION_OPENED, session, opener, now, after=after)
    return session


def _draw(
    opener: Membership, found: TaskFilter, size: SampleSize, plan: PlanRequest | None, seed: int
) -> tuple[Draw, BoundPlan | None]:
    tasks = found.checked()
    ahead = import_string(settings.TASK_FRAMES)(found, member=opener)
    if plan:
        return draw_for_plan(tasks, plan, seed, ahead=ahead)
    return draw_sample(tasks, size=size, seed=seed, ahead=ahead), None


def _check_wishes(seed: int, auditors: Sequence[Membership]) -> None:
    if not 0 <= seed <= LARGEST_SEED:
        raise InvalidInput(
            fields={
                "seed": _("The seed must be a whole number from 0 to %(largest_seed)s.")
                % {"largest_seed": LARGEST_SEED}
            }
        )
    if any(not auditor.may(Permission.AUDIT) for auditor in auditors):
        raise InvalidInput(fields={"auditors": _("Every auditor must be a member whose role may audit.")})


def _manifest(filter: dict[str, Any], zone: str, seed: int, draw: Draw, now: datetime) -> dict[str, Any]:
    return {
        "algorithm": draw.algorithm,
        "filter": filter,
        "time_zone": zone,
        "seed": seed,
        "frame_size": draw.population,
        "frame_hash": draw.frame_hash,
        "size": len(draw.task_ids),
        "inclusion_probability": len(draw.task_ids) / draw.population,
        "drawn_at": now.isoformat(),
    }


def _add(session: AuditSession, task_ids: list[str]) -> None:
    """The session and its queue, at once."""
    row = {field.attname: field.get_db_prep_save(getattr(session, field.attname), connection) for field in WRITTEN}
    # As one text: psycopg2 writes down a list one by one.
    row |= {"tasks": f"{{{','.join(task_ids)}}}", "item": session.pk.hex[:24]}
    with connection.cursor() as cursor:
        cursor.execute(Later(ADD), row)
    session._state.adding, session._state.db = False, connection.alias


def _record(type: EventType, session: AuditSession, who: Membership, now: datetime, **change: Any) -> None:
    record_event(type, organization=who.organization, actor=who.user, now=now, session_id=session.pk,
                 subject_id=session.pk, **change)  # fmt: skip


def find_session(*, member: Membership, session_id: UUID) -> AuditSession:
    """The session with its progress, where this member may see it: NotFound otherwise, as for an unknown id."""
    rights = session_rights(member)
    found = fetch(SESSION_AND_OPENER, [member.organization_id, session_id, member.user_id, *rights])
    if not found:
        raise NotFound(NO_SUCH_SESSION)
    (row,) = found
    session = instance(AuditSession, row["session"])
    session.created_by, session.tallied = instance(User, row["opener"]), row["tallied"]
    return session


def session_rights(member: Membership) -> list[bool]:
    """May lead, may audit: what `audits_find_session` decides by."""
    return [member.may(Permission.MANAGE_SESSIONS), member.may(Permission.AUDIT)]


def show_session(*, member: Membership, session_id: UUID) -> AuditSession:
    """`find_session` for a page that shows it: where auditors need an assignment, one task must be theirs. NotFound.

    A verdict or a skip goes without this look: its task is judged by itself.
    """
    mine = AuditSession.objects.for_organization(member.organization).joinable_by(member)
    if member.needs_assignment and not mine.filter(pk=session_id).exists():
        raise NotFound(NO_SUCH_SESSION)
    return find_session(member=member, session_id=session_id)


def claim_arguments(auditor: Membership) -> list[Any]:
    """Lease, the projects the auditor is bound to (None: any), and the id of the event: as `audits_claim_next` ends."""
    return [timedelta(seconds=auditor.organization.lock_seconds), assigned_projects(auditor), uuid7()]


def claimed_of(row: dict[str, Any] | None, auditor: Membership) -> Claimed | None:
    """From what `audits_claim_next` returns."""
    task = row and instance(Task, row["task"])
    if task is None:
        return None
    put(task, organization=auditor.organization, project=instance(Project, row["project"]),
        batch=instance(Batch, row["batch"]), completed_by=instance(Performer, row["performer"]))  # fmt: skip
    acquired_at, expires_at = (datetime.fromisoformat(row[name]) for name in ("acquired_at", "expires_at"))
    lease = Lease(task.pk, row["token"], acquired_at, expires_at, row["is_new"])
    return Claimed(task, lease, instance(Draft, row["draft"]))


@transaction.atomic(savepoint=False)
def claim_next(*, auditor: Membership, session: AuditSession) -> Claimed | None:
    """The task this auditor holds in the session already (renewed), or the next one; None: nothing is left for them.

    Raises SessionClosed.
    """
    if session.status != AuditSession.Status.OPEN:
        raise SessionClosed()
    arguments = [auditor.organization_id, session.pk, auditor.user_id, *claim_arguments(auditor)]
    return claimed_of(call("audits_claim_next", arguments), auditor)


@transaction.atomic(savepoint=False)
def skip_item(
    *, auditor: Membership, session: AuditSession, task_id: UUID, token: int, reason: str, now: datetime
) -> None:
    """Put the task behind the others of the queue and give back the lock; another auditor may take it.

    Raises Conflict where this auditor does not hold it any more.
    """
    item = SessionItem.objects.for_organization(auditor.organization).select_for_update().filter(
        session=session, task_id=task_id, state=SessionItem.State.OPEN
    )  # fmt: skip
    held = item.first()
    if held is None or not release_lock(auditor=auditor, task_id=task_id, token=token, now=now):
        raise Conflict(_("You no longer hold this task, so it was not skipped."))
    held.position = BEHIND_ALL + int(now.timestamp() * 1000)
    held.skips, held.skip_reason = held.skips + 1, reason.strip()[:500]
    held.save(update_fields=["position", "skips", "skip_reason"])
    record_event(EventType.ITEM_SKIPPED, organization=auditor.organization, actor=auditor.user, now=now,
                 task_id=task_id, session_id=session.pk, after={"reason": held.skip_reason})  # fmt: skip


@transaction.atomic(savepoint=False)
def leave_session(*, auditor: Membership, session: AuditSession, now: datetime) -> None:
    """Give back what this auditor holds in the session; its queue waits for them or for others."""
    held = TaskLock.objects.for_organization(auditor.organization).of_session(session.pk)
    mine = held.filter(holder_id=auditor.user_id)
    release_held(mine, organization=auditor.organization, actor=auditor.user, now=now)


def finish_session(*, by: Membership, session: AuditSession, now: datetime) -> AuditSession:
    """No more tasks are handed out; those not audited stay as they are. Twice changes nothing. Raises SessionClosed."""
    return _close(by, session, AuditSession.Status.FINISHED, EventType.SESSION_FINISHED, now)


def abandon_session(*, by: Membership, session: AuditSession, now: datetime) -> AuditSession:
    """Close the session as one not carried through. Verdicts that were given stand. Raises SessionClosed."""
    return _close(by, session, AuditSession.Status.ABANDONED, EventType.SESSION_ABANDONED, now)


@transaction.atomic(savepoint=False)
def _close(by: Membership, session: AuditSession, status: str, type: EventType, now: datetime) -> AuditSession:
    held = _held(session)
    if held.status == status:
        return held
    if held.status != AuditSession.Status.OPEN:
        raise SessionClosed(_("This session is %(lower)s already.") % {"lower": held.get_status_display().lower()})
    if status == AuditSession.Status.FINISHED:
        _decide(held, ends=True)
    locks = TaskLock.objects.for_organization(by.organization).of_session(session.pk)
    release_held(locks, organization=by.organization, actor=by.user, now=now, reason=f"The session was {status}.")
    _end(held, by, status, type, now)
    return held


def _decide(session: AuditSession, *, ends: bool) -> bool:
    """Put the plan's decision into the session, where there is a plan and it has decided."""
    ruling = ruling_of(session, ends=ends)
    if ruling is None:
        return False
    session.decision, session.decided_on = ruling.decision, ruling.to_json()
    return True


def _end(held: AuditSession, by: Membership, status: str, type: EventType, now: datetime) -> None:
    held.status, held.finished_at = status, now
    held.save(update_fields=["status", "finished_at", "decision", "decided_on"])
    after = {"status": status}
    after |= {"decision": held.decision, **held.decided_on} if held.decision else {}
    _record(type, held, by, now, before={"status": "open"}, after=after)


@transaction.atomic(savepoint=False)
def stop_when_decided(*, by: Membership, session: AuditSession, now: datetime) -> bool:
    """Finish a session whose sequential plan has decided; what others hold they may still judge. True: it is closed."""
    if ruling_of(session) is None:
        return False
    held = _held(session)
    if held.status != AuditSession.Status.OPEN:
        return True
    # Asked again now that the row is held.
    if not _decide(held, ends=False):
        return False
    mine = TaskLock.objects.for_organization(by.organization).of_session(session.pk).filter(holder_id=by.user_id)
    release_held(mine, organization=by.organization, actor=by.user, now=now, reason="The session's plan has decided.")
    _end(held, by, AuditSession.Status.FINISHED, EventType.SESSION_FINISHED, now)
    return True


@transaction.atomic(savepoint=False)
def resume_session(*, by: Membership, session: AuditSession, now: datetime) -> AuditSession:
    """Open a closed session's queue again. Resuming an open one changes nothing. Raises PlanDecided."""
    held = _held(session)
    if held.status == AuditSession.Status.OPEN:
        return held
    if held.decided_on.get("by_plan"):
        raise PlanDecided
    return reopen_session(by=by, held=held, now=now)


def reopen_session(*, by: Membership, held: AuditSession, now: datetime) -> AuditSession:
    """Whatever was decided, in the caller's transaction."""
    before, held.status, held.finished_at = held.status, AuditSession.Status.OPEN, None
    held.decision, held.decided_on = "", {}
    held.save(update_fields=["status", "finished_at", "decision", "decided_on"])
    _record(EventType.SESSION_RESUMED, held, by, now, before={"status": before}, after={"status": "open"})
    return held


def _held(session: AuditSession) -> AuditSession:
    sessions = AuditSession.objects.for_organization(session.organization)
    # Not the key: a verdict's rows point at this one, and closing waits for the verdict's lock.
    return sessions.select_for_update(no_key=True).get(pk=session.pk)
