"""Wake-ups for the deliverer: what is to be done stands in rows, so a lost or doubled one of these does no harm."""

from celery import shared_task

from callbacks import delivery, leases, nudge, slots


@shared_task(name="callbacks.drain", acks_late=False, ignore_result=True)
def drain() -> int:
    """Deliver until idle for a moment, at most 25 s; 0 at once where enough deliverers run already."""
    with slots.deliverer_slot() as slot:
        sent = delivery.Deliverer().run() if slot is not None else 0
    if slot is not None and leases.is_anything_due():
        nudge.nudge()
    return sent


@shared_task(name="callbacks.sweep", acks_late=False, ignore_result=True)
def sweep() -> None:
    """Find what no nudge told of: retries that are due, leases of the dead, commits while the broker was away."""
    if leases.is_anything_due():
        nudge.nudge()
