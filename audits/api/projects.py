"""/v1/projects."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Fields, Query
from audits.api.shapes import template_json
from audits.api.views import READ, WRITE, ApiView
from audits.models import Project
from audits.services.intake import NO_SUCH_PROJECT
from audits.services.projects import create_project, set_project_callback, set_project_params
from audits.wire import project_json
from labelops.errors import NotFound


def visible_projects(request: Request) -> object:
    projects = Project.objects.for_organization(request.organization).visible_to(request.membership)
    return projects.with_versions()


def find_project(request: Request, name: str) -> Project:
    project = visible_projects(request).filter(name=name).first()
    if project is None:
        raise NotFound(NO_SUCH_PROJECT)
    return project


class ProjectListView(ApiView):
    needs = {"GET": READ, "POST": WRITE}

    def get(self, request: Request) -> Response:
        """A bare list, as the client wants it; `archived` picks, both kinds where it is absent."""
        query, projects = Query(request.query_params), visible_projects(request).newest_first()
        if query.text("archived"):
            projects = projects.filter(archived_at__isnull=not query.flag("archived"))
        return Response([project_json(project) for project in projects])

    def post(self, request: Request) -> Response:
        fields = Fields(request)
        project = create_project(
            organization=request.organization, actor=request.user, name=fields.required_text("name"),
            type=fields.required_text("type"), params=fields.object("params") or {}, now=timezone.now(),
        )  # fmt: skip
        return Response(project_json(project))


class ProjectView(ApiView):
    needs = {"GET": READ}

    def get(self, request: Request, name: str) -> Response:
        return Response(project_json(find_project(request, name)))


class ProjectParamsView(ApiView):
    needs = {"POST": WRITE}

    def post(self, request: Request, name: str) -> Response:
        fields, project = Fields(request), find_project(request, name)
        patch = bool(fields.flag("patch"))
        set_project_params(project=project, actor=request.user, params=fields.rest, patch=patch, now=timezone.now())
        return Response(project_json(find_project(request, name)))


class ProjectCallbacksView(ApiView):
    """What is absent stays as it is; null as `hold_callbacks`: as the organization wishes."""

    needs = {"POST": WRITE}

    def post(self, request: Request, name: str) -> Response:
        fields, project = Fields(request), find_project(request, name)
        is_said = "hold_callbacks" in fields.rest
        hold, url = fields.flag("hold_callbacks"), fields.text("callback_url", longest=2048)
        fields.refuse_rest()
        set_project_callback(
            project=project, actor=request.user, callback_url=project.callback_url if url is None else url,
            hold_callbacks=hold if is_said else project.hold_callbacks, now=timezone.now(),
        )  # fmt: skip
        return Response(project_json(find_project(request, name)))


class ProjectTemplateView(ApiView):
    """What a new task takes over from the project."""

    needs = {"GET": READ}

    def get(self, request: Request, name: str) -> Response:
        return Response(template_json(find_project(request, name)))
