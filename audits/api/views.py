"""What every call of the dialect has in common."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audits.api import idempotency
from audits.api.blind_answers import hide_first_verdicts
from audits.api.parsers import AlwaysJson, StrictJSONParser
from audits.models import ListedTask, Task
from audits.wire import task_json
from callbacks.models import outcomes_of
from labelops.errors import DomainError, error_body
from labelops.tenancy.authentication import KeyMay
from labelops.tenancy.models import Organization, Scope
from labelops.tenancy.permissions import Permission

READ = (Scope.TASKS_READ, Permission.VIEW_TASKS)
WRITE = (Scope.TASKS_WRITE, Permission.EDIT_TASKS)
REDO = (Scope.TASKS_WRITE, Permission.REDO)
AUDIT = (Scope.AUDITS_WRITE, Permission.AUDIT)


class LengthRequired(DomainError):
    status = HTTPStatus.LENGTH_REQUIRED
    message = "Send the body in one piece, with a Content-Length."


class ApiView(APIView):
    """`needs` says per method which scope the key, and which right its owner, must have."""

    needs: Mapping[str, tuple[Scope, Permission]] = {}
    permission_classes = [KeyMay]
    parser_classes = [StrictJSONParser]
    content_negotiation_class = AlwaysJson
    http_method_names = ["get", "post", "put", "delete"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # A body of unknown length would be read as none: metadata sent so would be wiped out.
        if "Transfer-Encoding" in request.headers:
            raise LengthRequired
        self.idempotency_key = idempotency.begin(request)

    def handle_exception(self, error: Exception) -> Response:
        return Response(error.answer) if isinstance(error, idempotency.Replay) else super().handle_exception(error)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if response.status_code == HTTPStatus.OK and getattr(response, "data", None):
            response.data = hide_first_verdicts(request, response.data)
        idempotency.end(request, getattr(self, "idempotency_key", None), response)
        return super().finalize_response(request, response, *args, **kwargs)


def answer_task(task: Task | ListedTask, organization: Organization) -> Response:
    """The whole task, with how its newest callback ended."""
    return Response(whole_task(task, organization))


def whole_task(task: Task | ListedTask, organization: Organization) -> dict[str, Any]:
    if isinstance(task, ListedTask):
        return task_json(task, organization, delivered=task.delivered)
    return task_json(task, organization, delivered=outcomes_of([task.id], organization=organization).get(task.id))


@csrf_exempt
def unknown_route(request: HttpRequest, **_: Any) -> JsonResponse:
    return JsonResponse(error_body(404, f"There is no {request.path_info[:200]} in this API."), status=404)
