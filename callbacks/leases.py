"""Deliveries under lease: claim some, finish them. Blocking; each call is one short transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.conf import settings

from callbacks.guard import complaint_about, mail_address
from callbacks.messages import HealthNote, Message, Outcome, Result, Target
from callbacks.models import Delivery
from callbacks.schedule import next_delay
from callbacks.signing import secret_from_key
from labelops.tenancy.encryption import decrypt
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.scope import ask_in_system_scope

FIRST = str(UUID(int=0))
GONE = 410
CLAIM = """
SELECT * FROM callbacks_claim(%s, %s, %s, %s, %s, %s, %s::uuid[], %s::integer[], %s, %s, %s::uuid[], %s::integer[])
"""
TARGETS = """
SELECT callbacks_target(e, o, h, clock_timestamp()), e.id::text, e.organization_id::text, e.url, e.profile, e.secret,
       CASE WHEN e.previous_secret_until > clock_timestamp() THEN e.previous_secret END,
       CASE WHEN e.older_secret_until > clock_timestamp() THEN e.older_secret END,
       e.signing_key, e.header_name, e.header_value, e.has_toloka_signature, e.client_certificate, e.timeout_seconds,
       o.callback_auth_key, coalesce(h.failures > 0 OR h.open_until IS NOT NULL OR h.in_flight_cap IS NOT NULL, false)
  FROM callbacks_endpoint e
  JOIN tenancy_organization o ON o.id = e.organization_id
  LEFT JOIN callbacks_endpointhealth h ON h.endpoint_id = e.id
 WHERE e.id = ANY (%s::uuid[])
"""
FINISH = """
SELECT settled, written FROM callbacks_finish(%s, %s::uuid[], %s::uuid[], %s::text[], %s::double precision[],
    %s::timestamptz[], %s::double precision[], %s::text[], %s::integer[], %s::text[], %s::text[], %s::bytea[],
    %s::text[], %s::double precision[], %s::double precision[], %s::double precision[], %s::double precision[], %s)
"""
NOTE_HEALTH = """
SELECT callbacks_note_health(%s::uuid[], %s::integer[], %s::integer[], %s::integer[], %s::timestamptz[],
    %s::timestamptz[], %s::text[], %s::text[], %s::boolean[], %s::boolean[], %s::timestamptz[], %s)
"""
COUNT = """
INSERT INTO callbacks_enginecount AS c (name, value) SELECT * FROM unnest(%s::text[], %s::double precision[])
    ON CONFLICT (name) DO UPDATE SET value = c.value + excluded.value RETURNING name
"""


@dataclass(frozen=True, slots=True)
class Room:
    """What a deliverer can take: so many in all, of them so many replays; what is under way at each endpoint and for
    each organization, of which one may have `share`."""

    wanted: int
    replays: int
    busy: Mapping[str, int]
    share: int
    crowd: Mapping[str, int]


def decide(message: Message, outcome: Outcome) -> Result:
    """Delivered, tried again later, held (410: the receiver is gone) or given up after the last attempt."""
    if outcome.is_success:
        return Result(message, outcome, Delivery.Status.DELIVERED)
    if outcome.status_code == GONE:
        return Result(message, outcome, Delivery.Status.HELD)
    wait = next_delay(message.target.profile, message.attempts + 1, outcome.wish)
    if wait is None:
        return Result(message, outcome, Delivery.Status.DEAD)
    return Result(message, outcome, Delivery.Status.PENDING, wait)


def claim_deliveries(*, owner: UUID, after: str, room: Room) -> tuple[list[Message], str | None, str | None]:
    """Messages under lease; the endpoint to go on after (None: it went full circle); and the one before the first that
    was passed because its organization has its share under way: that one's turn is next."""
    lease = timedelta(seconds=settings.CALLBACK_LEASE_SECONDS)
    busy = list(room.busy), list(room.busy.values())
    caps = settings.CALLBACK_IN_FLIGHT_PER_ENDPOINT, settings.CALLBACK_SLOTS
    crowd = room.share, list(room.crowd), list(room.crowd.values())
    *rows, end = _ask(CLAIM, [str(owner), room.wanted, lease, *caps, after, *busy, room.replays, *crowd])
    targets = _targets({row[-1] for row in rows})
    return [_message(row, targets[row[-1]]) for row in rows], end[1], end[2]


def _ask(query: str, arguments: Sequence[Any]) -> list[tuple[Any, ...]]:
    return ask_in_system_scope("deliver callbacks", query, arguments)


# By what `callbacks_target` says of an endpoint: its id, and a digest of all that is read of it here.
_known: dict[str, Target] = {}


