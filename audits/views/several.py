"""Rows that were chosen in a list: which ones, and what became of them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from audits.services.many import Result
from labelops.errors import InvalidInput
from labelops.lists.paging import PAGE_SIZE, in_digits
from labelops.tenancy.identifiers import parse_public_id

MOST_REFUSALS = 3


def chosen_ids(request: HttpRequest) -> list[UUID]:
    """`ids` of the form. Raises InvalidInput: none, or more than a page has."""
    found = list(filter(None, map(parse_public_id, request.POST.getlist("ids"))))
    if not found or len(found) > PAGE_SIZE:
        raise InvalidInput(_("Choose at least one row first."))
    return found


def tell(request: HttpRequest, result: Result, told: str) -> None:
    """`told` holds %(number)s; each refusal says why, the first few by name."""
    if result.changed:
        messages.success(request, told % {"number": in_digits(result.changed)})
    for sentence in result.refused[:MOST_REFUSALS]:
        messages.warning(request, sentence)
    if len(result.refused) > MOST_REFUSALS:
        messages.warning(request, _("And %(number)s more were left.") % {"number": len(result.refused) - MOST_REFUSALS})
    if not result.changed and not result.refused:
        messages.info(request, _("There was nothing to change."))


def template_of(request: HttpRequest, name: str, target: str) -> str:
    """The page, or its `results` alone for htmx and for the page's own looks."""
    return f"{name}#results" if request.method == "GET" and request.htmx.target == target else name
