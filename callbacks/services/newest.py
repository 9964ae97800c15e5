"""What a task was told last, told once more."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from callbacks.models import Delivery, Endpoint
from callbacks.services.deliveries import ENDED, replay_deliveries
from labelops.tenancy.models import Organization

MOST_LISTENERS = 200


@transaction.atomic
def resend_newest(*, organization: Organization, subject_id: UUID, now: datetime) -> int:
    """Send the subject's newest event again to all active endpoints that it went to; returns how many it is on its way
    to now, those counted where it still was. 0: it never had a listener, or has none any more."""
    told = Delivery.objects.for_organization(organization).filter(subject_id=subject_id)
    event_id = told.order_by("-sequence", "-id").values_list("event_id", flat=True).first()
    to_active = told.filter(event_id=event_id, endpoint__status=Endpoint.Status.ACTIVE)
    found = dict(to_active.values_list("pk", "status")[:MOST_LISTENERS])
    waiting = sum(status == Delivery.Status.PENDING for status in found.values())
    ended = [pk for pk, status in found.items() if status in ENDED]
    return waiting + (replay_deliveries(organization=organization, delivery_ids=ended, now=now) if ended else 0)
