"""Performers' tokens, in the header that requesters' keys come in."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from audits.models import Performer
from crowd_rules.models import PerformerAccount
from crowd_rules.services.performers import enter_by_token
from labelops.tenancy.authentication import given_key

REFUSED = "The token is missing, unknown or replaced."


class PerformerAuthentication(BaseAuthentication):
    """Scopes the request's transaction to the performer's organization; sets `organization` and `performer`."""

    def authenticate(self, request: Request) -> tuple[Performer, PerformerAccount]:
        account = enter_by_token(token=given_key(request.headers.get("Authorization", "")))
        if account is None:
            raise AuthenticationFailed(REFUSED)
        request.organization, request.performer = account.organization, account.performer
        return account.performer, account

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="LabelOps"'
