"""/v2/batch and /v2/batches, /v2/project and /v2/projects."""

from collections.abc import Callable

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Fields, Query, refuse
from audits.api.v2.lists import page_of_batches
from audits.api.v2.places import find_batch, find_project, named_batch, projects_of, read_expand
from audits.api.v2.shapes import batch_json, project_json
from audits.api.views import READ, WRITE, ApiView
from audits.models import Batch
from audits.services.batch_halts import cancel_batch
from audits.services.batches import create_batch, finalize_batch, set_batch_metadata


class BatchView(ApiView):
    needs = {"GET": READ, "POST": WRITE}

    def get(self, request: Request) -> Response:
        query = Query(request.query_params)
        batch = find_batch(request, query.text("batch_id"), query.text("batch_name"))
        return Response(batch_json(batch, read_expand(query)))

    def post(self, request: Request) -> Response:
        fields = Fields(request)
        project = find_project(request, fields.text("project_id") or "", fields.text("project_name") or "")
        batch = create_batch(
            project=project, actor=request.user, name=fields.required_text("name"),
            callback_url=fields.text("callback", longest=2048) or "", metadata=fields.object("metadata"),
            staging=bool(fields.flag("staging_batch")), now=timezone.now(),
        )  # fmt: skip
        return Response(batch_json(batch))


class BatchListView(ApiView):
    needs = {"GET": READ}

    def get(self, request: Request) -> Response:
        expand = read_expand(Query(request.query_params))
        batches, token = page_of_batches(request)
        answer = {"batches": [batch_json(batch, expand) for batch in batches]}
        return Response(answer | ({"next_token": token} if token else {}))


class BatchFinalizeView(ApiView):
    needs = {"POST": WRITE}

    def post(self, request: Request) -> Response:
        batch = named_batch(request, Fields(request))
        return Response(batch_json(finalize_batch(batch=batch, actor=request.user, now=timezone.now())))


class BatchHaltView(ApiView):
    """Pause, resume or cancel."""

    needs = {"POST": WRITE}
    command: Callable[..., Batch] = staticmethod(cancel_batch)
    message = ""

    def post(self, request: Request) -> Response:
        batch = named_batch(request, Fields(request))
        batch = self.command(batch=batch, organization=request.organization, actor=request.user, now=timezone.now())
        return Response({"batch": batch_json(batch), "message": self.message})


class BatchMetadataView(ApiView):
    needs = {"POST": WRITE}

    def post(self, request: Request) -> Response:
        fields = Fields(request)
        batch, metadata, merge = named_batch(request, fields), fields.object("metadata"), fields.flag("merge")
        if metadata is None:
            refuse("metadata", "is required.")
        batch = set_batch_metadata(
            batch=batch, actor=request.user, metadata=metadata, merge=bool(merge), now=timezone.now()
        )
        return Response(batch_json(batch))


class ProjectView(ApiView):
    needs = {"GET": READ}

    def get(self, request: Request) -> Response:
        query = Query(request.query_params)
        return Response(project_json(find_project(request, query.text("project_id"), query.text("project_name"))))


class ProjectListView(ApiView):
    needs = {"GET": READ}

    def get(self, request: Request) -> Response:
        return Response({"projects": [project_json(project) for project in projects_of(request).newest_first()]})
