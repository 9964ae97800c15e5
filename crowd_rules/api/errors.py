"""Errors as the dialect's official client reads them: it chooses its exception by `code`, never by the status."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from crowd_rules.api.values import instant
from crowd_rules.engine.validation import Problem
from crowd_rules.services.refusals import InvalidFields
from crowd_rules.services.task_batches import InvalidBatch, problems_json
from labelops.errors import DomainError, Forbidden, InvalidInput, crowd_error_body, first_sentence


def answer_crowd_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """The exception handler of the dialect's views; None leaves the exception to Django's 500, which is JSON too."""
    if isinstance(error, DomainError):
        body = crowd_error_body(error.status, error.message, code=getattr(error, "code", ""), payload=payload_of(error))
        return Response(body, status=int(error.status))
    if isinstance(error, Http404):
        return Response(crowd_error_body(404, "Not found."), status=404)
    if isinstance(error, PermissionDenied):
        return Response(crowd_error_body(403, Forbidden.message), status=403)
    if isinstance(error, exceptions.APIException):
        # No Retry-After, whatever the status: the client breaks on it and tries again by itself.
        header = getattr(error, "auth_header", None)
        body = crowd_error_body(error.status_code, first_sentence(error.detail))
        return Response(body, status=error.status_code, headers={"WWW-Authenticate": header} if header else {})
    return None


def payload_of(error: DomainError) -> dict[str, Any]:
    """Of wrong input `{field: {"code", "message", "params"}}`, of a batch that by item; else what the error has."""
    if isinstance(error, InvalidBatch):
        return {str(number): problems_json(problems) for number, problems in error.problems_by_item.items()}
    if isinstance(error, InvalidFields):
        return problems_json(error.problems)
    if isinstance(error, InvalidInput):
        return problems_json(Problem(name, "INVALID_VALUE", text) for name, text in error.fields.items())
    return {name: instant(value) if isinstance(value, datetime) else value for name, value in error.data.items()}
