"""/v2/task and /v2/tasks."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Fields, Query, refuse
from audits.api.tasks import known_id
from audits.api.v2.lists import page_of_tasks
from audits.api.v2.places import find_project, named_batch, read_expand
from audits.api.v2.shapes import task_json
from audits.api.views import READ, WRITE, ApiView
from audits.models import Task
from audits.services.intake import TaskRequest, create_requested_task
from audits.services.task_details import set_task_metadata
from audits.services.tasks import NO_SUCH_TASK
from labelops.errors import NotFound


class TaskView(ApiView):
    needs = {"GET": READ}

    def get(self, request: Request) -> Response:
        query = Query(request.query_params)
        task_id = query.text("task_id") or refuse("task_id", "is required.")
        tasks = Task.objects.for_organization(request.organization).visible_to(request.membership)
        task = tasks.with_names().filter(pk=known_id(task_id)).first()
        if task is None:
            raise NotFound(NO_SUCH_TASK)
        return Response(task_json(task, read_expand(query)))


class TaskListView(ApiView):
    needs = {"GET": READ}

    def get(self, request: Request) -> Response:
        expand = read_expand(Query(request.query_params))
        tasks, token = page_of_tasks(request)
        answer = {"tasks": [task_json(task, expand) for task in tasks]}
        return Response(answer | ({"next_token": token} if token else {}))


class ChatTaskView(ApiView):
    """A task of the type chat; its template variables are its parameters."""

    needs = {"POST": WRITE}

    def post(self, request: Request) -> Response:
        task = create_requested_task(
            organization=request.organization, actor=request.user, request=self.read(request), now=timezone.now()
        )
        return Response(task_json(task))

    def read(self, request: Request) -> TaskRequest:
        fields = Fields(request)
        by_id, by_name = fields.text("project_id"), fields.text("project_name")
        project = find_project(request, by_id or "", by_name or "") if by_id or by_name else None
        batch = named_batch(request, fields) if {"batch_id", "batch_name"} & fields.rest.keys() else None
        if not (project or batch):
            refuse("project_id", "project_name, batch_id or batch_name is required.")
        return TaskRequest(
            type="chat", params={"template_variables": fields.object("template_variables") or {}},
            project=project.name if project else None, batch=batch.name if batch else None,
            metadata=fields.object("metadata") or {}, callback_url=fields.text("callback_url", longest=2048) or "",
        )  # fmt: skip


class TaskMetadataView(ApiView):
    needs = {"POST": WRITE}

    def post(self, request: Request) -> Response:
        fields = Fields(request)
        task_id, metadata = fields.required_text("task_id"), fields.object("metadata")
        if metadata is None:
            refuse("metadata", "is required.")
        task = set_task_metadata(
            organization=request.organization, actor=request.user, task_id=known_id(task_id), metadata=metadata,
            merge=bool(fields.flag("merge")), now=timezone.now(),
        )  # fmt: skip
        return Response(task_json(task))
