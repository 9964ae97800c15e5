"""Pages of the log by keyset: the place of the last row shown, never how many come before it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from callbacks.models import Delivery
from callbacks.models.delivery import DeliveryQuerySet
from labelops.errors import InvalidInput

PAGE_SIZE = 50
COUNTED = 10_000
PLACES = ("newer", "older")


@dataclass(frozen=True)
class Page:
    """Rows in the list's order, and the queries of the pages beside this one (empty where there is none)."""

    rows: list[Any]
    newer_url: str = ""
    older_url: str = ""


def place_of(delivery: Delivery) -> str:
    return f"{delivery.event_id.hex}_{delivery.pk.hex}"


def read_place(text: str) -> tuple[UUID, UUID]:
    event, _underscore, delivery = text.partition("_")
    try:
        return UUID(event), UUID(delivery)
    except ValueError as error:
        raise InvalidInput(_("This address names a page that does not exist. Start at the first page.")) from error


def log_page(deliveries: DeliveryQuerySet, data: QueryDict) -> Page:
    """The page of the log that `data` asks for with `newer` or `older`."""
    rows, backwards = deliveries.log(), "newer" in data
    if backwards:
        rows = rows.log_before(*read_place(data["newer"])).order_by("event_id", "id")
    elif data.get("older"):
        rows = rows.log_after(*read_place(data["older"]))
    found = list(rows[: PAGE_SIZE + 1])
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        found.reverse()
    has_newer, has_older = (more, True) if backwards else (bool(data.get("older")), more)
    return Page(
        found,
        query_with(data, newer=place_of(found[0])) if found and has_newer else "",
        query_with(data, older=place_of(found[-1])) if found and has_older else "",
    )


def query_with(data: QueryDict, **changes: str) -> str:
    """The address's keys without a place in the list, with these beside them; an empty value takes its key away."""
    query = data.copy()
    for name in (*PLACES, "seen", *changes):
        query.pop(name, None)
    for name, value in changes.items():
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def counted(rows: QuerySet) -> tuple[int, bool]:
    """How many, and whether there are more than were counted: a page must not cost as much as the table is long."""
    number = rows.order_by()[: COUNTED + 1].count()
    return min(number, COUNTED), number > COUNTED
