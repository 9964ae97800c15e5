"""/api/v1/operations."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from crowd_rules.api.lists import Key, Listing, plain, times
from crowd_rules.api.values import instant, without_nothing
from crowd_rules.api.views import READ, CrowdView, id_or_404
from crowd_rules.engine.reading import identifier
from crowd_rules.models import Operation
from crowd_rules.services.operations import find_operation

# What a job remembers for itself.
OWN = ("items", "actor", "firing")
LISTING = Listing(
    {"id": Key("number", identifier, ranged=True), "type": Key("type", plain, many=True),
     "status": Key("status", plain, many=True), "submitted": times("submitted_at"),
     "finished": times("finished_at")},
)  # fmt: skip


def operation_json(operation: Operation) -> dict[str, Any]:
    """Its id is the number that the client gave it."""
    return without_nothing({
        "id": str(operation.number),
        "type": operation.type,
        "status": operation.status,
        "submitted": instant(operation.submitted_at),
        "started": instant(operation.started_at),
        "finished": instant(operation.finished_at),
        "progress": operation.progress,
        "parameters": {name: value for name, value in operation.parameters.items() if name not in OWN},
        "details": operation.details,
    })  # fmt: skip


class OperationsView(CrowdView):
    needs = {"GET": READ}

    def get(self, request: Request) -> Response:
        rows = Operation.objects.for_organization(request.organization).without_logs()
        return LISTING.answer(request, rows, lambda page: [operation_json(one) for one in page])


class OperationView(CrowdView):
    needs = {"GET": READ}

    def get(self, request: Request, operation_id: str) -> Response:
        return Response(operation_json(_find(request, operation_id)))


class OperationLogView(CrowdView):
    needs = {"GET": READ}

    def get(self, request: Request, operation_id: str) -> Response:
        """A bare list."""
        return Response(_find(request, operation_id).log)


def _find(request: Request, operation_id: str) -> Operation:
    return find_operation(organization=request.organization, number=id_or_404(operation_id, "operation"))
