"""Ours: what a performer's own front end shows beside the work itself."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from audits.models.project import TASK_SPEC
from crowd_rules.api.assignments import ANSWERED, MOMENTS
from crowd_rules.api.lists import ID, Key, Listing, ids, plain, times
from crowd_rules.api.values import instant, money, without_nothing
from crowd_rules.api.views import PerformerView, id_or_404
from crowd_rules.models import Assignment, PerformerSkill, Solution
from crowd_rules.services.performer_reads import (
    Feedback,
    feedback_on,
    find_own_assignment,
    find_pool_for,
    hint_for,
    own_assignments,
    shown_input,
    visible_skills,
)

LISTING = Listing({
    "id": ID, "status": Key("status", plain, many=True), "pool_id": ids("pool_id"),
    **{name: times(f"{name}_at") for name in MOMENTS},
})  # fmt: skip


def show(request: Request, assignments: list[Assignment]) -> list[dict[str, Any]]:
    feedback = feedback_on(request.organization, assignments)
    return [own_assignment_json(one, feedback) for one in assignments]


def own_assignment_json(assignment: Assignment, feedback: dict[UUID, Feedback]) -> dict[str, Any]:
    """Reads `pool` with its project and `solutions` with their tasks. Nothing tells a control task from another."""
    return without_nothing({
        "id": assignment.public_id,
        "pool_id": assignment.pool_id.hex,
        "status": assignment.status,
        "reward": money(assignment.reward),
        "will_expire": instant(assignment.expires_at),
        "public_comment": assignment.public_comment or None,
        "tasks": [_task_json(one, assignment, feedback.get(one.pk)) for one in assignment.solutions.all()],
        **{name: instant(getattr(assignment, f"{name}_at")) for name in MOMENTS},
    })  # fmt: skip


def _task_json(solution: Solution, assignment: Assignment, feedback: Feedback | None) -> dict[str, Any]:
    audit = feedback and without_nothing(
        {"verdict": feedback.verdict, "comment": feedback.comment or None, "output_values": feedback.response}
    )
    return without_nothing({
        "id": solution.pool_task_id.hex,
        "input_values": shown_input(assignment.pool, solution.pool_task),
        "output_values": solution.output_values if assignment.status in ANSWERED else None,
        "hint": hint_for(solution) or None,
        "audit": audit,
    })  # fmt: skip


def own_skill_json(held: PerformerSkill) -> dict[str, Any]:
    skill = held.skill
    return without_nothing({
        "id": skill.public_id, "name": skill.name, "public_name": skill.public_name or None,
        "public_requester_description": skill.public_requester_description or None, "value": held.value,
        "modified": instant(held.modified_at),
    })  # fmt: skip


class OwnAssignmentsView(PerformerView):
    def get(self, request: Request) -> Response:
        rows = own_assignments(request.organization, request.performer)
        return LISTING.answer(request, rows, lambda page: show(request, page))


class OwnAssignmentView(PerformerView):
    def get(self, request: Request, assignment_id: str) -> Response:
        found = find_own_assignment(organization=request.organization, performer=request.performer,
                                    assignment_id=id_or_404(assignment_id, "assignment"))  # fmt: skip
        return Response(show(request, [found])[0])


class OwnSkillsView(PerformerView):
    def get(self, request: Request) -> Response:
        found = visible_skills(request.organization, request.performer)
        return Response({"items": [own_skill_json(one) for one in found]})


class OwnPoolView(PerformerView):
    def get(self, request: Request, pool_id: str) -> Response:
        """What the work is and how its tasks look."""
        pool, version = find_pool_for(organization=request.organization, performer=request.performer,
                                      pool_id=id_or_404(pool_id, "pool"))  # fmt: skip
        params = version.params if version else {}
        instructions = pool.public_instructions or (version.instruction if version else "")
        return Response(without_nothing({
            "id": pool.public_id,
            "title": pool.project.public_name or pool.project.name,
            "public_description": pool.public_description or None,
            "public_instructions": instructions or None,
            "reward": money(pool.reward),
            "assignment_max_duration_seconds": pool.assignment_max_duration_seconds,
            "allow_skip": pool.allow_skip,
            "task_spec": {name: params[name] for name in TASK_SPEC if name in params},
        }))  # fmt: skip
