"""One list as its page shows it now: which columns, in which order, and the addresses that change either."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import cached_property

from labelops.lists.paging import from_the_start

NO_COLUMN = "none"
"""In an address: none but the columns that are always there."""


@dataclass(frozen=True)
class Column:
    """`sort`: the model field it sorts by; `falls_first`: the first press sorts from the largest, as for times.

    `always`: cannot be left out; `hidden`: only shown where it is chosen.
    """

    name: str
    label: Any
    sort: str = ""
    falls_first: bool = False
    number: bool = False
    always: bool = False
    hidden: bool = False
    spare: bool = False
    """The first to go where the window is narrow, unless somebody chose it."""
    needs: tuple[str, str] | None = None
    """(name, value) that must stand in the address, so that every row has a place in this column's order."""


@dataclass(frozen=True)
class Heading:
    """A column's head: `order` is "ascending", "descending" or empty; `sort_url` is empty where it cannot be sorted."""

    column: Column
    order: str
    sort_url: str


@dataclass(frozen=True)
class ListOf:
    """What a list can show. `name` is the key of its saved views; `sort` orders it where nobody asked for an order.

    `export`: its name among the lists that can be exported; empty: it cannot.
    """

    name: str
    columns: tuple[Column, ...]
    sort: str = "-id"
    export: str = ""

    @property
    def choices(self) -> list[Column]:
        return [column for column in self.columns if not column.always]


class Table:
    """A ListOf under one address. `remembered`: the columns this person chose for this list, None where never."""

    def __init__(self, kind: ListOf, *, data: QueryDict, remembered: list[str] | None = None) -> None:
        self.kind, self.data, self.remembered = kind, data, remembered

    @cached_property
    def shown(self) -> set[str]:
        """Names of the columns: those in the address, else the remembered, else what the list shows by itself."""
        asked = self.data.get("columns")
        named = asked.split(",") if asked else self.remembered
        known = {column.name for column in self.kind.choices if named is None and not column.hidden}
        if named is not None:
            known = {column.name for column in self.kind.choices} & set(named)
        return known | {column.name for column in self.kind.columns if column.always}

    @property
    def is_chosen(self) -> bool:
        """Whether the columns are somebody's choice."""
        return bool(self.data.get("columns")) or self.remembered is not None

    @cached_property
    def sorted_column(self) -> Column | None:
        asked = self.data.get("sort", "").removeprefix("-")
        found = next((column for column in self.kind.columns if column.sort and column.name == asked), None)
        if found and found.needs and self.data.getlist(found.needs[0]) != [found.needs[1]]:
            return None
        return found

    @cached_property
    def order_by(self) -> str:
        """The model field, with "-" for falling, as `keyset_page` takes it."""
        if self.sorted_column is None:
            return self.kind.sort
        return ("-" if self.data["sort"].startswith("-") else "") + self.sorted_column.sort

    @property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in self.kind.columns if column.name in self.shown]

    def _heading(self, column: Column) -> Heading:
        order = ""
        if column.sort and column.sort == self.order_by.removeprefix("-"):
            order = "descending" if self.order_by.startswith("-") else "ascending"
        return Heading(column, order, self.sort_url(column, order) if column.sort else "")

    def sort_url(self, column: Column, order: str) -> str:
        falls = order == "ascending" if order else column.falls_first
        query = from_the_start(self.data)
        query["sort"] = f"{'-' if falls else ''}{column.name}"
        if column.needs:
            query[column.needs[0]] = column.needs[1]
        return f"?{query.urlencode()}"

    @property
    def choices(self) -> list[tuple[Column, bool]]:
        """The columns that one may choose, and whether each is shown."""
        return [(column, column.name in self.shown) for column in self.kind.choices]

    @cached_property
    def query(self) -> str:
        """What a saved view keeps: filters, order and the columns in sight, from the first page on."""
        query = from_the_start(self.data)
        chosen = [column.name for column in self.kind.choices if column.name in self.shown]
        if "columns" in query or self.remembered is not None:
            query["columns"] = ",".join(chosen) or NO_COLUMN
        return query.urlencode()
