"""The whole of what performers' front ends call all day, past the framework: it cost a third of the web's work.

Only what succeeds is answered here. Whatever else comes of a call is undone, and the call goes the ordinary way, which
says what it is: so there is one place for every refusal, and this one has nothing to say but yes. A call that is made
again is answered as before, by submit, skip and take alike.
"""

import logging
import re
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.core.exceptions import DisallowedHost
from django.db import close_old_connections, connection, transaction
from django.http import HttpRequest
from rest_framework.exceptions import APIException

from crowd_rules.api.hot import ALLOW, Answer, HotView, encode
from crowd_rules.api.performers import SkipView, SubmitView, TakeView
from labelops.errors import DomainError
from labelops.tenancy.calls import security_headers
from labelops.tenancy.language import speak_english
from labelops.tenancy.straight import Environ, is_plain

log = logging.getLogger(__name__)
# As in `crowd_rules.api_urls`; without their leading part.
PREFIX = "/api/v1/performer/"
ROUTES: list[tuple[re.Pattern[str], HotView]] = [
    (re.compile("assignments/(?P<assignment_id>[0-9a-f]{32})/submit"), SubmitView()),
    (re.compile("pools/(?P<pool_id>[0-9a-f]{32})/assignments"), TakeView()),
    (re.compile("assignments/(?P<assignment_id>[0-9a-f]{32})/skip"), SkipView()),
]
STATUS = {code: f"{code} {HTTPStatus(code).phrase}" for code in (200, 201)}


class StraightOn:
    """A WSGI application before another."""

    def __init__(self, ordinary: Callable[..., Iterable[bytes]]) -> None:
        self.ordinary = ordinary

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        view, named = route_of(environ)
        if view is None:
            return self.ordinary(environ, start_response)
        # The whole of it, before anything is held: nobody waits for a slow sender.
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        call = Call(environ)
        answer = answer_of(view, named, call, body)
        if answer is None:
            return self.ordinary(environ | {"wsgi.input": BytesIO(body)}, start_response)
        text = encode(answer.data).encode()
        headers = [("Allow", ALLOW), ("Content-Type", "application/json"), ("Content-Length", str(len(text)))]
        start_response(STATUS[answer.status_code], headers + security_headers(call.is_secure()))
        return [text]


def route_of(environ: Environ) -> tuple[HotView | None, dict[str, str]]:
    """The view of a plain call and what its address names; none for any other call."""
    path = environ["PATH_INFO"]
    if not path.startswith(PREFIX) or not is_plain(environ, content_type="application/json"):
        return None, {}
    for pattern, view in ROUTES:
        if match := pattern.fullmatch(path, len(PREFIX)):
            return view, match.groupdict()
    return None, {}


class Call(HttpRequest):
    """What these views ask of a request, and what the settings say of hosts and proxies."""

    def __init__(self, environ: Environ) -> None:
        # Not the framework's: what it makes ready is never read here.
        self.META, self.after_transaction = environ, []

    def _get_scheme(self) -> str:
        return self.META["wsgi.url_scheme"]


def answer_of(view: HotView, named: dict[str, str], call: Call, body: bytes) -> Answer | None:
    """None, and nothing done, where it is not a yes."""
    try:
        call.get_host()
        close_old_connections()
        speak_english()
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            answer = view.answer_at_once(call, BytesIO(body), **named)
        if answer is not NotImplemented:
            return answer
        with transaction.atomic():
            return view.answer_plain(call, BytesIO(body), **named)
    except (DomainError, APIException, DisallowedHost):
        return None
    except Exception:
        log.warning("A call goes the ordinary way", exc_info=True)
        return None
