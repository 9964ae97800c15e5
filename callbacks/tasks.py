"""Wake-ups for the deliverer: what is to be done stands in rows, so a lost or doubled one of these does no harm."""

from celery import shared_task

from callbacks import delivery, leases, nudge, slots


@shared_task(name="callbacks.drain", acks_late=False, ignore_result=True)
def drain() -> int:
    """Deliver until idle for a moment, at most 25 s; 0 at once where enough deliverers run already."""
    with slots.deliverer_slot(keep=True) as slot:
        if slot.number is None:
            return 0

        def hand_over() -> None:
            # While what hangs is waited for, another process may take this place.
            slot.release()
            if leases.is_anything_due():
                nudge.nudge()

        return delivery.Deliverer(on_landing=hand_over, keep_connections=True).run()


@shared_task(name="callbacks.sweep", acks_late=False, ignore_result=True)
def sweep() -> None:
    """Find what no nudge told of: retries that are due, leases of the dead, commits while the broker was away."""
    if leases.is_anything_due():
        nudge.nudge()
