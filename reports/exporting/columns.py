"""Columns of an export, and how the database is asked for each, ready to be written."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

STAMP = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'


class Kind(Enum):
    """What a column holds. IDs are 32 hexadecimal digits, times `2026-11-22T16:00:00.123Z`, as on the wire."""

    TEXT = auto()
    ID = auto()
    WHOLE = auto()
    NUMBER = auto()
    TIME = auto()
    FLAG = auto()
    JSON = auto()


# What people, labels or performers wrote; numbers and times cannot be taken for a formula.
WRITTEN = (Kind.TEXT, Kind.JSON)


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


@dataclass(frozen=True)
class Column:
    """`source`: a field, path or annotation of the listing's query set (empty: the name); `key`: of the JSON in it.

    `is_jsonb`: the source is of that type, not an array. It is written as it is, which takes half of the time.
    """

    name: str
    kind: Kind = Kind.TEXT
    source: str = ""
    key: str = ""
    is_jsonb: bool = False

    @property
    def path(self) -> str:
        return self.source or self.name


CASTS = {Kind.TIME: "timestamptz", Kind.WHOLE: "bigint", Kind.NUMBER: "float8", Kind.FLAG: "boolean", Kind.ID: "uuid"}


def value_of(column: Column, place: str) -> str:
    """SQL for the column's own value, where its source stands at `place`."""
    if not column.key:
        return place
    inner = f"({place} ->> '{column.key}')"
    if column.kind == Kind.JSON:
        return f"({place} -> '{column.key}')"
    return f"{inner}::{CASTS[column.kind]}" if column.kind in CASTS else inner


def _id(value: str) -> str:
    return f"replace({value}::text, '-', '')"


def _time(value: str) -> str:
    return f"to_char({value} AT TIME ZONE 'UTC', '{STAMP}')"


# What is not here is taken as it is.
IN_TEXT: dict[Kind, Callable[[str], str]] = {
    Kind.TEXT: "{}::text".format,
    Kind.ID: _id,
    Kind.TIME: _time,
    Kind.NUMBER: "{}::float8".format,
    Kind.FLAG: "{}::text".format,
    Kind.JSON: "to_jsonb({})::text".format,
}
IN_PARQUET: dict[Kind, Callable[[str], str]] = IN_TEXT | {
    Kind.TIME: "(extract(epoch FROM {}) * 1000000)::bigint".format,
    Kind.FLAG: str,
}
# As a value in a line of JSON; what is not here as PostgreSQL says it.
IN_JSON: dict[Kind, Callable[[str], str]] = {
    Kind.ID: lambda value: f"'\"' || {_id(value)} || '\"'",
    Kind.TIME: lambda value: f"'\"' || {_time(value)} || '\"'",
    Kind.JSON: "to_jsonb({})::text".format,
    **dict.fromkeys((Kind.TEXT, Kind.WHOLE, Kind.NUMBER, Kind.FLAG), "to_json({})::text".format),
}


def rendered(column: Column, place: str, how: dict[Kind, Callable[[str], str]]) -> str:
    if column.is_jsonb:
        return f"{place}::text"
    return how.get(column.kind, str)(value_of(column, place))
