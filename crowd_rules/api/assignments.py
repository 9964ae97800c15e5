"""/api/v1/assignments."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from crowd_rules.api.lists import ID, Key, Listing, containing, ids, plain, times
from crowd_rules.api.tasks import base_task_json
from crowd_rules.api.values import instant, money, without_nothing
from crowd_rules.api.views import READ, WRITE, CrowdView, checked, id_or_404
from crowd_rules.engine.reading import Reader
from crowd_rules.models import Assignment
from crowd_rules.services.assignment_reads import find_assignment
from crowd_rules.services.review import accept_assignment, reject_assignment

ANSWERED = ("SUBMITTED", "ACCEPTED", "REJECTED")
MOMENTS = ("created", "submitted", "accepted", "rejected", "skipped", "expired")
LISTING = Listing({
    "id": ID, "status": Key("status", plain, many=True), "pool_id": ids("pool_id"), "user_id": ids("performer_id"),
    "task_suite_id": ids("suite_id"), "task_id": containing("suite__task_ids"),
    **{name: times(f"{name}_at") for name in MOMENTS},
})  # fmt: skip


def assignment_json(assignment: Assignment) -> dict[str, Any]:
    """Reads `suite` and `solutions` with their tasks. Solutions stand in the order of the tasks."""
    solutions = list(assignment.solutions.all())
    outputs = [{"output_values": one.output_values} for one in solutions]
    return without_nothing({
        "id": assignment.public_id,
        "task_suite_id": assignment.suite_id.hex,
        "pool_id": assignment.pool_id.hex,
        "user_id": assignment.performer_id.hex,
        "status": assignment.status,
        "reward": money(assignment.reward),
        "mixed": assignment.suite.mixed,
        "automerged": False,
        "public_comment": assignment.public_comment or None,
        "tasks": [base_task_json(one.pool_task) for one in solutions],
        "solutions": outputs if assignment.status in ANSWERED else None,
        **{name: instant(getattr(assignment, f"{name}_at")) for name in MOMENTS},
    })  # fmt: skip


class AssignmentsView(CrowdView):
    needs = {"GET": READ}

    def get(self, request: Request) -> Response:
        rows = Assignment.objects.for_organization(request.organization).with_suite().with_solutions()
        return LISTING.answer(request, rows, lambda page: [assignment_json(one) for one in page])


class AssignmentView(CrowdView):
    needs = {"GET": READ, "PATCH": WRITE}

    def get(self, request: Request, assignment_id: str) -> Response:
        return _answer(request, id_or_404(assignment_id, "assignment"))

    def patch(self, request: Request, assignment_id: str) -> Response:
        """`status` ACCEPTED or REJECTED, with `public_comment`, which a rejection needs."""
        found, reader = id_or_404(assignment_id, "assignment"), Reader(request.data)
        status = reader.text("status", required=True)
        comment = reader.text("public_comment") or ""
        decide = {"ACCEPTED": accept_assignment, "REJECTED": reject_assignment}.get(status or "")
        if status and decide is None:
            reader.refuse("status", "UNKNOWN_ENUM_VALUE", "ACCEPTED or REJECTED.")
        checked(reader)
        decide(organization=request.organization, actor=request.user, assignment_id=found, public_comment=comment,
               now=timezone.now())  # fmt: skip
        return _answer(request, found)


def _answer(request: Request, assignment_id: Any) -> Response:
    found = find_assignment(organization=request.organization, assignment_id=assignment_id)
    return Response(assignment_json(found))
