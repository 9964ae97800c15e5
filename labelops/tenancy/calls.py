"""The short way of calls: each brings its key or token, so no session, form, message or page belongs to them."""

from collections.abc import Callable

from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from labelops.errors import API_PREFIXES
from labelops.tenancy.language import ENGLISH
from labelops.tenancy.middleware import OrganizationMiddleware


class ShortWay:
    """Leads these calls past what stands between here and the organization's transaction, and does its part of it.

    Above stand the security headers; below, the last of all, `OrganizationMiddleware`, which is made before this one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.straight_on = convert_exception_to_response(OrganizationMiddleware.newest)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(API_PREFIXES):
            return self.get_response(request)
        request.get_host()  # Raises DisallowedHost: a call for another host is none for us.
        with translation.override(ENGLISH):
            response = self.straight_on(request)
        response.headers.setdefault("X-Frame-Options", "DENY")
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response
