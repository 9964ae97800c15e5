"""/api/v1/projects."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.models import Project
from audits.models.project import TASK_SPEC
from audits.task_types.fields.values import spec_problems
from crowd_rules.api.lists import ID, Key, Listing, times
from crowd_rules.api.operations import operation_json
from crowd_rules.api.rules import quality_control_json, read_configs, rules_at
from crowd_rules.api.values import instant, without_nothing
from crowd_rules.api.views import READ, WRITE, CrowdView, checked, id_or_404
from crowd_rules.engine.reading import Reader
from crowd_rules.services.crowd_projects import (
    Described,
    Description,
    create_crowd_project,
    describe,
    find_project,
    update_crowd_project,
)
from crowd_rules.services.pool_wire import run_project_archive

READ_ONLY = ("id", "status", "created", "owner")
STATUSES = {"ACTIVE": True, "ARCHIVED": False}
LISTING = Listing(
    {"id": ID, "created": times("created_at"), "status": Key("archived_at__isnull", STATUSES.get),
     "public_name": Key("public_name", ranged=True)},
    default=20,
)  # fmt: skip


def project_json(found: Described) -> dict[str, Any]:
    project, version = found.project, found.version
    spec = {"input_spec": {}, "output_spec": {}, **found.task_spec}
    settings = {"public_description": "", "assignments_issuing_type": "AUTOMATED", **found.settings}
    return without_nothing({
        **settings,
        "id": project.pk.hex,
        "public_name": project.public_name or project.name,
        "public_instructions": (version.instruction if version else "") or None,
        "task_spec": spec,
        "quality_control": quality_control_json(found.collectors, found.settings.get("quality_control")),
        "status": "ARCHIVED" if project.archived_at else "ACTIVE",
        "created": instant(project.created_at),
    })  # fmt: skip


def read_project(data: Any) -> Description:
    """Raises InvalidFields."""
    reader = Reader(data)
    name = reader.text("public_name", required=True, longest=255)
    instructions = reader.text("public_instructions")
    reader.text("public_description")
    spec = _read_spec(reader)
    configs, control = read_configs(reader)
    checked(reader)
    rest = {key: value for key, value in reader.rest.items() if key not in READ_ONLY}
    if (data.get("public_description")) is not None:
        rest["public_description"] = data["public_description"]
    if control:
        rest["quality_control"] = control
    return Description(name, spec, instructions or "", configs, rest)


def _read_spec(reader: Reader) -> dict[str, Any]:
    spec = reader.object("task_spec", required=True) or {}
    for name in ("input_spec", "output_spec"):
        if spec.get(name) is not None:
            reader.problems += spec_problems(spec[name], f"task_spec.{name}")
    if not isinstance(spec.get("view_spec", {}), dict | None):
        reader.refuse("task_spec.view_spec", "OBJECT_EXPECTED", "Give an object.")
    return {name: spec[name] for name in TASK_SPEC if spec.get(name) is not None}


class ProjectsView(CrowdView):
    needs = {"GET": READ, "POST": WRITE}

    def get(self, request: Request) -> Response:
        projects = Project.objects.for_organization(request.organization)
        return LISTING.answer(
            request, projects, lambda page: [project_json(one) for one in describe(request.organization, page)]
        )

    def post(self, request: Request) -> Response:
        given = read_project(request.data)
        with rules_at("quality_control"):
            made = create_crowd_project(
                organization=request.organization, actor=request.user, given=given, now=timezone.now()
            )
        return Response(project_json(made), status=201)


class ProjectView(CrowdView):
    needs = {"GET": READ, "PUT": WRITE}

    def get(self, request: Request, project_id: str) -> Response:
        return Response(project_json(describe(request.organization, [_find(request, project_id)])[0]))

    def put(self, request: Request, project_id: str) -> Response:
        project, given = _find(request, project_id), read_project(request.data)
        with rules_at("quality_control"):
            changed = update_crowd_project(project=project, actor=request.user, given=given, now=timezone.now())
        return Response(project_json(changed))


class ProjectArchiveView(CrowdView):
    needs = {"POST": WRITE}

    def post(self, request: Request, project_id: str) -> Response:
        """202 with an operation in any case: of this call the client takes no 204."""
        project = _find(request, project_id)
        operation = run_project_archive(project=project, by=request.membership, now=timezone.now())
        return Response(operation_json(operation), status=202)


def _find(request: Request, project_id: str) -> Project:
    return find_project(organization=request.organization, project_id=id_or_404(project_id, "project"))
