"""Each person's own views of the lists: nobody's filter changes anybody else's."""

from datetime import datetime
from urllib.parse import parse_qs
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from labelops.errors import InvalidInput
from labelops.tenancy.models import Membership, SavedView
from labelops.tenancy.rows import fetch, instance

MOST_VIEWS = 50
LONGEST_NAME = 80
LONGEST_QUERY = 4000
COLUMNS = ""
"""The name of the view that remembers columns."""


# Of every list's page: as text, since the ORM takes five times as long to find these words.
VIEWS = """
SELECT v AS view FROM tenancy_savedview v WHERE organization_id = %s AND list = %s AND user_id = %s ORDER BY name
"""


def views_of(*, member: Membership, list: str) -> "tuple[list[SavedView], list[str] | None]":
    """The saved views by name, and the remembered columns (None: never chosen). One statement."""
    found = fetch(VIEWS, [member.organization_id, list, member.user_id])
    rows = [instance(SavedView, row["view"]) for row in found]
    named = [view for view in rows if view.name]
    remembered = next((view for view in rows if view.name == COLUMNS), None)
    if remembered is None:
        return named, None
    return named, parse_qs(remembered.query).get("columns", [""])[0].split(",")


@transaction.atomic
def save_view(*, member: Membership, list: str, name: str, query: str, now: datetime) -> SavedView:
    """Keep this way of looking at a list; a view of the same name is replaced. Raises InvalidInput."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        sentence = _("Give the view a name of at most %(number)s characters.") % {"number": LONGEST_NAME}
        raise InvalidInput(fields={"name": sentence})
    mine = SavedView.objects.for_organization(member.organization).of_list(list, member.user)
    if not mine.filter(name=name).exists() and mine.count() > MOST_VIEWS:
        raise InvalidInput(_("You have %(number)s views of this list. Delete one first.") % {"number": MOST_VIEWS})
    return _write(member, list, name, query, now)


@transaction.atomic
def remember_columns(*, member: Membership, list: str, columns: "list[str]", now: datetime) -> None:
    """Show these columns whenever this person opens the list and the address says nothing else."""
    _write(member, list, COLUMNS, f"columns={','.join(columns)}", now)


def forget_columns(*, member: Membership, list: str) -> None:
    """The list's own columns again."""
    SavedView.objects.for_organization(member.organization).of_list(list, member.user).filter(name=COLUMNS).delete()


def delete_view(*, member: Membership, view_id: UUID) -> str:
    """Returns the name of the view's list; empty where this person has no such view."""
    mine = SavedView.objects.for_organization(member.organization).filter(user_id=member.user_id, pk=view_id)
    list = mine.values_list("list", flat=True).first()
    mine.delete()
    return list or ""


def _write(member: Membership, list: str, name: str, query: str, now: datetime) -> SavedView:
    if len(query) > LONGEST_QUERY or "\0" in query:
        raise InvalidInput(_("This filter is too long to be kept."))
    place = {"organization": member.organization, "user": member.user, "list": list, "name": name}
    return SavedView.objects.update_or_create(**place, defaults={"query": query, "created_at": now})[0]
