"""A range of an endpoint's past, sent again: counted first, fed by the deliverer, canceled at any time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from callbacks.catalogue import EVENT_TYPES, TEST
from callbacks.models import Delivery, Endpoint, Replay
from callbacks.models.delivery import DeliveryQuerySet
from callbacks.nudge import nudge
from callbacks.services.deliveries import ENDED
from callbacks.services.endpoints import held_endpoint
from labelops.errors import Conflict, InvalidInput, NotFound
from labelops.tenancy.models import Organization, User

# Without a choice: what never arrived.
MISSED = (Delivery.Status.DEAD, Delivery.Status.CANCELED)


def count_replay(
    *,
    organization: Organization,
    endpoint_id: UUID,
    since: datetime,
    until: datetime,
    statuses: Sequence[str] = MISSED,
    event_types: Sequence[str] = (),
) -> int:
    """How many would be sent; changes nothing. Raises NotFound, InvalidInput."""
    _check(since, until, statuses, event_types)
    mine = Endpoint.objects.for_organization(organization).not_deleted()
    if not mine.filter(pk=endpoint_id).exists():
        raise NotFound
    return _within(organization, endpoint_id, since, until, statuses, event_types).count()


def _within(organization: Organization, endpoint_id: UUID, since: datetime, until: datetime,
            statuses: Sequence[str], event_types: Sequence[str]) -> DeliveryQuerySet:  # fmt: skip
    found = Delivery.objects.for_organization(organization).filtered(endpoint_id=endpoint_id, since=since, until=until)
    found = found.filter(status__in=list(statuses))
    return found.filter(event__type__in=list(event_types)) if event_types else found


def _check(since: datetime, until: datetime, statuses: Sequence[str], event_types: Sequence[str]) -> None:
    wrong = {}
    if since >= until:
        wrong["until"] = _("The end lies before the beginning.")
    if not statuses or not set(statuses) <= set(ENDED):
        wrong["statuses"] = _("Choose among delivered, dead and canceled.")
    if not set(event_types) <= {*EVENT_TYPES, TEST}:
        wrong["event_types"] = _("Choose among the known types of events.")
    if wrong:
        raise InvalidInput(fields=wrong)


@transaction.atomic
def start_replay(
    *,
    organization: Organization,
    actor: User | None,
    endpoint_id: UUID,
    since: datetime,
    until: datetime,
    now: datetime,
    statuses: Sequence[str] = MISSED,
    event_types: Sequence[str] = (),
) -> Replay:
    """Send again what this endpoint was told between `since` and `until` (now at the latest), behind everything new.

    One at a time for each endpoint. Raises NotFound, InvalidInput, Conflict (disabled, or one is running).
    """
    until = min(until, now)
    _check(since, until, statuses, event_types)
    endpoint = held_endpoint(organization, endpoint_id)
    if endpoint.status != Endpoint.Status.ACTIVE:
        raise Conflict(_("The endpoint is disabled: enable it first."))
    mine = Replay.objects.for_organization(organization)
    if mine.filter(endpoint=endpoint, status=Replay.Status.RUNNING).exists():
        raise Conflict(_("A replay to this endpoint is running: wait for it, or cancel it."))
    total = _within(organization, endpoint_id, since, until, statuses, event_types).count()
    replay = Replay.objects.create(
        organization=organization, endpoint=endpoint, created_by=actor, created_at=now, since=since, until=until,
        statuses=list(statuses), event_types=list(event_types), total=total,
    )  # fmt: skip
    transaction.on_commit(nudge, robust=True)
    return replay


@transaction.atomic
def cancel_replay(*, organization: Organization, replay_id: UUID, now: datetime) -> Replay:
    """Send no more of it: what was not sent yet is as it was before. Raises NotFound; Conflict where it has ended."""
    replay = Replay.objects.for_organization(organization).select_for_update().filter(pk=replay_id).first()
    if replay is None:
        raise NotFound
    if replay.status != Replay.Status.RUNNING:
        raise Conflict(_("This replay has ended already."))
    replay.status, replay.finished_at = Replay.Status.CANCELED, now
    replay.save(update_fields=["status", "finished_at"])
    mine = Delivery.objects.for_organization(organization).filter(replay=replay)
    # A lease that has run out is that of a deliverer that died.
    waiting = mine.pending().filter(Q(lease_owner=None) | Q(lease_until__lt=Now()))
    # Successors of what is under way are no heads: they go with the rest.
    waiting.update(status=F("status_before"), is_head=False, finished_at=now, replay=None, lease_owner=None)
    return replay
