"""/v1/studio: who works on what, and in which order."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.batches import find_batch
from audits.api.fields import Fields, refuse
from audits.api.projects import find_project
from audits.api.shapes import group_json, studio_batch_json
from audits.api.views import READ, WRITE, ApiView
from audits.models import Batch, BatchGroup, Project, ProjectGroup
from audits.services import groups
from audits.services.priorities import list_by_priority, reset_priorities, set_priorities, with_counts
from labelops.tenancy.models import Scope
from labelops.tenancy.permissions import Permission

SEE_PEOPLE = (Scope.TEAM, Permission.MANAGE_SESSIONS)
PLACE_PEOPLE = (Scope.TEAM, Permission.MANAGE_SETTINGS)


class AssignmentsView(ApiView):
    needs = {"GET": SEE_PEOPLE}

    def get(self, request: Request) -> Response:
        return Response(groups.list_assignments(organization=request.organization))


class ChangeAssignmentsView(ApiView):
    """`emails` on `projects`, or no longer; the answer is the whole map."""

    needs = {"POST": PLACE_PEOPLE}
    command: Callable[..., None] = staticmethod(groups.assign_people)

    def post(self, request: Request) -> Response:
        fields = Fields(request)
        self.command(
            organization=request.organization, actor=request.user, emails=fields.texts("emails") or [],
            project_names=fields.texts("projects") or [], now=timezone.now(),
        )  # fmt: skip
        return Response(groups.list_assignments(organization=request.organization))


class GroupsView(ApiView):
    needs = {"GET": SEE_PEOPLE, "POST": PLACE_PEOPLE}

    def get(self, request: Request, name: str) -> Response:
        found = _groups(request, find_project(request, name))
        return Response([group_json(group) for group in found])

    def post(self, request: Request, name: str) -> Response:
        fields, project = Fields(request), find_project(request, name)
        made = groups.create_group(
            project=project, organization=request.organization, actor=request.user, name=fields.required_text("name"),
            emails=fields.texts("emails") or [], now=timezone.now(),
        )  # fmt: skip
        return Response(group_json(_groups(request, project).get(pk=made.pk)))


def _groups(request: Request, project: Project) -> Any:
    found = ProjectGroup.objects.for_organization(request.organization).filter(project=project)
    return found.with_members()


class GroupView(ApiView):
    needs = {"PUT": PLACE_PEOPLE}

    def put(self, request: Request, name: str, group: str) -> Response:
        fields, project = Fields(request), find_project(request, name)
        changed = groups.change_group(
            project=project, organization=request.organization, actor=request.user, name=group,
            add=fields.texts("add_emails") or [], remove=fields.texts("remove_emails") or [], now=timezone.now(),
        )  # fmt: skip
        return Response(group_json(_groups(request, project).get(pk=changed.pk)))


def answer_batches(request: Request) -> Response:
    batches, given = list_by_priority(member=request.membership)
    found = [studio_batch_json(one, place, given.get(one.pk, [])) for place, one in enumerate(batches, start=1)]
    return Response(found)


class StudioBatchesView(ApiView):
    needs = {"GET": READ}

    def get(self, request: Request) -> Response:
        return answer_batches(request)


class StudioBatchView(ApiView):
    """`groups` replaces the groups that work on the batch."""

    needs = {"PUT": PLACE_PEOPLE}

    def put(self, request: Request, name: str) -> Response:
        fields, batch = Fields(request), find_batch(request, name)
        groups.give_batch_to_groups(
            batch=batch, organization=request.organization, actor=request.user,
            group_names=fields.texts("groups") or [], now=timezone.now(),
        )  # fmt: skip
        return Response(_batch_json(request, batch))


def _batch_json(request: Request, batch: Batch) -> dict[str, Any]:
    (counted,) = with_counts([batch], request.organization)
    given = BatchGroup.objects.for_organization(request.organization).names_by_batch([batch])
    return studio_batch_json(counted, batch.priority, given.get(batch.pk, []))


class SetPrioritiesView(ApiView):
    needs = {"POST": WRITE}

    def post(self, request: Request) -> Response:
        names = read_names(request)
        set_priorities(organization=request.organization, actor=request.user, names=names, now=timezone.now())
        return answer_batches(request)


def read_names(request: Request) -> list[str]:
    """Out of `{"batches": [{"name": …}, …]}`."""
    given = Fields(request).rest.get("batches")
    entries = given if isinstance(given, list) else refuse("batches", "must be a list of objects with a name.")
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in entries]
    return names if all(isinstance(name, str) for name in names) else refuse("batches", "must each have a name.")


class ResetPrioritiesView(ApiView):
    needs = {"POST": WRITE}

    def post(self, request: Request) -> Response:
        reset_priorities(organization=request.organization, actor=request.user, now=timezone.now())
        return answer_batches(request)
