"""Pages by keyset: where the last row stood, never how many rows come before it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict

from labelops.errors import InvalidInput

PAGE_SIZE = 50
CURSORS = ("newer", "older")
COUNTED = 10_000
NO_SUCH_PAGE = "This address names a page that does not exist. Start again at the first page."


@dataclass(frozen=True)
class Page:
    """Rows newest first, and the queries of the pages beside this one (empty where there is none)."""

    rows: list[Any]
    newer_url: str
    older_url: str


def keyset_page(rows: QuerySet, *, data: QueryDict, by: str = "id") -> Page:
    """The page that `data` asks for with `newer` or `older`; `by` is the field that orders, ties go by id."""
    backwards = "newer" in data
    cursor = data.get("newer") or data.get("older")
    if cursor:
        rows = rows.filter(_beyond(cursor, by, "gt" if backwards else "lt"))
    sign = "" if backwards else "-"
    found = list(rows.order_by(*dict.fromkeys((f"{sign}{by}", f"{sign}id")))[: PAGE_SIZE + 1])
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        found.reverse()
    has_newer, has_older = (more, True) if backwards else (bool(cursor), more)
    return Page(
        found,
        _query(data, "newer", found[0], by) if found and has_newer else "",
        _query(data, "older", found[-1], by) if found and has_older else "",
    )


def _beyond(cursor: str, by: str, comparison: str) -> Q:
    value, key = _parse(cursor)
    if by == "id":
        return Q(**{f"id__{comparison}": key})
    if value is None:
        raise InvalidInput(NO_SUCH_PAGE)
    # The first condition alone lets the index be entered at the right place.
    return Q(**{f"{by}__{comparison}e": value}) & (
        Q(**{f"{by}__{comparison}": value}) | Q(**{f"id__{comparison}": key})
    )


def _parse(cursor: str) -> tuple[datetime | None, UUID]:
    value, _, key = cursor.rpartition("_")
    try:
        return datetime.fromisoformat(value) if value else None, UUID(key)
    except ValueError as error:
        raise InvalidInput(NO_SUCH_PAGE) from error


def from_the_start(data: QueryDict) -> QueryDict:
    """A copy of the address's keys without the place in the list, to be changed."""
    query = data.copy()
    for name in CURSORS:
        query.pop(name, None)
    return query


def _query(data: QueryDict, direction: str, row: Any, by: str) -> str:
    query = from_the_start(data)
    query[direction] = f"{getattr(row, by).isoformat()}_{row.id.hex}" if by != "id" else f"_{row.id.hex}"
    return f"?{query.urlencode()}"


def counted(rows: QuerySet) -> tuple[int, bool]:
    """How many, and whether there are more than were counted: a page must not cost as much as the table is long."""
    number = rows.order_by()[: COUNTED + 1].count()
    return min(number, COUNTED), number > COUNTED


def summary(rows: QuerySet, *, one: str, many: str) -> str:
    number, more = counted(rows)
    return f"{'More than ' if more else ''}{number:,} {one if number == 1 else many}"
