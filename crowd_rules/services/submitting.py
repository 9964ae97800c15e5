"""What a performer does with an assignment in hand: submit, skip, leave; the rules judge it at once."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from audits.models import Performer
from audits.task_types import task_type
from crowd_rules.engine.aggregation import canonical
from crowd_rules.models import Assignment, Skill
from crowd_rules.services.aggregation import Answered, aggregate, majority_events
from crowd_rules.services.consequences import observe, set_and_tell
from crowd_rules.services.judging import NewEvent
from crowd_rules.services.refusals import WrongStatus
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization
from labelops.tenancy.rows import call

NO_SUCH_ASSIGNMENT = "There is no such assignment."


@dataclass(frozen=True)
class Held:
    """An assignment with its pool and tasks as rows (dicts by column), all locked; `live`: in hand by the clock."""

    assignment: dict[str, Any]
    pool: dict[str, Any]
    tasks: list[dict[str, Any]]
    instant: datetime
    live: bool

    @property
    def id(self) -> UUID:
        return UUID(self.assignment["id"])

    @property
    def pool_id(self) -> UUID:
        return UUID(self.pool["id"])

    @property
    def performer_id(self) -> UUID:
        return UUID(self.assignment["performer_id"])

    @property
    def taken_at(self) -> datetime:
        return datetime.fromisoformat(self.assignment["created_at"])

    def event(self, kind: str, **facts: Any) -> NewEvent:
        return NewEvent(kind, self.performer_id, self.pool_id, UUID(self.pool["project_id"]), self.instant,
                        self.instant, self.id, facts, suite_id=UUID(self.assignment["suite_id"]))  # fmt: skip


def hold_assignment(organization: Organization, performer_id: UUID | None, assignment_id: Any) -> Held:
    """Lock it and what belongs to it, in the one order. Raises NotFound; of another performer is unknown."""
    row = call("crowd_rules_hold", [organization.pk, assignment_id, performer_id])
    if row is None:
        raise NotFound(NO_SUCH_ASSIGNMENT)
    row["instant"] = datetime.fromisoformat(row["instant"])
    return Held(**row)


@transaction.atomic(savepoint=False)
def submit_assignment(
    *,
    organization: Organization,
    performer: Performer,
    assignment_id: Any,
    solutions: list[dict[str, Any]],
    now: datetime,
) -> Assignment:
    """Hand in one `output_values` per task, in the order of the page; judged by the rules at once.

    The same submit again is answered as before. Raises NotFound, WrongStatus (decided or over), InvalidInput
    (`solutions.<n>`: not as many as tasks, or no response of the task's type).
    """
    held = hold_assignment(organization, performer.pk, assignment_id)
    outputs = _outputs(solutions)
    if not _is_repeat(held, outputs):
        _check_live(held)
        _check_outputs(held, outputs)
        _record(organization, held, outputs)
    return Assignment.objects.for_organization(organization).with_names().get(pk=held.id)


def _is_repeat(held: Held, outputs: list[Any]) -> bool:
    decided = held.assignment["status"] in ("SUBMITTED", "ACCEPTED", "REJECTED")
    return decided and outputs == [task["given"] for task in held.tasks]


def _check_live(held: Held) -> None:
    if held.assignment["status"] != "ACTIVE":
        raise WrongStatus(f"This assignment is {held.assignment['status']}.", appropriate=("ACTIVE",))
    if not held.live:
        raise WrongStatus("The time for this assignment is over.", appropriate=("ACTIVE",))


def _outputs(solutions: Any) -> list[Any]:
    if not isinstance(solutions, list):
        raise InvalidInput(fields={"solutions": "Give one solution for each task, as a list."})
    outputs = []
    for number, one in enumerate(solutions):
        if not isinstance(one, dict) or not isinstance(one.get("output_values"), dict):
            raise InvalidInput(fields={f"solutions.{number}": "Give {“output_values”: {…}}."})
        outputs.append(one["output_values"])
    return outputs


def _check_outputs(held: Held, outputs: list[Any]) -> None:
    if len(outputs) != len(held.tasks):
        raise InvalidInput(fields={"solutions": f"Give {len(held.tasks)} solutions: one for each task, in order."})
    for number, (task, output) in enumerate(zip(held.tasks, outputs, strict=True)):
        try:
            task_type(task["type"] or held.pool["task_type"]).check_response(task["params"] or {}, output)
        except InvalidInput as error:
            raise InvalidInput(fields={f"solutions.{number}": error.message}) from error


def _record(organization: Organization, held: Held, outputs: list[Any]) -> None:
    rights = [points_of(task, output) for task, output in zip(held.tasks, outputs, strict=True)]
    complete = _write(organization, held, outputs, rights)
    news = [held.event("assignment.submitted", seconds=(held.instant - held.taken_at).total_seconds())]
    news += _control_events(held, rights)
    news += majority_events(complete, held.pool, held.instant)
    if held.pool["auto_accept_solutions"]:
        news.append(held.event("assignment.accepted", reward=str(held.assignment["reward"]), reviewed=False))
    observe(organization, news)
    _train(organization, held)
    aggregate(organization, held.pool, complete, held.instant)


def points_of(task: dict[str, Any], output: dict[str, Any]) -> float | None:
    """Weight of the known solution that this answer is, 0 for a wrong one; None for a real task."""
    if task["kind"] == "REAL":
        return None
    given = canonical(output)
    weights = [float(known.get("correctness_weight") or 1) for known in task["known"]
               if canonical(known["output_values"]) == given]  # fmt: skip
    return max(weights, default=0)


def _write(organization: Organization, held: Held, outputs: list[Any], rights: list[float | None]) -> list[Answered]:
    accept_by = None
    if not held.pool["auto_accept_solutions"]:
        accept_by = held.instant + timedelta(days=held.pool["auto_accept_period_day"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT crowd_rules_submit(%s, %s, %s::uuid[], %s::jsonb[], %s::boolean[], %s, %s, %s)::text",
            [organization.pk, held.id, [task["solution"] for task in held.tasks],
             [json.dumps(output) for output in outputs],
             [None if points is None else points > 0 for points in rights], held.instant, accept_by, uuid7()],
        )  # fmt: skip
        return [Answered(**row) for row in json.loads(cursor.fetchone()[0])]


def _control_events(held: Held, rights: list[float | None]) -> list[NewEvent]:
    news = []
    for task, points in zip(held.tasks, rights, strict=True):
        if points is not None:
            facts = {"correct": points > 0, "weight": points or 1, "training": task["kind"] == "TRAINING"}
            news.append(NewEvent("control.answered", held.performer_id, held.pool_id, UUID(held.pool["project_id"]),
                                 held.instant, held.instant, UUID(task["solution"]), facts))  # fmt: skip
    return news


def _train(organization: Organization, held: Held) -> None:
    """A training's skill is the share of right first answers, once enough suites are submitted."""
    skill_id = held.pool["settings"].get("training_skill")
    if held.pool["type"] != "TRAINING" or not skill_id:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT submitted, control_answers, control_correct FROM crowd_rules_performerpool "
            "WHERE organization_id = %s AND pool_id = %s AND performer_id = %s",
            [organization.pk, held.pool_id, held.performer_id],
        )
        submitted, answers, correct = cursor.fetchone()
    if submitted >= int(held.pool["settings"].get("task_suites_required_to_pass") or 1) and answers:
        skill = Skill.objects.for_organization(organization).get(pk=skill_id)
        value = (Decimal(100) * correct / answers).quantize(Decimal("1.0000000000"))
        cause = {"by": "training", "pool": held.pool_id.hex}
        set_and_tell(organization, held.performer_id, skill, value, cause, held.instant)


