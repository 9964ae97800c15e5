"""The last answers: JSON objects below the two API addresses, pages elsewhere."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from labelops.errors import API_PREFIXES, CROWD_PREFIX, error_body_at

SENTENCES = {
    HTTPStatus.BAD_REQUEST: "The request could not be understood.",
    HTTPStatus.FORBIDDEN: "Not allowed.",
    HTTPStatus.NOT_FOUND: "Not found.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something broke on our side; nothing was changed. Try again in a moment.",
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _as_json(request, HTTPStatus.BAD_REQUEST) or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _as_json(request, HTTPStatus.FORBIDDEN) or defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _as_json(request, HTTPStatus.NOT_FOUND) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _as_json(request, HTTPStatus.INTERNAL_SERVER_ERROR) or defaults.server_error(request)


def _as_json(request: HttpRequest, status: HTTPStatus) -> HttpResponse | None:
    path = request.path_info
    if not path.startswith((*API_PREFIXES, CROWD_PREFIX)):
        return None
    return JsonResponse(error_body_at(path, status, SENTENCES[status]), status=status)
