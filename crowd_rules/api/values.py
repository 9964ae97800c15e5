"""Values as the wire has them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


def instant(value: datetime | None) -> str | None:
    """UTC without a zone and to the microsecond, as it is compared: `2026-11-22T16:00:00.123456`."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() if value else None


def instant_of(text: str | None) -> str | None:
    """The same, out of a row that PostgreSQL wrote as JSON."""
    return instant(datetime.fromisoformat(text)) if text else None


def hex_of(text: str) -> str:
    """An id as the wire has it, out of such a row."""
    return text.replace("-", "")


def money(value: Decimal) -> float:
    return float(value)


def without_nothing(found: dict[str, Any]) -> dict[str, Any]:
    """Keys without a value are absent."""
    return {name: value for name, value in found.items() if value is not None}


def overlap_json(held: Any) -> dict[str, Any]:
    """Of a task or suite: a number, or infinite without one; the client takes nothing else."""
    if held.infinite_overlap:
        return {"infinite_overlap": True}
    return {"overlap": held.overlap, "infinite_overlap": False, "remaining_overlap": max(0, held.overlap - held.issued)}
