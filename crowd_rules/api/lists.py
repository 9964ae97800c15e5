"""Lists of the dialect: `{"items", "has_more"}`, filters with `_lt _lte _gt _gte`, `sort` and `limit`.

Pages follow each other by the last id (`id_gt`), so that none costs more than the first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from crowd_rules.engine.reading import WHOLE, identifier, moment
from crowd_rules.engine.validation import Problem
from crowd_rules.services.refusals import InvalidFields

RANGES = ("_lt", "_lte", "_gt", "_gte")
# A page has no more than this, whatever the limit: the client goes on by itself.
MOST = 10_000


def whole(text: str) -> int | None:
    return int(text) if WHOLE.fullmatch(text) else None


def plain(text: str) -> str | None:
    return text if "\0" not in text else None


@dataclass(frozen=True)
class Key:
    """One key of the query. `read` makes its text a value, None where it is none; `many`: a list with commas."""

    column: str
    read: Callable[[str], Any] = plain
    ranged: bool = False
    many: bool = False


def ids(column: str) -> Key:
    return Key(column, identifier)


def times(column: str) -> Key:
    return Key(column, moment, ranged=True)


def containing(column: str) -> Key:
    """A column of ids that has this one."""
    return Key(f"{column}__contains", _listed)


def _listed(text: str) -> list[Any] | None:
    found = identifier(text)
    return [found] if found else None


ID = Key("pk", identifier, ranged=True)


@dataclass(frozen=True)
class Listing:
    """How one resource is listed. What can be sorted by: `id` and all that has ranges."""

    keys: Mapping[str, Key] = field(default_factory=dict)
    default: int = 50
    needs: Sequence[str] = ()

    def answer(self, request: Request, rows: QuerySet, render: Callable[[list[Any]], list[Any]]) -> Response:
        """Raises InvalidFields."""
        limit = self._limit(request)
        page = list(self._filtered(request, rows).order_by(*self._order(request))[: limit + 1])
        return Response({"items": render(page[:limit]), "has_more": len(page) > limit})

    def _limit(self, request: Request) -> int:
        text = request.query_params.get("limit") or str(self.default)
        number = whole(text)
        if number is None or number < 1:
            _refuse("limit", "VALUE_OUT_OF_BOUNDS", "A whole number from 1.")
        return min(number, MOST)

    def _filtered(self, request: Request, rows: QuerySet) -> QuerySet:
        given = request.query_params
        for name in self.needs:
            if not given.get(name):
                _refuse(name, "VALUE_REQUIRED", "Name one.")
        for name, key in self.keys.items():
            for suffix in ("", *RANGES) if key.ranged else ("",):
                if text := given.get(name + suffix):
                    rows = _narrow(rows, name + suffix, key, suffix, text)
        return rows

    def _order(self, request: Request) -> list[str]:
        sortable = {name: key.column for name, key in self.keys.items() if key.ranged}
        order = []
        for part in (request.query_params.get("sort") or "id").split(","):
            name = part.strip().removeprefix("-")
            if name not in sortable:
                _refuse("sort", "UNKNOWN_ENUM_VALUE", f"Sort by {', '.join(sortable)}.")
            order.append(("-" if part.strip().startswith("-") else "") + sortable[name])
        return order


def _narrow(rows: QuerySet, name: str, key: Key, suffix: str, text: str) -> QuerySet:
    texts = text.split(",") if key.many else [text]
    values = [key.read(one.strip()) for one in texts]
    if key.read in (identifier, _listed) and None in values and not suffix:
        # What can be no id is nobody's.
        return rows.none()
    if None in values:
        _refuse(name, "INVALID_VALUE", "This is no such value.")
    if suffix:
        return rows.filter(**{f"{key.column}_{suffix}": values[0]})
    return rows.filter(**({f"{key.column}__in": values} if key.many else {key.column: values[0]}))


def _refuse(name: str, code: str, message: str) -> None:
    raise InvalidFields([Problem(name, code, message)])
