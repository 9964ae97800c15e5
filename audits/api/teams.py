"""/v1/teams: the members of the organization, and who is invited."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Fields
from audits.api.shapes import teammate_json
from audits.api.views import ApiView
from labelops.tenancy.models import Scope
from labelops.tenancy.permissions import Permission
from labelops.tenancy.services.teams import Teammate, invite_teammates, list_teammates, set_team_roles

TEAM = (Scope.TEAM, Permission.MANAGE_MEMBERS)


def answer_team(team: list[Teammate]) -> Response:
    return Response([teammate_json(one) for one in team])


class TeamView(ApiView):
    needs = {"GET": TEAM}

    def get(self, request: Request) -> Response:
        return answer_team(list_teammates(organization=request.organization))


class InviteView(ApiView):
    needs = {"POST": TEAM}

    def post(self, request: Request) -> Response:
        fields = Fields(request)
        team = invite_teammates(
            organization=request.organization, emails=fields.texts("emails") or [],
            team_role=fields.required_text("team_role"), invited_by=request.user, now=timezone.now(),
        )  # fmt: skip
        return answer_team(team)


class SetRoleView(ApiView):
    needs = {"POST": TEAM}

    def post(self, request: Request) -> Response:
        fields = Fields(request)
        team = set_team_roles(
            organization=request.organization, emails=fields.texts("emails") or [],
            team_role=fields.required_text("team_role"), actor=request.user, now=timezone.now(),
        )  # fmt: skip
        return answer_team(team)
