"""Whole rows of several tables in one answer: PostgreSQL writes them as one JSON, here they become model instances.

A function that returns tables side by side costs one statement and one column this way. As 135 columns of their own the
same answer took four times as long (0.12 ms against 0.5), most of it in PostgreSQL's parser and psycopg2's casts.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models.base import ModelState

from labelops.tenancy.identifiers import uuid_of


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _decimal(number: float) -> Decimal:
    """Exact for up to 15 digits, which a float holds."""
    return Decimal(str(number))


# What JSON has no word for.
CONVERTERS: dict[type[models.Field], Callable[[Any], Any]] = {
    models.UUIDField: uuid_of,
    models.DateTimeField: datetime.fromisoformat,
    models.DateField: date.fromisoformat,
    models.BinaryField: _bytes,
    models.DecimalField: _decimal,
}
AS_THEY_ARE = (models.CharField, models.TextField, models.BooleanField, models.IntegerField, models.FloatField,
               models.JSONField)  # fmt: skip


def call(function: str, arguments: Sequence[Any]) -> dict[str, Any] | None:
    """The row of several columns that a database function returns, by their names; None where it returns none."""
    places = ", ".join(["%s"] * len(arguments))
    with connection.cursor() as cursor:
        # Not `FROM function()`: that is planned as a table, which takes three times as long.
        cursor.execute(f"SELECT row_to_json({function}({places}))::text", arguments)
        found = cursor.fetchone()
    return json.loads(found[0]) if found else None


def ask(function: str, arguments: Sequence[Any]) -> Any:
    """What a database function answers as one JSON; None where that is null. Planned in a fifth of `call`'s time."""
    places = ", ".join(["%s"] * len(arguments))
    return ask_json(f"SELECT {function}({places})::text", arguments)


def ask_json(sql: str, arguments: Sequence[Any]) -> Any:
    """The one JSON, as text, that a query answers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        (text,) = cursor.fetchone()
    return None if text is None else json.loads(text)


def fetch(sql: str, arguments: Sequence[Any]) -> list[dict[str, Any]]:
    """The rows of a query, each by its column names; a column that is a table's row is a dict for `instance`."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT row_to_json(found)::text FROM ({sql}) found", arguments)  # noqa: S608
        return [json.loads(text) for (text,) in cursor.fetchall()]


def instance(kind: type[models.Model], row: dict[str, Any] | None) -> Any:
    """A model instance out of its table's row; None where an outer join found nothing.

    Columns that the row does not have are deferred: whoever asks for one reads it by a statement.
    """
    if row is None or row[kind._meta.pk.column] is None:
        return None
    for name, convert in _conversions_of(kind, tuple(row)):
        value = row[name]
        if value is not None:
            row[name] = convert(value)
    # What `from_db` does, but for signals that nobody here listens to: a fifth of its time.
    found = kind.__new__(kind)
    found._state = ModelState()
    found._state.adding, found._state.db = False, "default"
    found.__dict__.update(row)
    return found


def put(found: models.Model, **related: models.Model | None) -> None:
    """Instances behind its foreign keys, whose columns say so already: by name of the field, past its descriptor."""
    found._state.fields_cache.update(related)


@cache
def _conversions_of(kind: type[models.Model], columns: tuple[str, ...]) -> list[tuple[str, Callable[[Any], Any]]]:
    """Of what a row has: few rows are whole, and there are few shapes of them."""
    return [(name, convert) for name, convert in _conversions(kind) if name in columns]


@cache
def _conversions(kind: type[models.Model]) -> list[tuple[str, Callable[[Any], Any]]]:
    found = []
    for field in kind._meta.concrete_fields:
        plain = field.target_field if field.is_relation else getattr(field, "base_field", field)
        converter = next((CONVERTERS[base] for base in type(plain).__mro__ if base in CONVERTERS), None)
        known = isinstance(plain, AS_THEY_ARE) or (converter and not hasattr(field, "base_field"))
        if field.column != field.attname or not known:
            raise TypeError(f"{kind.__name__}.{field.name} cannot be read out of a row")
        if converter:
            found.append((field.attname, converter))
    return found
