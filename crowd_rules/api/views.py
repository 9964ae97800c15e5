"""What every call of the crowd dialect has in common."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audits.api.parsers import AlwaysJson, StrictJSONParser
from audits.api.views import LengthRequired
from audits.models import Performer
from crowd_rules.api.authentication import PerformerAuthentication
from crowd_rules.api.errors import answer_crowd_error
from crowd_rules.api.openapi.schema import CrowdSchema
from crowd_rules.engine.reading import Reader, identifier
from crowd_rules.services.refusals import InvalidFields
from labelops.errors import NotFound, crowd_error_body
from labelops.tenancy.authentication import KeyMay
from labelops.tenancy.models import Scope
from labelops.tenancy.permissions import Permission

# Also to read: what requesters write about performers is for nobody else.
READ = (Scope.TASKS_READ, Permission.EDIT_TASKS)
WRITE = (Scope.TASKS_WRITE, Permission.EDIT_TASKS)


class DialectView(APIView):
    """Answers and refuses in the dialect; says nothing about who may call."""

    parser_classes = [StrictJSONParser]
    content_negotiation_class = AlwaysJson
    http_method_names = ["get", "post", "put", "patch", "delete"]
    schema = CrowdSchema()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # A body of unknown length would be read as none.
        if "Transfer-Encoding" in request.headers:
            raise LengthRequired

    def get_exception_handler(self) -> Any:
        return answer_crowd_error


class CrowdView(DialectView):
    """For a requester's key. `needs` says per method which scope the key, and which right its owner, must have."""

    needs: Mapping[str, tuple[Scope, Permission]] = {}
    permission_classes = [KeyMay]


class PerformerView(DialectView):
    """For a performer's token: `request.performer` in `request.organization`."""

    authentication_classes = [PerformerAuthentication]
    permission_classes = []


def id_or_404(text: str, what: str) -> UUID:
    """Raises NotFound where this can be no id of ours."""
    found = identifier(text)
    if found is None:
        raise NotFound(f"There is no such {what}.")
    return found


def checked(reader: Reader) -> Reader:
    """Raises InvalidFields where something of the body was wrong."""
    if reader.problems:
        raise InvalidFields(reader.problems)
    return reader


def known_performer(request: Request, reader: Reader, name: str = "user_id") -> Performer | None:
    """The performer whom this field names; one that is unknown is noted in the reader."""
    performer_id = reader.id(name, required=True)
    if performer_id is None:
        return None
    performer = Performer.objects.for_organization(request.organization).filter(pk=performer_id).first()
    if performer is None:
        reader.refuse(name, "ENTITY_DOES_NOT_EXIST", "There is no such performer.")
    return performer


def empty() -> Response:
    return Response(status=204)


@csrf_exempt
def unknown_route(request: HttpRequest, **_: Any) -> JsonResponse:
    return JsonResponse(crowd_error_body(404, f"There is no {request.path_info[:200]} in this API."), status=404)
