"""Shutting performers out and letting them in again. Each is an event, and a reason is for requesters only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.models import Performer, Project
from crowd_rules.models import Pool, Restriction
from crowd_rules.services.consequences import note_lost_access
from crowd_rules.services.exclusions import put_restriction, told
from crowd_rules.services.sentences import longer_than
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Organization, User

LONGEST_COMMENT = 499
NO_SUCH_RESTRICTION = gettext_lazy("There is no such restriction.")


@transaction.atomic(savepoint=False)
def restrict(
    *,
    organization: Organization,
    actor: User | None,
    performer: Performer,
    scope: str,
    pool: Pool | None = None,
    project_id: UUID | None = None,
    until: datetime | None,
    private_comment: str = "",
    now: datetime,
) -> Restriction:
    """Restrict by hand; `until=None` is for good. One that stands on the same target is changed instead.

    The assignment in hand may be finished. Raises InvalidInput (scope without target, time past).
    """
    _check(organization, scope, pool, project_id, until, private_comment, now)
    restriction = put_restriction(
        organization=organization, actor=actor, performer_id=performer.pk, scope=scope,
        pool_id=pool.pk if scope == "POOL" else None, project_id=project_id if scope == "PROJECT" else None,
        until=until, private_comment=private_comment, now=now,
    )  # fmt: skip
    note_lost_access(organization, performer.pk, "RESTRICTION", "", restriction.pk, now)
    return restriction


def _check(
    organization: Organization, scope: str, pool: Pool | None, project_id: UUID | None, until: datetime | None,
    comment: str, now: datetime,
) -> None:  # fmt: skip
    if scope not in Restriction.Scope.values:
        choices = ", ".join(Restriction.Scope.values)
        raise InvalidInput(fields={"scope": _("Choose one of %(choices)s.") % {"choices": choices}})
    if scope == "POOL" and pool is None:
        raise InvalidInput(fields={"pool_id": _("Say which pool.")})
    known = Project.objects.for_organization(organization)
    if scope == "PROJECT" and not (project_id and known.filter(pk=project_id).exists()):
        raise InvalidInput(fields={"project_id": _("Say which project.")})
    if until is not None and until <= now:
        raise InvalidInput(fields={"will_expire": _("This time is over already.")})
    if len(comment) > LONGEST_COMMENT:
        raise InvalidInput(fields={"private_comment": longer_than(LONGEST_COMMENT)})


@transaction.atomic(savepoint=False)
def lift(
    *, organization: Organization, actor: User | None, restriction_id: Any, now: datetime, reason: str = ""
) -> Restriction:
    """End it now; the history starts anew, as at its own end. Lifted or over already: unchanged. Raises NotFound."""
    held = _held(organization, restriction_id)
    if held.lifted_at is None and (held.until is None or held.until > now):
        _end(held, EventType.RESTRICTION_LIFTED, organization, actor, now, reason, undone=False)
    return held


@transaction.atomic(savepoint=False)
def undo(
    *, organization: Organization, actor: User | None, restriction_id: Any, reason: str, now: datetime
) -> Restriction:
    """It should never have been: the history goes on as if it had not. Raises NotFound, InvalidInput (no reason)."""
    if not reason.strip():
        raise InvalidInput(fields={"reason": _("Say why you undo the restriction.")})
    held = _held(organization, restriction_id)
    if not held.undone:
        _end(held, EventType.RESTRICTION_UNDONE, organization, actor, now, reason.strip(), undone=True)
    return held


@transaction.atomic(savepoint=False)
def lift_many(
    *, organization: Organization, actor: User | None, restriction_ids: list[UUID], reason: str, now: datetime
) -> int:
    """Lift a selection; how many were in force. Raises NotFound (any of them unknown: none is lifted)."""
    rows = Restriction.objects.for_organization(organization).filter(pk__in=restriction_ids).select_for_update()
    held = list(rows.order_by("pk"))
    if len(held) != len(set(restriction_ids)):
        raise NotFound(NO_SUCH_RESTRICTION)
    in_force = [one for one in held if one.lifted_at is None and (one.until is None or one.until > now)]
    for one in in_force:
        _end(one, EventType.RESTRICTION_LIFTED, organization, actor, now, reason, undone=False)
    return len(in_force)


@transaction.atomic(savepoint=False)
def let_in_again(
    *, organization: Organization, actor: User | None, performer_ids: list[UUID], reason: str, now: datetime
) -> int:
    """Lift whatever is in force against these performers; how many of them were shut out somewhere."""
    live = Restriction.objects.for_organization(organization).live().filter(performer_id__in=performer_ids)
    found = dict(live.values_list("pk", "performer_id"))
    lift_many(organization=organization, actor=actor, restriction_ids=list(found), reason=reason, now=now)
    return len(set(found.values()))


def find_live(*, organization: Organization, restriction_id: Any) -> Restriction:
    """One in force. Raises NotFound."""
    found = Restriction.objects.for_organization(organization).live().filter(pk=restriction_id).first()
    if found is None:
        raise NotFound(NO_SUCH_RESTRICTION)
    return found


def _held(organization: Organization, restriction_id: Any) -> Restriction:
    held = Restriction.objects.for_organization(organization).select_for_update().filter(pk=restriction_id).first()
    if held is None:
        raise NotFound(NO_SUCH_RESTRICTION)
    return held


def _end(
    held: Restriction, type: EventType, organization: Organization, actor: User | None, now: datetime, reason: str,
    *, undone: bool,
) -> None:  # fmt: skip
    before = told(held)
    held.lifted_at, held.lifted_by, held.lift_reason, held.undone = held.lifted_at or now, actor, reason, undone
    held.save(update_fields=["lifted_at", "lifted_by", "lift_reason", "undone"])
    record_event(type, organization=organization, actor=actor, now=now, subject_id=held.performer_id, before=before,
                 after={"reason": reason})  # fmt: skip
