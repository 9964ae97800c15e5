"""/v1/batches."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Fields, Query
from audits.api.filters import ApiBatchFilter
from audits.api.views import READ, WRITE, ApiView
from audits.models import Batch, Project, Task
from audits.services.batches import create_batch, finalize_batch, set_batch_metadata
from audits.services.intake import NO_SUCH_BATCH, NO_SUCH_PROJECT
from audits.wire import batch_json
from labelops.errors import NotFound


def visible_batches(request: Request) -> object:
    batches = Batch.objects.for_organization(request.organization).visible_to(request.membership)
    return batches.select_related("project")


def find_batch(request: Request, name: str) -> Batch:
    batch = visible_batches(request).filter(name=name).first()
    if batch is None:
        raise NotFound(NO_SUCH_BATCH)
    return batch


class BatchListView(ApiView):
    needs = {"GET": READ, "POST": WRITE}

    def get(self, request: Request) -> Response:
        query = Query(request.query_params)
        limit, offset = query.limit(), query.offset()
        matching = ApiBatchFilter(request.query_params, queryset=visible_batches(request)).checked()
        if query.flag("exclude_archived"):
            matching = matching.filter(project__archived_at=None)
        total = matching.count()
        batches = matching.newest_first()[offset : offset + limit]
        return Response(
            {
                "docs": [batch_json(batch) for batch in batches],
                # The Python client reads the first, the Node client the second.
                "totalDocs": total,
                "total": total,
                "limit": limit,
                "offset": offset,
                "has_more": offset + limit < total,
            }
        )

    def post(self, request: Request) -> Response:
        fields = Fields(request)
        named = Project.objects.for_organization(request.organization).filter(name=fields.required_text("project"))
        project = named.select_related("organization").first()
        if project is None:
            raise NotFound(NO_SUCH_PROJECT)
        batch = create_batch(
            project=project, actor=request.user, name=fields.required_text("name"),
            callback_url=fields.text("callback", longest=2048) or "", metadata=fields.object("metadata"),
            is_calibration=bool(fields.flag("calibration_batch")), is_self_label=bool(fields.flag("self_label_batch")),
            staging=bool(fields.flag("staging")), now=timezone.now(),
        )  # fmt: skip
        return Response(batch_json(batch))


class BatchView(ApiView):
    needs = {"GET": READ}

    def get(self, request: Request, name: str) -> Response:
        return Response(batch_json(find_batch(request, name)))


class BatchStatusView(ApiView):
    needs = {"GET": READ}

    def get(self, request: Request, name: str) -> Response:
        batch = find_batch(request, name)
        tasks = Task.objects.for_organization(request.organization).filter(batch_id=batch.pk)
        return Response({"status": batch.status, **tasks.count_by_status()})


class BatchFinalizeView(ApiView):
    needs = {"POST": WRITE}

    def post(self, request: Request, name: str) -> Response:
        batch = finalize_batch(batch=find_batch(request, name), actor=request.user, now=timezone.now())
        return Response(batch_json(batch))


class BatchMetadataView(ApiView):
    """The body is the metadata itself."""

    needs = {"POST": WRITE}

    def post(self, request: Request, name: str) -> Response:
        batch, metadata = find_batch(request, name), Fields(request).rest
        batch = set_batch_metadata(batch=batch, actor=request.user, metadata=metadata, now=timezone.now())
        return Response(batch_json(batch))
