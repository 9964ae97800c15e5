"""The calls that performers make all day, without the framework's wrappings: those cost more than what is asked for."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from audits.api.parsers import StrictJSONParser
from crowd_rules.api.errors import answer_crowd_error
from crowd_rules.api.views import PerformerView
from crowd_rules.services.performers import enter_by_token
from labelops.tenancy.authentication import given_key

PARSER = StrictJSONParser()


class HotView(PerformerView):
    """Answers a plain POST as its base does; `post` gets Django's own request, with `data`.

    What comes without a good token, with another method, or with a body that is not JSON of known length goes the long
    way, and is refused there.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (is_plain(request) and may_call(request)):
            return super().dispatch(request, *args, **kwargs)
        try:
            self.check_limits(request)
            request.data = PARSER.parse(request)
            return self.rendered(self.post(request, *args, **kwargs))
        except Exception as error:
            found = answer_crowd_error(error, {})
            if found is None:
                raise
            return self.rendered(found)

    def check_limits(self, request: HttpRequest) -> None:
        for limit in self.get_throttles():
            limit.allow_request(request, self)

    def rendered(self, found: Response) -> HttpResponse:
        text = json.dumps(found.data, cls=JSONEncoder, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        headers = {**found.headers, "Allow": "POST, OPTIONS", "Content-Type": "application/json"}
        return HttpResponse(text, status=found.status_code, headers=headers)


def is_plain(request: HttpRequest) -> bool:
    return request.method == "POST" and request.content_type == "application/json" and (
        "HTTP_TRANSFER_ENCODING" not in request.META)  # fmt: skip


def may_call(request: HttpRequest) -> bool:
    """By a performer's token; sets what the authentication of the framework sets."""
    account = enter_by_token(token=given_key(request.META.get("HTTP_AUTHORIZATION", "")))
    if account is None:
        return False
    request.auth, request.organization, request.performer = account, account.organization, account.performer
    return True
