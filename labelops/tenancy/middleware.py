"""One transaction per request of an organization, scoped by row-level security, undone by every answer of 400 up."""

import logging
import re
from collections.abc import Callable
from uuid import UUID

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, InternalError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare

from labelops.errors import API_PREFIXES, CROWD_PREFIX, DomainError, answer_page_error, error_body, error_body_at
from labelops.tenancy.entry import Entry, enter_by_membership
from labelops.tenancy.language import follow
from labelops.tenancy.scope import organization_scope

log = logging.getLogger(__name__)
# What can be no slug (a NUL, say) goes on to the addresses, none of which it fits.
ORGANIZATION_PATH = re.compile(r"^/o/([-a-zA-Z0-9_]+)(/|$)")
LAST_ORGANIZATION = "organization"
# SQLSTATE read_only_sql_transaction.
READ_ONLY = "25006"


class OrganizationMiddleware:
    """Pages below /o/<slug>/ get `request.organization` and `request.membership`; API calls get the transaction."""

    # For the short way: that of the chain which is being put together, from its end.
    newest: "OrganizationMiddleware"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        OrganizationMiddleware.newest = self

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.after_transaction = []
        try:
            return self._answer(request)
        except (OperationalError, InterfaceError, InternalError) as error:
            if not is_the_databases(error):
                raise
            log.exception("The database did not answer")
            return answer_unavailable(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(API_PREFIXES):
            return self._in_transaction(request, lambda: self.get_response(request))
        if match := ORGANIZATION_PATH.match(request.path_info):
            return self._in_transaction(request, lambda: self._enter(request, match[1]))
        return self.get_response(request)

    def _enter(self, request: HttpRequest, slug: str) -> HttpResponse:
        user_id = request.session.get(SESSION_KEY)
        if user_id is None:
            return ask_to_sign_in(request)
        entry = enter_by_membership(user_id=user_id, slug=slug)
        if entry is None:
            return self._stranger(request)
        if not session_is_good(request, entry):
            request.session.flush()
            return ask_to_sign_in(request)
        let_in(request, entry)
        follow(request, entry.user.language)
        if request.session.get(LAST_ORGANIZATION) != slug:
            request.session[LAST_ORGANIZATION] = slug
        return self.get_response(request)

    def _stranger(self, request: HttpRequest) -> HttpResponse:
        # The same answer as for an address that does not exist.
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        return render(request, "404.html", status=404)

    def _in_transaction(self, request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
        with transaction.atomic():
            response = answer()
            if response.status_code >= 400:
                transaction.set_rollback(True)
        for write in request.after_transaction:
            write()
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DomainError):
            return answer_page_error(request, error)
        if is_the_databases(error):
            log.error("The database failed: %s", error)
            return answer_unavailable(request)
        return None


def is_the_databases(error: Exception) -> bool:
    """Whether it is away, full, or takes no writes (a standby, a restore): nobody's fault here, and over some day."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "pgcode", "") == READ_ONLY
    return isinstance(error, OperationalError | InterfaceError)


def write_after(request: HttpRequest, organization_id: UUID, write: Callable[[], None]) -> None:
    """Do this after the request's transaction, also where that is undone: what a refusal must not take away."""

    def scoped() -> None:
        with organization_scope(organization_id):
            write()

    request.after_transaction.append(scoped)


def let_in(request: HttpRequest, entry: Entry) -> None:
    entry.user.backend = request.session[BACKEND_SESSION_KEY]
    request.user, request.organization, request.membership = entry.user, entry.organization, entry.membership


def session_is_good(request: HttpRequest, entry: Entry) -> bool:
    """Whether the session is of this password still, as `django.contrib.auth.get_user` judges it."""
    given = request.session.get(HASH_SESSION_KEY, "")
    return entry.user.is_active and constant_time_compare(given, entry.user.get_session_auth_hash())


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request") or request.headers.get("X-Requested-With") == "fetch":
        body = error_body(401, "You are signed out. Sign in in another tab; what you typed is still here.")
        return JsonResponse(body, status=401)
    if request.method not in ("GET", "HEAD"):
        return redirect_to_login("/")
    return redirect_to_login(request.get_full_path())


def answer_unavailable(request: HttpRequest) -> HttpResponse:
    message = "The database does not answer at the moment. Try again in a few seconds; nothing was changed."
    if request.path_info.startswith(API_PREFIXES):
        response: HttpResponse = JsonResponse(error_body_at(request.path_info, 503, message), status=503)
    else:
        response = HttpResponse(message, status=503, content_type="text/plain; charset=utf-8")
    # The crowd dialect's official client breaks on this header; it tries again by itself.
    if not request.path_info.startswith(CROWD_PREFIX):
        response["Retry-After"] = "5"
    return response
