"""Wake-ups for the deliverer: what is to be done stands in rows, so a lost or doubled one of these does no harm."""

from celery import shared_task
from django.utils import timezone

from callbacks import alerts, delivery, leases, nudge, slots
from callbacks.services.retention import drop_old_deliveries


@shared_task(name="callbacks.drain", acks_late=False, ignore_result=True)
def drain() -> int:
    """Deliver until idle for a moment, at most 10 s; 0 at once where enough deliverers run already.

    Short, because a worker that is told to end waits for this and for what is under way then; the next nudge goes on.
    """
    with slots.deliverer_slot(keep=True) as slot:
        if slot.number is None:
            return 0

        def hand_over() -> None:
            # While what hangs is waited for, another process may take this place.
            slot.release()
            if leases.is_anything_due():
                nudge.nudge()

        return delivery.Deliverer(run_seconds=10, on_landing=hand_over, keep_connections=True).run()


@shared_task(name="callbacks.sweep", acks_late=False, ignore_result=True)
def sweep() -> None:
    """Find what no nudge told of: retries that are due, leases of the dead, commits while the broker was away."""
    if leases.is_anything_due():
        nudge.nudge()


@shared_task(name="callbacks.watch", acks_late=False, ignore_result=True)
def watch() -> None:
    """Mail what people should know of failing endpoints."""
    alerts.send_alerts(now=timezone.now())


@shared_task(name="callbacks.drop_old", acks_late=False, ignore_result=True)
def drop_old() -> None:
    """Take what arrived long ago out of the log."""
    drop_old_deliveries(now=timezone.now())
