"""The calls that performers make all day, without the framework's wrappings: those cost more than what is asked for."""

from collections.abc import Mapping
from io import BytesIO
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from audits.api.parsers import StrictJSONParser
from crowd_rules.api.errors import answer_crowd_error
from crowd_rules.api.views import PerformerView
from crowd_rules.models import PerformerAccount
from crowd_rules.services.performers import enter_to_work, parse_token
from labelops.tenancy.authentication import given_key
from labelops.tenancy.keys import KeyParts

PARSER = StrictJSONParser()
ALLOW = "POST, OPTIONS"
COUNTED = "labelops.counted"
# Of a process: as whose the calls with a token are counted. It lets nobody in.
CALLERS: dict[str, PerformerAccount] = {}
MOST_CALLERS = 10_000
# As the renderer of the framework writes it.
encode = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Answer(NamedTuple):
    """What `post` returns; the framework's own response costs as much as finding out what to say."""

    data: dict[str, Any]
    status_code: int = 200
    headers: Mapping[str, str] = MappingProxyType({})


class HotView(PerformerView):
    """Answers a plain POST as its base does; `post` gets Django's own request, with `data`.

    What comes without a good token, with another method, or with a body that is not JSON of known length goes the long
    way, and is refused there.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_plain(request):
            return super().dispatch(request, *args, **kwargs)
        # The whole of it, before anything is held: nobody waits for a slow sender.
        body = BytesIO(request.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
        try:
            answer = self.answer_plain(request, body, **kwargs)
            return self.rendered(answer) if answer else super().dispatch(request, *args, **kwargs)
        except Exception as error:
            found = answer_crowd_error(error, {})
            if found is None:
                raise
            return self.rendered(found)

    def answer_plain(self, request: Any, body: BytesIO, **kwargs: Any) -> Answer | None:
        """`request` has `META` and `after_transaction`; None, and nothing done, without a good token."""
        if not may_call(request, **self.concerns(**kwargs)):
            return None
        self.check_limits(request)
        request.data = PARSER.parse(body)
        return self.post(request, **kwargs)

    def answer_at_once(self, request: Any, body: BytesIO, **kwargs: Any) -> Answer | None:
        """In one statement that is a transaction of its own; None, and nothing done, where it is not a yes.

        NotImplemented, and nothing done, for what is to be tried by `answer_plain`.
        """
        return NotImplemented

    def concerns(self, **_: Any) -> dict[str, UUID | None]:
        """What is to be done by the statement that lets in; see `enter_to_work`. Its answers are `request.entered`."""
        return {}

    def check_limits(self, request: Any) -> None:
        """Counts the call, once however many ways it goes. Raises TooManyCalls."""
        if COUNTED not in request.META:
            for limit in self.get_throttles():
                limit.allow_request(request, self)
            request.META[COUNTED] = True

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if isinstance(response, Answer):
            response = Response(response.data, status=response.status_code)
        return super().finalize_response(request, response, *args, **kwargs)

    def rendered(self, found: Response | Answer) -> HttpResponse:
        headers = {**found.headers, "Allow": ALLOW, "Content-Type": "application/json"}
        return HttpResponse(encode(found.data), status=found.status_code, headers=headers)


def is_plain(request: HttpRequest) -> bool:
    return request.method == "POST" and request.content_type == "application/json" and (
        "HTTP_TRANSFER_ENCODING" not in request.META)  # fmt: skip


def is_known(request: Any) -> KeyParts | None:
    """The token of a performer who has called here before; what the limits count their calls by is set."""
    token = given_key(request.META.get("HTTP_AUTHORIZATION", ""))
    account = CALLERS.get(token)
    if account is None:
        return None
    request.auth, request.organization = account, account.organization
    return parse_token(token)


def _remember(token: str, account: PerformerAccount) -> None:
    if len(CALLERS) >= MOST_CALLERS:
        CALLERS.clear()
    CALLERS[token] = account


def may_call(request: Any, **concerns: UUID | None) -> bool:
    """By a performer's token; sets what the authentication of the framework sets."""
    token = given_key(request.META.get("HTTP_AUTHORIZATION", ""))
    request.entered = enter_to_work(token=token, **concerns)
    if request.entered is None:
        return False
    account = request.entered.account
    _remember(token, account)
    request.auth, request.organization, request.performer = account, account.organization, account.performer
    return True
