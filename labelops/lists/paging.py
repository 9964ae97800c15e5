"""Pages by keyset: where the last row stood, never how many rows come before it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import models
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from labelops.errors import InvalidInput

PAGE_SIZE = 50
CURSORS = ("newer", "older")
COUNTED = 10_000
KEPT_FOR = 60


@dataclass(frozen=True)
class Page:
    """Rows in their order, and the queries of the pages before and behind this one (empty where there is none)."""

    rows: list[Any]
    newer_url: str
    older_url: str


def keyset_page(
    rows: QuerySet, *, data: QueryDict, by: str = "-id", read: Callable[[QuerySet], list[Any]] = list
) -> Page:
    """The page that `data` asks for with `newer` (before) or `older` (behind).

    `by` is the field that orders, with "-" for falling; ties go by id in the same direction. Empty values have no place
    in an order: rows without one are left out, as they are by the index. `read` makes of the page, as a query with its
    order and its end, the rows that are shown.
    """
    falling, field = by.startswith("-"), by.removeprefix("-")
    if field != "id" and _may_be_null(rows, field):
        rows = rows.filter(**{f"{field}__isnull": False})
    backwards = "newer" in data
    if cursor := data.get("newer") or data.get("older"):
        rows = rows.filter(_beyond(rows, cursor, field, "lt" if falling != backwards else "gt"))
    sign = "-" if falling != backwards else ""
    found = read(rows.order_by(*dict.fromkeys((f"{sign}{field}", f"{sign}id")))[: PAGE_SIZE + 1])
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        found.reverse()
    has_newer, has_older = (more, True) if backwards else (bool(cursor), more)
    return Page(
        found,
        _query(data, "newer", found[0], field) if found and has_newer else "",
        _query(data, "older", found[-1], field) if found and has_older else "",
    )


def _field(rows: QuerySet, name: str) -> models.Field:
    model = rows.model
    *path, last = name.split("__")
    for part in path:
        model = model._meta.get_field(part).related_model
    return model._meta.get_field(last)


def _may_be_null(rows: QuerySet, name: str) -> bool:
    return _field(rows, name).null


def _beyond(rows: QuerySet, cursor: str, field: str, comparison: str) -> Q:
    value, key = _parse(rows, cursor, field)
    if field == "id":
        return Q(**{f"id__{comparison}": key})
    # The first condition alone lets the index be entered at the right place.
    return Q(**{f"{field}__{comparison}e": value}) & (
        Q(**{f"{field}__{comparison}": value}) | Q(**{f"id__{comparison}": key})
    )


def _parse(rows: QuerySet, cursor: str, field: str) -> tuple[Any, UUID]:
    text, _underscore, key = cursor.rpartition("_")
    try:
        if field == "id":
            return None, UUID(key)
        is_time = isinstance(_field(rows, field), models.DateTimeField)
        return datetime.fromisoformat(text) if is_time else _storable(text), UUID(key)
    except ValueError as error:
        sentence = _("This address names a page that does not exist. Start again at the first page.")
        raise InvalidInput(sentence) from error


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError(text)
    return text


def from_the_start(data: QueryDict) -> QueryDict:
    """A copy of the address's keys without the place in the list, to be changed."""
    query = QueryDict(mutable=True)
    for name, values in data.lists():
        if name not in CURSORS:
            query.setlist(name, values)
    return query


def _query(data: QueryDict, direction: str, row: Any, field: str) -> str:
    query, value = from_the_start(data), row
    for part in field.split("__"):
        value = getattr(value, part)
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    query[direction] = f"{text}_{row.id.hex}" if field != "id" else f"_{row.id.hex}"
    return f"?{query.urlencode()}"


def counted(rows: QuerySet) -> tuple[int, bool]:
    """How many, and whether there are more than were counted: a page must not cost as much as the table is long."""
    number = rows.order_by()[: COUNTED + 1].count()
    return min(number, COUNTED), number > COUNTED


def in_digits(number: int) -> str:
    """With the separators of the reader's language."""
    return number_format(number, force_grouping=True)


@dataclass(frozen=True)
class Summary:
    """How many rows match: `words` for people, `number`, and whether there are `more` than that."""

    words: str
    number: int
    more: bool

    def __str__(self) -> str:
        return self.words


def summary(rows: QuerySet, *, count: Promise, kept_as: tuple[Any, ...] = ()) -> Summary:
    """`count`: ngettext_lazy("%(number)s task", "%(number)s tasks", "count").

    That there are more than can be counted at once is kept for a minute under `kept_as`: it costs the most to find out.
    """
    key = f"more:{hashlib.sha256(repr(kept_as).encode()).hexdigest()}" if kept_as else ""
    kept = bool(key) and cache.get(key) is not None
    number, more = (COUNTED, True) if kept else counted(rows)
    if more and key and not kept:
        cache.set(key, True, KEPT_FOR)
    words = count % {"count": number, "number": in_digits(number)}
    return Summary(_("More than %(how_many)s") % {"how_many": words} if more else words, number, more)
