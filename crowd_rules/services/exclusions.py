"""The one way in which a restriction comes to be, by hand or by a rule."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from audits.models import Performer
from crowd_rules.models import Restriction, RuleFiring
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Organization, User


def put_restriction(
    *,
    organization: Organization,
    actor: User | None,
    performer_id: UUID,
    scope: str,
    pool_id: UUID | None,
    project_id: UUID | None,
    until: datetime | None,
    private_comment: str,
    now: datetime,
    firing: RuleFiring | None = None,
    counter_key: str = "",
) -> Restriction:
    """Make it, or change the one that stands on the same target; a rule never shortens one."""
    # The row of the performer is what two of these at once wait for.
    Performer.objects.for_organization(organization).select_for_update(no_key=True).get(pk=performer_id)
    target = {"performer_id": performer_id, "scope": scope, "pool_id": pool_id, "project_id": project_id}
    held = Restriction.objects.for_organization(organization).filter(
        Q(until=None) | Q(until__gt=now), lifted_at=None, **target
    ).first()  # fmt: skip
    if held and firing and (held.until is None or (until is not None and until <= held.until)):
        return held
    before: dict[str, Any] = {}
    if held:
        before = told(held)
        held.until, held.private_comment = until, private_comment
        held.firing, held.counter_key = firing or held.firing, counter_key or held.counter_key
        held.save(update_fields=["until", "private_comment", "firing", "counter_key"])
    else:
        held = Restriction.objects.create(
            organization=organization, until=until, private_comment=private_comment, firing=firing,
            counter_key=counter_key, created_by=actor, created_at=now, **target,
        )  # fmt: skip
    record_event(EventType.RESTRICTION_SET, organization=organization, actor=actor, now=now, subject_id=performer_id,
                 before=before, after=told(held))  # fmt: skip
    return held


def told(restriction: Restriction) -> dict[str, Any]:
    return {
        "restriction": restriction.pk.hex,
        "scope": restriction.scope,
        "pool": restriction.pool_id.hex if restriction.pool_id else None,
        "project": restriction.project_id.hex if restriction.project_id else None,
        "until": restriction.until.isoformat() if restriction.until else None,
        "reason": restriction.private_comment,
    }
