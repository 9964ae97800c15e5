"""Deliveries under lease: claim some, finish them. Blocking; each call is one short transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import connection

from callbacks.models import Delivery
from callbacks.schedule import next_delay
from callbacks.sender import GONE, Message, Outcome
from callbacks.signing import secret_from_key
from labelops.tenancy.encryption import decrypt
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.scope import system_scope

FIRST = UUID(int=0)
CLAIM = "SELECT * FROM callbacks_claim(%s, %s, %s, %s, %s, %s::uuid[], %s::integer[])"
FINISH = """
SELECT settled, written FROM callbacks_finish(%s, %s::uuid[], %s::uuid[], %s::text[], %s::interval[], %s::timestamptz[],
    %s::double precision[], %s::text[], %s::integer[], %s::text[], %s::text[], %s::bytea[])
"""
# Answered from the index of due heads; the rows under lease are few.
ANY_DUE = """
SELECT EXISTS (SELECT FROM callbacks_delivery d
                WHERE d.status = 'pending' AND d.is_head AND d.due_at <= clock_timestamp()
                  AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp()))
"""


@dataclass(frozen=True, slots=True)
class Result:
    """An attempt that was made, and what follows: a status, and for `pending` the seconds until the next attempt."""

    message: Message
    outcome: Outcome
    status: str
    wait: float = 0.0


def decide(message: Message, outcome: Outcome) -> Result:
    """Delivered, tried again later, held (410: the receiver is gone) or given up after the last attempt."""
    if outcome.is_success:
        return Result(message, outcome, Delivery.Status.DELIVERED)
    if outcome.status_code == GONE:
        return Result(message, outcome, Delivery.Status.HELD)
    wait = next_delay(message.profile, message.attempts + 1, outcome.wish)
    if wait is None:
        return Result(message, outcome, Delivery.Status.DEAD)
    return Result(message, outcome, Delivery.Status.PENDING, wait)


def claim_deliveries(
    *, owner: UUID, wanted: int, after: UUID, busy: Mapping[UUID, int], cap: int
) -> tuple[list[Message], UUID | None]:
    """Up to `wanted` messages under lease, and the endpoint to go on after; None at the end of a round."""
    lease = timedelta(seconds=settings.CALLBACK_LEASE_SECONDS)
    arguments = [str(owner), wanted, lease, cap, str(after), [str(key) for key in busy], list(busy.values())]
    with system_scope("deliver callbacks"), connection.cursor() as cursor:
        cursor.execute(CLAIM, arguments)
        *rows, end = cursor.fetchall()
    return [_message(row) for row in rows], end[2]


def _message(row: Sequence[Any]) -> Message:
    delivery, _, endpoint, event, attempts, kind, body, url, profile, secret, previous, auth_key = row
    key = _reveal(bytes(auth_key))
    own = tuple(text for text in (_reveal(bytes(secret)), _reveal(bytes(previous or b""))) if text)
    return Message(
        delivery_id=delivery,
        endpoint_id=endpoint,
        event_id=event,
        type=kind,
        attempts=attempts,
        url=url,
        profile=profile,
        body=bytes(body),
        signing_secrets=own or ((secret_from_key(key),) if key else ()),
        auth_key=key if profile == "scale" else "",
    )


@lru_cache(maxsize=1024)
def _reveal(data: bytes) -> str:
    """The secret in the clear; empty where there is none or no key fits any more: unsigned is better than unsent."""
    try:
        return decrypt(data) if data else ""
    except InvalidToken:
        return ""


def finish_deliveries(*, owner: UUID, results: Sequence[Result]) -> set[UUID]:
    """Write what came of them; returns the deliveries that are settled. The others are locked: try them again."""
    columns = [
        [str(result.message.delivery_id) for result in results],
        [str(uuid7()) for _ in results],
        [str(result.status) for result in results],
        [timedelta(seconds=result.wait) for result in results],
        [result.outcome.at for result in results],
        [result.outcome.seconds for result in results],
        [result.outcome.address for result in results],
        [result.outcome.status_code for result in results],
        [result.outcome.error for result in results],
        [_storable(result.outcome.detail) for result in results],
        [result.outcome.answer for result in results],
    ]
    with system_scope("deliver callbacks"), connection.cursor() as cursor:
        cursor.execute(FINISH, [str(owner), *columns])
        return {settled for settled, _ in cursor.fetchall()}


def _storable(text: str) -> str:
    return text.replace("\x00", " ").encode(errors="replace").decode()[:500]


def is_anything_due() -> bool:
    """Whether a delivery waits that nobody is sending."""
    with system_scope("deliver callbacks"), connection.cursor() as cursor:
        cursor.execute(ANY_DUE)
        return cursor.fetchone()[0]
