"""/v1/evaluation_tasks and /v1/training_tasks: tasks with a known response."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Query, refuse
from audits.api.shapes import quality_task_json
from audits.api.tasks import read_task_request
from audits.api.views import READ, WRITE, ApiView
from audits.models import QualityTask
from audits.services.quality_tasks import QualityTaskRequest, create_quality_task
from audits.services.tasks import NO_SUCH_TASK
from labelops.errors import NotFound
from labelops.tenancy.identifiers import parse_public_id


def find_all(request: Request, kind: str) -> Any:
    tasks = QualityTask.objects.for_organization(request.organization).visible_to(request.membership)
    return tasks.of_kind(kind).with_names()


class QualityTaskView(ApiView):
    """POST takes a task type, GET (added here) an id: both stand at the same place, as with tasks."""

    needs = {"GET": READ, "POST": WRITE}
    kind = ""

    def get(self, request: Request, name: str) -> Response:
        task_id = parse_public_id(name)
        found = find_all(request, self.kind).filter(pk=task_id).first() if task_id else None
        if found is None:
            raise NotFound(NO_SUCH_TASK)
        return Response(quality_task_json(found))

    def post(self, request: Request, name: str) -> Response:
        made = create_quality_task(
            organization=request.organization, actor=request.user, request=self.read(name, request),
            now=timezone.now(),
        )  # fmt: skip
        return Response(quality_task_json(made))

    def read(self, type: str, request: Request) -> QualityTaskRequest:
        asked = read_task_request(type, request)
        responses = {name: asked.params.pop(name, None) for name in ("expected_response", "initial_response")}
        for name, response in responses.items():
            if not isinstance(response, dict) and not (response is None and name == "initial_response"):
                refuse(name, "must be a JSON object." if response is not None else "is required.")
        return QualityTaskRequest(kind=self.kind, task=asked, **responses)


class QualityTaskListView(ApiView):
    """Newest first; added here."""

    needs = {"GET": READ}
    kind = ""

    def get(self, request: Request) -> Response:
        query = Query(request.query_params)
        limit, offset = query.limit(), query.offset()
        tasks = find_all(request, self.kind)
        if project := query.text("project"):
            tasks = tasks.filter(project__name=project)
        found = list(tasks.newest_first()[offset : offset + limit + 1])
        answer = {"docs": [quality_task_json(task) for task in found[:limit]], "total": tasks.count()}
        return Response(answer | {"limit": limit, "offset": offset, "has_more": len(found) > limit})
