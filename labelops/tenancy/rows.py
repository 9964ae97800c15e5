"""Model instances out of one raw row that holds several tables side by side: one statement, no second look-up."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def columns(alias: str, kind: type[models.Model]) -> str:
    """`alias` is a composite column: (alias).id, (alias).name, …"""
    return ", ".join(f"({alias}).{field.column}" for field in kind._meta.concrete_fields)


def instances(row: Sequence[Any], *kinds: type[models.Model]) -> list[Any]:
    """One instance per kind, in order; None where the row's part is all NULL (an outer join that found nothing)."""
    found, start = [], 0
    for kind in kinds:
        fields = kind._meta.concrete_fields
        values = [_value(field, value) for field, value in zip(fields, row[start:], strict=False)]
        found.append(kind.from_db("default", [field.attname for field in fields], values) if values[0] else None)
        start += len(fields)
    return found


def _value(field: models.Field, value: Any) -> Any:
    # A raw cursor gives jsonb as text: only the field knows how to read it.
    if value is None or not isinstance(field, models.JSONField):
        return value
    return field.from_db_value(value, None, connection)
