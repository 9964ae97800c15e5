"""What an open page asks every few seconds: has anything changed? The answer is one look at the event log's end.

A page's tag is made of the organization's newest event, so that a list costs a statement by index while nothing
happens (304), and one rendering when something did. What changes without an event (a lock that runs out) is seen when
the next minute begins.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.translation import get_language

NEWEST = "SELECT id FROM audits_event WHERE organization_id = %s ORDER BY id DESC LIMIT 1"
View = Callable[..., HttpResponse]


def newest_event(request: HttpRequest, **_kwargs: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [request.organization.pk])
        return str(next(iter(cursor.fetchone() or ()), None))


def live(state: Callable[..., str] = newest_event) -> Callable[[View], View]:
    """Gives the view `request.live_tag`, and answers 304 in its place where the asking page has that tag already."""

    def decorate(view: View) -> View:
        @wraps(view)
        def tagged(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if request.method != "GET":
                return view(request, **kwargs)
            request.live_tag = _tag(request, state(request, **kwargs))
            if "X-Live" in request.headers and request.headers.get("If-None-Match") == request.live_tag:
                return HttpResponseNotModified()
            response = view(request, **kwargs)
            if response.status_code == 200:
                response["ETag"], response["Cache-Control"] = request.live_tag, "private, no-cache"
            return response

        return tagged

    return decorate


def _tag(request: HttpRequest, state: str) -> str:
    minute = timezone.now().replace(second=0, microsecond=0)
    parts = (state, minute, request.membership.pk, request.membership.role, get_language(), request.get_full_path())
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'
