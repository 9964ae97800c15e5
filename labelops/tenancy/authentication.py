"""API keys over HTTP Basic (key as user, empty password), Bearer, and the crowd dialect's OAuth."""

import base64
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from labelops.errors import Forbidden
from labelops.tenancy.entry import Entry, enter_by_key
from labelops.tenancy.models import ApiKey, User
from labelops.tenancy.permissions import Permission

if TYPE_CHECKING:
    # The views module reads the settings, and these name this module.
    from rest_framework.views import APIView

REFUSED = "The API key is missing, unknown, expired or revoked."
# The last two as the crowd dialect's official client says it.
TOKEN_KINDS = ("bearer", "oauth", "apikey")
LAST_USED_STEP = timedelta(minutes=1)


class ApiKeyAuthentication(BaseAuthentication):
    """Scopes the request's transaction to the key's organization; sets `organization`, `membership` and `auth`."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        entry = enter_by_key(text=given_key(request.headers.get("Authorization", "")))
        if entry is None:
            raise AuthenticationFailed(REFUSED)
        request.organization, request.membership = entry.organization, entry.membership
        note_use(entry)
        return entry.user, entry.key

    def authenticate_header(self, request: Request) -> str:
        return 'Basic realm="LabelOps"'


class KeyMay(BasePermission):
    """A call needs its view's `scope` on the key and its `permission` on the role the key acts with.

    A view gives both per method: `needs = {"GET": (Scope.TASKS_READ, Permission.VIEW_TASKS)}`.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        # A view without a method of its own answers HEAD by its GET.
        method = "GET" if request.method == "HEAD" else request.method
        if method not in view.needs:
            return True  # 405 follows
        scope, permission = view.needs[method]
        if scope not in request.auth.scopes:
            raise Forbidden(f"This API key lacks the scope “{scope}”.")
        if not request.membership.may(Permission(permission)):
            raise Forbidden(f"The key's owner lacks the right “{Permission(permission).label}”.")
        return True


def given_key(header: str) -> str:
    """The key out of the header; empty where there is none."""
    kind, _, value = header.partition(" ")
    if kind.lower() in TOKEN_KINDS:
        return value.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode("ascii").partition(":")[0]
    except ValueError:  # not base64, or not ASCII on either side of it
        return ""


def note_use(entry: Entry) -> None:
    """Write `last_used_at` at most once a minute: a busy key is not a hot row."""
    now, key = timezone.now(), entry.key
    if key and (key.last_used_at is None or now - key.last_used_at > LAST_USED_STEP):
        ApiKey.objects.filter(pk=key.pk, organization_id=key.organization_id).update(last_used_at=now)
