"""What the calls have in common: who may, and how lists are paged."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.views import APIView

from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.authentication import KeyMay
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.models import Scope
from labelops.tenancy.permissions import Permission

MANAGE = (Scope.CALLBACKS, Permission.MANAGE_CALLBACKS)
MOST = 100


class CallbackCall(APIView):
    """`needs`: each method needs the key's scope `callbacks` and its owner's right to manage them."""

    needs = dict.fromkeys(("GET", "POST", "PUT", "DELETE"), MANAGE)
    permission_classes = [KeyMay]
    http_method_names = ["get", "post", "put", "delete"]


def known_id(text: str) -> UUID:
    """The id in an address; what cannot be one is answered as an unknown one."""
    found = parse_public_id(text)
    if found is None:
        raise NotFound
    return found


def limit_of(request: Request) -> int:
    text = request.query_params.get("limit", "") or str(MOST)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MOST):
        raise InvalidInput(fields={"limit": _("limit must be a whole number from 1 to %(most)s.") % {"most": MOST}})
    return int(text)


def listed(docs: list[Any], more: bool, token: str) -> dict[str, Any]:
    """The list as other lists below /v1 are, without a total: the log only grows."""
    return {"docs": docs, "has_more": more} | ({"next_token": token} if more else {})
