"""Rows on their way into a file, a portion at a time: out of the database by a cursor, or computed ones."""

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Protocol
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from reports.exporting.columns import IN_JSON, IN_PARQUET, IN_TEXT, Column, Format, Kind, rendered

# So many characters are in memory at once, more or less; rows of a list may be a hundred bytes or a hundred thousand.
PORTION = 4_000_000
MOST_ROWS = 10_000
FIRST_ROWS = 200
SAMPLED = 50

Portion = list[tuple[Any, ...]]


class Rows(Protocol):
    columns: Sequence[Column]

    def total(self) -> int | None: ...

    def portions(self, format: Format) -> Iterator[Portion]:
        """For CSV and Parquet a value per column as its writer takes it; for JSONL one whole line each."""
        ...


class QueryRows:
    """Of a query set: one server-side cursor, so one snapshot. Inside a transaction only."""

    def __init__(self, rows: QuerySet, columns: Sequence[Column]) -> None:
        self.rows, self.columns = rows, columns

    def total(self) -> int:
        return self.rows.order_by().count()

    def sql(self, format: Format) -> tuple[str, tuple[Any, ...]]:
        paths = list(dict.fromkeys(column.path for column in self.columns))
        inner, values = self.rows.values_list(*paths).query.sql_with_params()
        places = {path: f"c{number}" for number, path in enumerate(paths)}
        what = _selected(self.columns, places, format)
        return f"SELECT {what} FROM ({inner}) AS found ({', '.join(places.values())})", values  # noqa: S608  (ours)

    def portions(self, format: Format) -> Iterator[Portion]:
        sql, values = self.sql(format)
        with connection.chunked_cursor() as cursor, ThreadPoolExecutor(1) as ahead:
            cursor.execute(sql, values)
            # The database works on the next portion while this one is written.
            coming = ahead.submit(cursor.fetchmany, FIRST_ROWS)
            while found := coming.result():
                coming = ahead.submit(cursor.fetchmany, next_size(found))
                yield found


def _selected(columns: Sequence[Column], places: dict[str, str], format: Format) -> str:
    if format == Format.JSONL:
        # As json_build_object writes it, in half of its time: that looks every name and every type up for each row.
        values = (f"coalesce({rendered(one, places[one.path], IN_JSON)}, 'null')" for one in columns)
        names = (f"""'{", " if number else "{"}"{one.name}" : '""" for number, one in enumerate(columns))
        return f"concat({', '.join(itertools.chain.from_iterable(zip(names, values, strict=True)))}, '}}')"
    how = IN_PARQUET if format == Format.PARQUET else IN_TEXT
    return ", ".join(rendered(one, places[one.path], how) for one in columns)


def next_size(found: Portion) -> int:
    """How many rows to take next, so that a portion stays what it should be."""
    sample = found[:: max(1, len(found) // SAMPLED)]
    characters = sum(len(cell) for row in sample for cell in row if isinstance(cell, str)) / len(sample)
    return max(1, min(MOST_ROWS, int(PORTION / max(1, characters))))


class ComputedRows:
    """Of anything that yields sequences of Python values (UUID, datetime, dict and list among them)."""

    def __init__(self, rows: Iterable[Sequence[Any]], columns: Sequence[Column]) -> None:
        self.rows, self.columns = rows, columns

    def total(self) -> int | None:
        return len(self.rows) if isinstance(self.rows, list | tuple) else None

    def portions(self, format: Format) -> Iterator[Portion]:
        waiting = iter(self.rows)
        while found := list(islice(waiting, MOST_ROWS)):
            if format == Format.JSONL:
                yield [(_line(self.columns, row),) for row in found]
            else:
                yield [tuple(map(_cell, self.columns, row, [format] * len(row))) for row in found]


def _line(columns: Sequence[Column], row: Sequence[Any]) -> str:
    names = (column.name for column in columns)
    return json.dumps(dict(zip(names, map(_plain, row), strict=True)), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    return value


def _cell(column: Column, value: Any, format: Format) -> Any:
    if value is None:
        return None
    if column.kind == Kind.TIME and format == Format.PARQUET:
        return round(value.timestamp() * 1_000_000)
    if column.kind == Kind.JSON:
        return json.dumps(value, ensure_ascii=False)
    if column.kind == Kind.FLAG and format == Format.CSV:
        return "true" if value else "false"
    if column.kind == Kind.TEXT:
        return str(value)
    return float(value) if column.kind == Kind.NUMBER else _plain(value)
