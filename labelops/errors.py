"""The domain-error family, and the one place that turns an error into an answer of the API or a page."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response

API_PREFIXES = ("/v1/", "/v2/", "/api/v1/")
# Below it errors have the other dialect's shape.
CROWD_PREFIX = "/api/"
CROWD_CODES = {
    400: "VALIDATION_ERROR",
    401: "AUTHENTICATION_ERROR",
    403: "ACCESS_DENIED",
    404: "DOES_NOT_EXIST",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT_STATE",
    411: "LENGTH_REQUIRED",
    413: "ENTITY_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
    503: "REMOTE_SERVICE_UNAVAILABLE",
}


class DomainError(Exception):
    """A fact that stops a command. `message` is one sentence that says what to do; `data` goes into the answer."""

    status = HTTPStatus.BAD_REQUEST
    message = _("This cannot be done.")

    def __init__(self, message: str = "", **data: Any) -> None:
        self.message = message or self.message
        self.data = data
        super().__init__(self.message)


class InvalidInput(DomainError):
    """The input is wrong; `fields` names what is wrong with which field (name -> sentence)."""

    message = _("Some of the input is wrong.")

    def __init__(self, message: str = "", *, fields: dict[str, str] | None = None, **data: Any) -> None:
        self.fields = fields or {}
        super().__init__(message or " ".join(self.fields.values()), **data)


class NotFound(DomainError):
    status = HTTPStatus.NOT_FOUND
    message = _("Not found.")


class Forbidden(DomainError):
    status = HTTPStatus.FORBIDDEN
    message = _("Your role does not allow this. Ask an owner of the organization.")


class Conflict(DomainError):
    status = HTTPStatus.CONFLICT
    message = _("Somebody else changed this in the meantime. Reload and try again.")


class Locked(DomainError):
    """Somebody else holds the task; `data` has `holder` (e-mail) and `expires_at`."""

    status = HTTPStatus.LOCKED
    message = _("Somebody else is auditing this task.")


def error_body(status: int, message: str, **data: Any) -> dict[str, Any]:
    """The shape that the official client reads: a JSON object whose `error` is a string."""
    return {"status_code": int(status), "error": message, **data}


def crowd_error_body(status: int, message: str, *, code: str = "", payload: Any = None) -> dict[str, Any]:
    """The shape that the official client of the crowd dialect reads; it chooses its exception by `code`."""
    code = code or CROWD_CODES.get(int(status), "CONFLICT_STATE")
    return {"code": code, "message": str(message), "request_id": uuid4().hex, "payload": payload or {}}


def error_body_at(path: str, status: int, message: str) -> dict[str, Any]:
    """In the dialect that is spoken at this address."""
    return crowd_error_body(status, message) if path.startswith(CROWD_PREFIX) else error_body(status, message)


def first_sentence(detail: Any, path: str = "") -> str:
    """The first message of DRF's nested error detail, with the name of the field before it."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        return first_sentence(inner, name if name != "non_field_errors" else path)
    if isinstance(detail, list):
        return first_sentence(detail[0], path)
    return f"{path}: {detail}" if path else str(detail)


def answer_api_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: None leaves the exception to Django, whose 500 handler answers in JSON too."""
    if isinstance(error, DomainError):
        return Response(error_body(error.status, error.message, **error.data), status=error.status)
    if isinstance(error, Http404):
        return Response(error_body(404, "Not found."), status=404)
    if isinstance(error, PermissionDenied):
        return Response(error_body(403, Forbidden.message), status=403)
    if isinstance(error, exceptions.APIException):
        headers = {"Retry-After": str(int(error.wait or 1))} if isinstance(error, exceptions.Throttled) else {}
        if header := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = header
        body = error_body(error.status_code, first_sentence(error.detail))
        return Response(body, status=error.status_code, headers=headers)
    return None


def answer_page_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The page of a domain error that no view has turned into a message at its field."""
    template = {HTTPStatus.NOT_FOUND: "404.html", HTTPStatus.FORBIDDEN: "403.html"}.get(error.status, "refused.html")
    return render(request, template, {"error": error, "exception": error.message}, status=error.status)