def skip_assignment(
    *, organization: Organization, performer: Performer, assignment_id: Any, now: datetime
) -> Assignment:
    """Give the suite back for others; it never comes again to this performer. Raises NotFound, WrongStatus."""
    return _give_back(organization, performer, assignment_id, "SKIPPED")


def leave_assignment(
    *, organization: Organization, performer: Performer, assignment_id: Any, now: datetime
) -> Assignment:
    """Give the suite back as an expiry does: it may come again, and no rule counts it. Raises NotFound, WrongStatus."""
    return _give_back(organization, performer, assignment_id, "EXPIRED")


@transaction.atomic(savepoint=False)
def _give_back(organization: Organization, performer: Performer, assignment_id: Any, status: str) -> Assignment:
    held = hold_assignment(organization, performer.pk, assignment_id)
    if held.assignment["status"] != status:
        _check_live(held)
        if status == "SKIPPED" and not held.pool["allow_skip"]:
            raise WrongStatus("Suites of this pool cannot be skipped.", appropriate=())
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT crowd_rules_release(%s, %s::uuid[], %s, %s)", [organization.pk, [held.id], status, held.instant]
            )
            if status == "SKIPPED":
                cursor.execute(
                    "UPDATE crowd_rules_performerpool SET skipped = skipped + 1 WHERE organization_id = %s "
                    "AND pool_id = %s AND performer_id = %s", [organization.pk, held.pool_id, held.performer_id],
                )  # fmt: skip
        if status == "SKIPPED":
            seconds = (held.instant - held.taken_at).total_seconds()
            observe(organization, [held.event("assignment.skipped", seconds=seconds)])
    return Assignment.objects.for_organization(organization).with_names().get(pk=held.id)
