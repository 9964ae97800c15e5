"""The JSON of endpoints, deliveries, attempts and replays; what has no value is absent, as everywhere below /v1."""

from datetime import UTC, datetime
from typing import Any

from callbacks.models import Attempt, Delivery, Endpoint, Replay
from callbacks.services import public_key_of


def instant(value: datetime | None) -> str | None:
    """`2026-11-22T16:00:00.123Z`."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z" if value else None


def given(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value not in (None, "")}


def endpoint_json(endpoint: Endpoint, *, project: str | None, now: datetime) -> dict[str, Any]:
    """Secrets never; reads `health` and `oldest_due_at` where `with_health` brought them."""
    return given({
        "id": endpoint.pk.hex,
        "url": endpoint.url,
        "description": endpoint.description,
        "project": project,
        "event_types": endpoint.event_types,
        "profile": endpoint.profile,
        "status": endpoint.status,
        "is_callback_url": endpoint.is_ad_hoc,
        "header_name": endpoint.header_name,
        "has_client_certificate": bool(endpoint.client_certificate),
        "has_toloka_signature": endpoint.has_toloka_signature,
        "public_key": public_key_of(endpoint),
        "timeout_seconds": endpoint.timeout_seconds,
        "rate_limit": endpoint.rate_limit,
        "old_secret_valid_until": instant(endpoint.previous_secret_until),
        "created_at": instant(endpoint.created_at),
        "disabled_at": instant(endpoint.disabled_at),
        "disabled_reason": endpoint.disabled_reason,
        "health": health_json(endpoint, now),
    })  # fmt: skip


def health_json(endpoint: Endpoint, now: datetime) -> dict[str, Any]:
    """`failure_rate` is a share (0..1) of `recent_attempts`: those of the last two days (UTC) with any."""
    found = {"oldest_due_at": instant(getattr(endpoint, "oldest_due_at", None))}
    health = getattr(endpoint, "health", None)
    if health is not None:
        found |= {
            "breaker": health.breaker(now),
            "last_success_at": instant(health.last_success_at),
            "last_failure_at": instant(health.last_failure_at),
            "last_error": health.last_error,
            "failing_since": instant(health.failing_since),
            "failure_rate": health.failure_rate,
            "recent_attempts": health.recent_attempts,
        }
    return given(found)


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """Reads `event` (type alone) and `endpoint` (address)."""
    is_waiting = delivery.status == Delivery.Status.PENDING
    return given({
        "id": delivery.pk.hex,
        "event_id": delivery.event_id.hex,
        "type": delivery.event.type,
        "subject_id": delivery.subject_id.hex,
        "sequence": delivery.sequence,
        "endpoint_id": delivery.endpoint_id.hex,
        "url": delivery.endpoint.url,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "next_attempt_at": instant(delivery.due_at) if is_waiting else None,
        "created_at": instant(delivery.created_at),
        "finished_at": instant(delivery.finished_at),
        "last_status_code": delivery.last_status_code,
        "last_error": delivery.last_error,
        "replay_id": delivery.replay_id.hex if delivery.replay_id else None,
    })  # fmt: skip


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    """Seconds; `response` is the first 16 KiB of the answer as text."""
    seconds = {name: getattr(attempt, name) for name in ("dns_seconds", "connect_seconds", "tls_seconds",
                                                         "first_byte_seconds")}  # fmt: skip
    return given({
        "number": attempt.number,
        "at": instant(attempt.at),
        "seconds": attempt.seconds,
        **seconds,
        "address": attempt.address,
        "request_headers": dict(line.split(": ", 1) for line in attempt.request_headers.split("\n") if ": " in line),
        "status_code": attempt.status_code,
        "error": attempt.error,
        "detail": attempt.detail,
        "response": bytes(attempt.response).decode("utf-8", "replace"),
        "next_attempt_at": instant(attempt.next_attempt_at),
    })  # fmt: skip


def replay_json(replay: Replay) -> dict[str, Any]:
    return given({
        "id": replay.pk.hex,
        "endpoint_id": replay.endpoint_id.hex,
        "status": replay.status,
        "since": instant(replay.since),
        "until": instant(replay.until),
        "statuses": replay.statuses,
        "event_types": replay.event_types,
        "total": replay.total,
        "queued": replay.queued,
        "delivered": replay.delivered,
        "failed": replay.failed,
        "created_at": instant(replay.created_at),
        "finished_at": instant(replay.finished_at),
    })  # fmt: skip
