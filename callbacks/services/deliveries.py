"""Deliveries by people's hand: sent again, canceled, and the test event."""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from callbacks.bodies import canonical_json
from callbacks.catalogue import TEST
from callbacks.models import CallbackEvent, Delivery, Endpoint, Replay
from callbacks.nudge import nudge
from callbacks.services.endpoints import held_endpoint, set_heads
from labelops.errors import Conflict, InvalidInput, NotFound
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization

ENDED = (Delivery.Status.DELIVERED, Delivery.Status.DEAD, Delivery.Status.CANCELED)
MOST_AT_ONCE = 1000


@transaction.atomic
def resend_delivery(*, organization: Organization, delivery_id: UUID, now: datetime) -> Delivery:
    """Send the same event again: same id, same bytes, whole schedule. Raises NotFound; Conflict if it still waits."""
    delivery = _held_delivery(organization, delivery_id)
    if delivery.status not in ENDED:
        raise Conflict(_("This callback is still on its way: wait for it, or enable its endpoint."))
    if delivery.endpoint.status != Endpoint.Status.ACTIVE:
        raise Conflict(_("The endpoint is disabled: enable it first."))
    mine = Delivery.objects.for_organization(organization).filter(endpoint_id=delivery.endpoint_id)
    requeue(mine.filter(pk=delivery.pk), now=now)
    set_heads(mine.filter(subject_id=delivery.subject_id))
    delivery.refresh_from_db()
    transaction.on_commit(nudge, robust=True)
    return delivery


def _held_delivery(organization: Organization, delivery_id: UUID) -> Delivery:
    mine = Delivery.objects.for_organization(organization).select_for_update(of=("self",)).select_related("endpoint")
    delivery = mine.filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound
    return delivery


def requeue(deliveries: object, *, now: datetime, replay: Replay | None = None) -> int:
    """Ended deliveries back into the queue of replays, no heads yet; returns how many."""
    return deliveries.filter(status__in=ENDED).update(
        status=Delivery.Status.PENDING, priority=Delivery.Priority.REPLAY, is_head=False, attempts=0, due_at=now,
        finished_at=None, replay=replay, status_before=F("status"), lease_owner=None, lease_until=None,
    )  # fmt: skip


@transaction.atomic
def replay_deliveries(*, organization: Organization, delivery_ids: Collection[UUID], now: datetime) -> int:
    """Send the chosen ones again, behind everything new; returns how many: what still waits, and what an endpoint that
    is not active would get, is left as it is. At most 1,000 at once. Raises InvalidInput."""
    if len(delivery_ids) > MOST_AT_ONCE:
        raise InvalidInput(_("Choose at most 1,000 callbacks, or replay a range of time."))
    active = Endpoint.objects.for_organization(organization).filter(status=Endpoint.Status.ACTIVE)
    mine = Delivery.objects.for_organization(organization)
    chosen = mine.filter(pk__in=list(delivery_ids), endpoint__in=active)
    found = list(chosen.values_list("endpoint_id", "subject_id").distinct())
    number = requeue(mine.filter(pk__in=list(chosen.values_list("pk", flat=True))), now=now)
    for endpoint_id in {endpoint for endpoint, _subject in found}:
        subjects = [subject for endpoint, subject in found if endpoint == endpoint_id]
        set_heads(mine.filter(endpoint_id=endpoint_id, subject_id__in=subjects))
    transaction.on_commit(nudge, robust=True)
    return number


@transaction.atomic
def cancel_delivery(*, organization: Organization, delivery_id: UUID, now: datetime) -> Delivery:
    """Send this one no more, whatever came of it so far; its successor goes next. Raises NotFound; Conflict at an end.

    An attempt that is under way ends unheard.
    """
    delivery = _held_delivery(organization, delivery_id)
    if delivery.status not in (Delivery.Status.PENDING, Delivery.Status.HELD):
        raise Conflict(_("This callback has ended already."))
    delivery.status, delivery.is_head, delivery.finished_at = Delivery.Status.CANCELED, False, now
    delivery.lease_owner = delivery.lease_until = None
    delivery.save(update_fields=["status", "is_head", "finished_at", "lease_owner", "lease_until"])
    if delivery.replay_id:
        Replay.objects.for_organization(organization).filter(pk=delivery.replay_id).update(failed=F("failed") + 1)
    same = {"endpoint_id": delivery.endpoint_id, "subject_id": delivery.subject_id}
    set_heads(Delivery.objects.for_organization(organization).filter(**same))
    transaction.on_commit(nudge, robust=True)
    return delivery


@transaction.atomic
def send_test_event(*, organization: Organization, endpoint_id: UUID, now: datetime) -> Delivery:
    """An `endpoint.test` event to this endpoint alone, through the real pipeline. Raises NotFound, Conflict."""
    endpoint = held_endpoint(organization, endpoint_id)
    if endpoint.status != Endpoint.Status.ACTIVE:
        raise Conflict(_("The endpoint is disabled: enable it first."))
    said = {"type": TEST, "timestamp": now.isoformat(), "sequence": 1}
    body = canonical_json(said | {"data": {"endpoint": endpoint.pk.hex, "message": "This is a test."}}).encode()
    event = CallbackEvent.objects.create(
        organization=organization, type=TEST, subject_id=uuid7(), body=body, sha256=sha256(body).digest(),
        created_at=now,
    )  # fmt: skip
    delivery = Delivery.objects.create(
        organization=organization, event=event, endpoint=endpoint, subject_id=event.subject_id, sequence=1,
        is_head=True, due_at=now, created_at=now,
    )  # fmt: skip
    transaction.on_commit(nudge, robust=True)
    return delivery
