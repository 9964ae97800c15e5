"""The log of what was sent does not grow for ever: what arrived, or was canceled, goes after CALLBACK_LOG_DAYS.

What never arrived stays, however old: what waits, what is held, and what was given up and can still be sent again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from callbacks.models import Attempt, CallbackEvent, Delivery
from labelops.tenancy.identifiers import first_uuid7
from labelops.tenancy.scope import system_scope

# Events in one transaction, and transactions in one run: the next run goes on.
PORTION, MOST_PORTIONS = 500, 400
OVER = (Delivery.Status.DELIVERED, Delivery.Status.CANCELED)


def drop_old_deliveries(*, now: datetime) -> int:
    """Delete events older than CALLBACK_LOG_DAYS (0: none) with deliveries and attempts; how many deliveries."""
    if not settings.CALLBACK_LOG_DAYS:
        return 0
    before = now - timedelta(days=settings.CALLBACK_LOG_DAYS)
    dropped, behind = 0, UUID(int=0)
    for _ in range(MOST_PORTIONS):
        with system_scope("sweep"):
            # Ids tell time: the primary key finds the oldest.
            old = CallbackEvent.objects.filter(pk__lt=first_uuid7(before), pk__gt=behind).order_by("pk")
            ids = list(old.values_list("pk", flat=True)[:PORTION])
            dropped += _drop(ids, before)
        if len(ids) < PORTION:
            break
        behind = ids[-1]
    return dropped


def _drop(event_ids: Sequence[UUID], before: datetime) -> int:
    """Whole events only: where one delivery of it must stay, all stay, and the body with them."""
    held = Delivery.objects.filter(event_id__in=event_ids).select_for_update(of=("self",)).order_by("pk")
    deliveries = list(held.only("id", "event_id", "status", "finished_at"))
    kept = {one.event_id for one in deliveries if not _is_over(one, before)}
    doomed = [one.pk for one in deliveries if one.event_id not in kept]
    Attempt.objects.filter(delivery_id__in=doomed).delete()
    Delivery.objects.filter(pk__in=doomed).delete()
    CallbackEvent.objects.filter(pk__in=[one for one in event_ids if one not in kept]).delete()
    return len(doomed)


def _is_over(delivery: Delivery, before: datetime) -> bool:
    # One that was canceled with its endpoint has no end of its own; its event is old enough.
    return delivery.status in OVER and (delivery.finished_at is None or delivery.finished_at < before)