def _targets(wanted: set[str]) -> dict[str, Target]:
    found = {key: _known[key] for key in wanted if key in _known}
    if missing := {key.partition(" ")[0]: key for key in wanted if key not in found}:
        if len(_known) > 4096:
            _known.clear()
        for row in _ask(TARGETS, [list(missing)]):
            # Changed since the claim: sent as it is now, and looked at again by the next one.
            found[missing[row[1]]] = _known[row[0]] = _target(
                [bytes(v) if isinstance(v, memoryview) else v for v in row[1:]]
            )
    return found


def _message(row: Sequence[Any], target: Target) -> Message:
    delivery, _, message_id, attempts, priority, is_probe, kind, body, _ = row
    return Message(delivery, message_id, kind, attempts, bytes(body), target, priority, is_probe)


def _target(row: Sequence[Any]) -> Target:
    (endpoint, organization, url, profile, newest, previous, older, signing, name, value, toloka, pem, timeout, auth,
     troubled) = row  # fmt: skip
    key, header_value = _reveal(auth), _reveal(value)
    own = tuple(text for text in map(_reveal, (newest, previous, older)) if text)
    return Target(
        endpoint_id=endpoint,
        organization_id=organization,
        url=url,
        profile=profile,
        signing_secrets=own or ((secret_from_key(key),) if key else ()),
        signing_key=_reveal(signing),
        auth_key=key if profile == "scale" else "",
        header=(name, header_value) if name and header_value else None,
        has_toloka_signature=toloka,
        client_certificate=_reveal(pem),
        timeout=timeout,
        is_troubled=troubled,
        mail_to=mail_address(url) or "",
        complaint=complaint_about(url),
    )


@lru_cache(maxsize=4096)
def _reveal(data: bytes | None) -> str:
    """The secret in the clear; empty where there is none or no key fits any more: unsigned is better than unsent."""
    try:
        return decrypt(data) if data else ""
    except InvalidToken:
        return ""


def lease_seconds(target: Target) -> float:
    """How long a claim of such a message lasts at least."""
    return max(settings.CALLBACK_LEASE_SECONDS, (target.timeout or 0) + 20)


def finish_deliveries(*, owner: UUID, results: Sequence[Result]) -> dict[str, bool]:
    """Write what came of them. Delivery -> whether this wrote it, of those settled; others are locked."""
    has_replays = any(result.message.priority == Delivery.Priority.REPLAY for result in results)
    return dict(_ask(FINISH, [str(owner), *_columns(results), has_replays]))


def note_health(*, notes: Mapping[str, HealthNote]) -> None:
    """Write how endpoints have answered: opens and closes breakers."""
    _ask(NOTE_HEALTH, _health_columns(notes))


def _columns(results: Sequence[Result]) -> list[list[Any]]:
    rows = (
        (
            result.message.delivery_id, str(uuid7()), str(result.status), result.wait, outcome.at,
            outcome.seconds, outcome.address, outcome.status_code, outcome.error, storable(outcome.detail),
            outcome.answer, storable(outcome.request_headers), outcome.dns_seconds, outcome.connect_seconds,
            outcome.tls_seconds, outcome.first_byte_seconds,
        )
        for result in results
        for outcome in (result.outcome,)
    )  # fmt: skip
    return [list(column) for column in zip(*rows, strict=True)]


def _health_columns(notes: Mapping[str, HealthNote]) -> list[Any]:
    rows = (
        (endpoint, n.attempts, n.failures, n.trailing, n.succeeded_at, n.failed_at, n.error, storable(n.detail),
         n.is_probe, n.has_asked, n.dead_at)
        for endpoint, n in notes.items()
    )  # fmt: skip
    return [*(list(column) for column in zip(*rows, strict=True)), settings.CALLBACK_IN_FLIGHT_PER_ENDPOINT]


def storable(text: str) -> str:
    return text.replace("\x00", " ").encode(errors="replace").decode()[:4000]


def feed_replays(*, portion: int) -> int:
    """Put more of the running replays into the queue; returns how many."""
    return _ask("SELECT callbacks_feed_replays(%s)", [portion])[0][0]


def is_anything_due() -> bool:
    """Whether a delivery waits that nobody is sending and that its endpoint's breaker lets through."""
    return _ask("SELECT callbacks_any_due()", [])[0][0]


def count_attempts(*, counts: Mapping[str, float]) -> None:
    """Add to the operator's counters (callbacks.metrics)."""
    names = sorted(counts)
    _ask(COUNT, [names, [float(counts[name]) for name in names]])
