"""/api/v1/pools."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.models import Project
from crowd_rules.api.lists import ID, Key, Listing, ids, plain, times
from crowd_rules.api.operations import operation_json
from crowd_rules.api.pool_json import in_wire_names, pool_json, read_pool
from crowd_rules.api.rules import rules_at
from crowd_rules.api.views import READ, WRITE, CrowdView, checked, empty, id_or_404
from crowd_rules.engine.reading import Reader
from crowd_rules.engine.validation import Problem
from crowd_rules.models import Pool
from crowd_rules.services.pool_wire import (
    collectors_of,
    create_pool_with_rules,
    run_pool_operation,
    set_priority,
    update_pool_with_rules,
)
from crowd_rules.services.pools import RANGES, find_pool
from crowd_rules.services.refusals import InvalidFields
from labelops.errors import InvalidInput

LISTING = Listing(
    {"id": ID, "status": Key("status", plain, many=True), "project_id": ids("project_id"),
     "created": times("created_at"), "last_started": times("last_started_at")},
    default=20,
)  # fmt: skip


def show_pools(request: Request, pools: list[Pool]) -> list[dict[str, Any]]:
    collectors = collectors_of(request.organization, pools)
    return [pool_json(pool, collectors.get(pool.pk, [])) for pool in pools]


def saved(write: Any, **given: Any) -> Pool:
    """The pool that this service made or changed; what it refuses, by the wire's names."""
    try:
        with rules_at("quality_control"):
            return write(**given, now=timezone.now())
    except InvalidFields:
        raise
    except InvalidInput as error:
        raise in_wire_names(error) from error


def refuse(path: str, code: str, message: str) -> None:
    raise InvalidFields([Problem(path, code, message)])


class PoolsView(CrowdView):
    needs = {"GET": READ, "POST": WRITE}

    def get(self, request: Request) -> Response:
        pools = Pool.objects.for_organization(request.organization).filter(type=Pool.Type.REGULAR)
        return LISTING.answer(request, pools, lambda page: show_pools(request, page))

    def post(self, request: Request) -> Response:
        project_id, settings, configs = read_pool(request.data)
        project = Project.objects.for_organization(request.organization).filter(pk=project_id).first()
        if project is None:
            refuse("project_id", "ENTITY_DOES_NOT_EXIST", "There is no such project.")
        project.organization = request.organization
        pool = saved(create_pool_with_rules, project=project, actor=request.user, settings=settings, configs=configs)
        return Response(show_pools(request, [pool])[0], status=201)


class PoolView(CrowdView):
    needs = {"GET": READ, "PUT": WRITE, "PATCH": WRITE}

    def get(self, request: Request, pool_id: str) -> Response:
        return Response(show_pools(request, [find(request, pool_id)])[0])

    def put(self, request: Request, pool_id: str) -> Response:
        pool = find(request, pool_id)
        project_id, settings, configs = read_pool(request.data, pool)
        if project_id != pool.project_id:
            refuse("project_id", "VALUE_NOT_ALLOWED", "A pool stays in its project.")
        changed = saved(update_pool_with_rules, pool=pool, actor=request.user, settings=settings, configs=configs)
        return Response(show_pools(request, [changed])[0])

    def patch(self, request: Request, pool_id: str) -> Response:
        """`priority` and nothing else."""
        pool, reader = find(request, pool_id), Reader(request.data)
        least, most = RANGES["priority"]
        priority = reader.whole("priority", least=least, most=most, required=True)
        checked(reader)
        changed = set_priority(pool=pool, actor=request.user, priority=priority, now=timezone.now())
        return Response(show_pools(request, [changed])[0])


class PoolActionView(CrowdView):
    """202 with an operation that is done, 204 where the pool was so already."""

    needs = {"POST": WRITE}
    action = ""

    def post(self, request: Request, pool_id: str) -> Response:
        pool = find(request, pool_id)
        operation = run_pool_operation(pool=pool, actor=request.user, action=self.action, now=timezone.now())
        return Response(operation_json(operation), status=202) if operation else empty()


def find(request: Request, pool_id: str) -> Pool:
    return find_pool(organization=request.organization, pool_id=id_or_404(pool_id, "pool"))
