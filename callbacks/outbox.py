"""The outbox: the one door through which other apps say that something happened."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from callbacks.bodies import body_text
from callbacks.models import Delivery
from callbacks.models.delivery import DeliveryQuerySet
from callbacks.nudge import nudge
from callbacks.services.endpoints import set_heads
from labelops.postgres.base import Later
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization

PUBLISH = "SELECT callbacks_publish(%s, %s, %s, %s, %s, %s, %s, %s::text[], %s)"


def publish(
    *,
    organization: Organization,
    type: str,
    subject_id: UUID,
    sequence: int,
    body: dict[str, Any],
    project_id: UUID | None,
    callback_urls: Iterable[str],
    now: datetime,
    wake: bool | None = None,
) -> None:
    """Note the event and one delivery per listener, in the caller's transaction; one statement, nothing sent here.

    The caller holds the subject's row lock and `sequence` grows with each of its events: that is what orders them.
    `callback_urls` are addresses (http, https, or e-mail) that listen beside the registered endpoints. Into the body
    come `type`, `timestamp` and `sequence`, unless it has them. Raises InvalidInput for a body that is no JSON.

    `wake`: whether any endpoint of the organization is active, where the caller knows; then nobody waits for this
    statement, which goes along with the next one or with COMMIT.
    """
    text = body_text({"type": type, "timestamp": now.isoformat(), "sequence": sequence} | body, type, subject_id)
    urls = [url for url in callback_urls if url]
    ids = [str(value) if value else None for value in (organization.pk, uuid7(), subject_id, project_id)]
    arguments = [ids[0], ids[1], type, ids[2], sequence, text, ids[3], urls, now]
    to_send = _write(arguments, waits=wake is None)
    if to_send or wake or (wake is not None and urls):
        transaction.on_commit(nudge, robust=True)


def _write(arguments: list[Any], *, waits: bool) -> int:
    """How many are to be sent, where that is waited for."""
    with connection.cursor() as cursor:
        cursor.execute(PUBLISH if waits else Later(PUBLISH), arguments)
        return cursor.fetchone()[0] if waits else 0


def hold(*, organization: Organization, subject_id: UUID, sequence: int, until: datetime) -> None:
    """Let what was published in this transaction wait until then; meanwhile it can be withdrawn."""
    _untold(organization, subject_id, sequence).filter(attempts=0).update(due_at=until)


def withdraw(*, organization: Organization, subject_id: UUID, sequence: int, now: datetime) -> bool:
    """Cancel what still waits of this event. True where nobody has been, or is just being, told of it."""
    told = Delivery.objects.for_organization(organization).filter(subject_id=subject_id, sequence=sequence)
    waiting = _untold(organization, subject_id, sequence).filter(attempts=0, lease_owner=None)
    # Locked first: a lease that is taken meanwhile ends it, or is seen here.
    found = {row.pk: row.endpoint_id for row in waiting.select_for_update(of=("self",)).order_by("pk")}
    waiting.filter(pk__in=found).update(status=Delivery.Status.CANCELED, is_head=False, finished_at=now)
    for endpoint_id in set(found.values()):
        same = Delivery.objects.for_organization(organization).filter(endpoint_id=endpoint_id, subject_id=subject_id)
        set_heads(same)
    return not told.exclude(pk__in=found).exists()


def _untold(organization: Organization, subject_id: UUID, sequence: int) -> DeliveryQuerySet:
    """Also what a disabled endpoint would hear of once it is enabled."""
    mine = Delivery.objects.for_organization(organization).filter(subject_id=subject_id, sequence=sequence)
    return mine.filter(status__in=[Delivery.Status.PENDING, Delivery.Status.HELD])
