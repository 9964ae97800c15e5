"""The short way of calls: each brings its key or token, so no session, form, message or page belongs to them."""

from collections.abc import Callable
from functools import cache

from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils import translation

from labelops.errors import API_PREFIXES
from labelops.tenancy.language import ENGLISH
from labelops.tenancy.middleware import OrganizationMiddleware


class ShortWay:
    """Leads these calls past what stands between here and the organization's transaction, and does its part of it.

    The last of all is `OrganizationMiddleware`, which is made before this one.
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
        for name, value in security_headers(request.is_secure()):
            response.headers.setdefault(name, value)
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


@cache
def security_headers(secure: bool) -> list[tuple[str, str]]:
    """As those write them who write them for pages; the same for every call."""
    request, bare = HttpRequest(), HttpResponse()
    request._get_scheme = lambda: "https" if secure else "http"
    for middleware in (XFrameOptionsMiddleware, ContentSecurityPolicyMiddleware, SecurityMiddleware):
        bare = middleware(HttpResponse).process_response(request, bare)
    return [(name, value) for name, value in bare.headers.items() if name != "Content-Type"]
