"""Figures that are drawn already: kept as long as none of them moves, which is when a request costs the most."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language

from reports.models import Feed
from reports.views.asking import quality_bar, today_of

KEPT_FOR = 600


def kept(request: HttpRequest, feed: Feed | None, name: str, query: str, draw: Callable[[], Any]) -> Any:
    """What `draw` returns, under what it depends on: when a figure last moved, the day, the language and what is asked.

    Members who see their own projects only have theirs. Nothing is kept before the first count.
    """
    return _kept(request, feed and (feed.counted_at, today_of(request)), name, query, draw)


def filter_bar(request: HttpRequest, feed: Feed | None, *, target: str) -> str:
    """The filter's form. A verdict does not move it: only what changes the names that it offers."""

    def draw() -> str:
        return render_to_string(
            "audits/parts/filter_bar.html", {"bar": quality_bar(request), "target": target}, request
        )

    return _kept(request, feed and feed.named_at, f"bar {target}", request.GET.urlencode(), draw)


def _kept(request: HttpRequest, moment: Any, name: str, query: str, draw: Callable[[], Any]) -> Any:
    if moment is None:
        return draw()
    member = request.membership
    who = member.pk if member.needs_assignment else ""
    parts = (name, request.organization.pk, moment, who, get_language(), query)
    key = f"quality:{hashlib.sha256(repr(parts).encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        found = draw()
        cache.set(key, found, KEPT_FOR)
    return found
