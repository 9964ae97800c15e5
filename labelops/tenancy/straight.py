"""A form of an open page, sent by its script, past the framework's middleware: it cost more than what the form does.

Whoever sends it is checked by the same code as ever: host, origin and token, session and password, membership, role.
Only a plain yes is answered here. Whatever else comes of it goes the ordinary way, which says what it is: undone, where
it raised; done, where there is more to show than a plain answer. So a form that is sent this way must be one that is
answered twice and done once when it is sent twice.
"""

import logging
import re
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections, transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import translation

from labelops.errors import DomainError
from labelops.tenancy.calls import security_headers
from labelops.tenancy.language import language_of
from labelops.tenancy.visitors import NotLetIn, visitor_of

log = logging.getLogger(__name__)
FORM = "application/x-www-form-urlencoded"
Environ = dict[str, Any]
# The answer, or None: nothing was done, or done, but there is more to show. Takes request, visitor and what the address
# names but for `organization`.
View = Callable[..., HttpResponse | None]


class SilentCsrf(CsrfViewMiddleware):
    """The ordinary way says, and logs, why it refuses."""

    def _reject(self, request: HttpRequest, reason: str) -> bool:
        return True


CSRF = SilentCsrf(HttpResponse)


class StraightForms:
    """A WSGI application before another. `address` names what the view takes, and nothing that is not ASCII."""

    def __init__(self, ordinary: Callable[..., Iterable[bytes]], *, address: re.Pattern[str], view: View) -> None:
        self.ordinary, self.address, self.view = ordinary, address, view

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        place = self.address.fullmatch(environ["PATH_INFO"])
        if place is None or not is_form_of_a_script(environ):
            return self.ordinary(environ, start_response)
        # The whole of it, before anything is held: nobody waits for a slow sender.
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        request = WSGIRequest(environ | {"wsgi.input": BytesIO(body)})
        answer = answer_of(self.view, request, place.groupdict())
        if answer is None:
            return self.ordinary(environ | {"wsgi.input": BytesIO(body)}, start_response)
        start_response("200 OK", [*answer.items(), *security_headers(request.is_secure())])
        return [answer.content]


def is_form_of_a_script(environ: Environ) -> bool:
    is_ours = environ.get("HTTP_HX_REQUEST") == "true" and not environ.get("SCRIPT_NAME")
    return is_ours and is_plain(environ, content_type=FORM)


def is_plain(environ: Environ, *, content_type: str) -> bool:
    """A POST of this type that says how long it is, and is not too long to be read at once."""
    length = environ.get("CONTENT_LENGTH") or ""
    return (
        environ["REQUEST_METHOD"] == "POST" and environ.get("CONTENT_TYPE") == content_type
        and "HTTP_TRANSFER_ENCODING" not in environ and len(length) < 10 and length.isascii() and length.isdigit()
        and int(length) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    )  # fmt: skip


def answer_of(view: View, request: WSGIRequest, named: dict[str, str]) -> HttpResponse | None:
    """In a transaction of its own; None where there is more to say than this answer."""
    try:
        if not is_from_our_page(request):
            return None
        close_old_connections()
        with translation.override(language_of(request)), transaction.atomic():
            visitor = visitor_of(request, named.pop("organization"))
            answer = visitor and view(request, visitor, **named)
            return answer and finished(answer)
    except (DomainError, SuspiciousOperation, NotLetIn):
        return None
    except Exception:
        log.warning("A form goes the ordinary way", exc_info=True)
        return None
    finally:
        close_old_connections()


def is_from_our_page(request: WSGIRequest) -> bool:
    """Raises DisallowedHost."""
    request.get_host()
    CSRF.process_request(request)
    return not CSRF.process_view(request, None, (), {})


def finished(answer: HttpResponse) -> HttpResponse:
    """With what the middleware adds to each answer of its own."""
    answer["Content-Length"], answer["Content-Language"] = len(answer.content), translation.get_language()
    answer["Vary"] = "Cookie"
    return answer
