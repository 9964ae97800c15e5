"""Who a browser's session says it is, before the database was asked: for a statement that lets in and does its work.

A process remembers the sessions that it has seen. A visitor is let in by what it remembers, if the statement found the
session's row to be just that; so nobody who signed out, here or elsewhere, comes in, and no broker is asked.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from labelops.tenancy.entry import entry_of
from labelops.tenancy.language import follow
from labelops.tenancy.middleware import LAST_ORGANIZATION, let_in, session_is_good
from labelops.tenancy.models import Membership

# By their keys; when there are more, all are read anew.
_SEEN: dict[str, tuple[str, dict[str, Any]]] = {}
MOST = 10_000


class NotLetIn(Exception):
    """What was done meanwhile has to be undone. The ordinary way says why, and to whom."""


@dataclass(frozen=True)
class Visitor:
    """`data` is the row of the session with this `key`, and says what `session` holds."""

    request: HttpRequest
    key: str
    data: str
    session: dict[str, Any]
    slug: str

    @property
    def user_id(self) -> str:
        return self.session[SESSION_KEY]

    def let_in(self, row: dict[str, Any]) -> Membership:
        """By person, membership and organization as the statement found them; raises NotLetIn, then nobody is in."""
        entry = entry_of(row)
        if entry is None:
            _SEEN.pop(self.key, None)
            raise NotLetIn
        self.request.session = self.session
        if not session_is_good(self.request, entry):
            raise NotLetIn
        let_in(self.request, entry)
        follow(self.request, entry.user.language)
        if hasattr(self.request, "chosen_language"):
            raise NotLetIn
        return entry.membership


def visitor_of(request: HttpRequest, slug: str) -> Visitor | None:
    """None for whom there is something to be kept of this visit, or who is signed in nowhere."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    data, session = (key and (_SEEN.get(key) or _read(key))) or ("", {})
    if not session.get(SESSION_KEY) or session.get(LAST_ORGANIZATION) != slug:
        return None
    return Visitor(request, key, data, session, slug)


def _read(key: str) -> tuple[str, dict[str, Any]] | None:
    store = SessionStore(key)
    row = store.model.objects.filter(session_key=key).first()
    if row is None:
        return None
    if len(_SEEN) >= MOST:
        _SEEN.clear()
    _SEEN[key] = row.session_data, store.decode(row.session_data)
    return _SEEN[key]
