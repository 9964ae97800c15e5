"""Handing a suite in: checked, judged by the rules at once, paid where nobody reviews, aggregated where complete."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.models import Performer
from audits.services.completion import (
    Completion,
    complete_tasks,
    completions_json,
    row_when_completed,
    tell_completed,
)
from audits.task_types import task_type
from audits.task_types.fields.values import value_problems
from crowd_rules.engine.aggregation import canonical
from crowd_rules.engine.validation import Problem
from crowd_rules.models import Pool, Skill
from crowd_rules.services.aggregation import (
    Answered,
    Decided,
    agreed,
    decide,
    majority_events,
    states_json,
)
from crowd_rules.services.consequences import act_on, set_and_tell
from crowd_rules.services.holding import Held, check_live, hold_assignment
from crowd_rules.services.issued import Issued
from crowd_rules.services.judging import Judged, NewEvent, judge_events
from crowd_rules.services.refusals import InvalidFields
from labelops.errors import InvalidInput
from labelops.postgres.base import Later
from labelops.tenancy.identifiers import uuid7, uuid_of
from labelops.tenancy.models import Organization
from labelops.tenancy.rows import ask_json

FINISH = """SELECT crowd_rules_finish(%s, %s, %s::uuid[], %s::jsonb[], %s::boolean[], %s, %s, %s, %s::jsonb,
                                      %s::jsonb, %s::jsonb, %s::jsonb, %s::uuid[], %s)::text"""


@dataclass(frozen=True)
class HandedIn:
    """What came of a submit. `next`: as `crowd_rules_take` answers; None where that is still to be asked."""

    page: Issued
    next: dict[str, Any] | None = None


@transaction.atomic(savepoint=False)
def submit_assignment(
    *,
    organization: Organization,
    performer: Performer,
    assignment_id: Any,
    solutions: list[dict[str, Any]],
    now: datetime,
    by_spec: bool = False,
    held: dict[str, Any] | None = None,
) -> Issued:
    """Hand in one `output_values` per task, in the order of the page; judged by the rules at once.

    The same submit again is answered as before. `by_spec`: fields that the project's `output_spec` does not have or
    take are refused. `held`: see `enter_to_work`. Raises NotFound, WrongStatus (decided or over), InvalidFields
    (`solutions.<n>.output_values.<field>`), InvalidInput (`solutions.<n>`: not as many as tasks, or no response of the
    task's type).
    """
    return hand_in(organization, performer, assignment_id, solutions, by_spec=by_spec, held=held).page


def hand_in(
    organization: Organization, performer: Performer, assignment_id: Any, solutions: Any, *, by_spec: bool,
    takes: bool = False, held: dict[str, Any] | None = None,
) -> HandedIn:  # fmt: skip
    """As `submit_assignment`; with `takes` the next suite comes in the same statement where no rule says otherwise.

    In the caller's transaction.
    """
    found = hold_assignment(organization, performer.pk, assignment_id, to_submit=True, row=held)
    if by_spec:
        _check_spec(found, solutions)
    outputs = _outputs(solutions)
    if _is_repeat(found, outputs):
        return HandedIn(found.page_as_it_is())
    check_live(found)
    _check_outputs(found, outputs)
    return _record(organization, performer, found, outputs, takes)


def _check_spec(held: Held, solutions: list[Any]) -> None:
    problems: list[Problem] = []
    for number, one in enumerate(solutions):
        if isinstance(one, dict) and isinstance(one.get("output_values"), dict):
            path = f"solutions.{number}.output_values"
            problems += value_problems(held.pool["output_spec"], one["output_values"], path, strict=True)
    if problems:
        raise InvalidFields(problems)


def _is_repeat(held: Held, outputs: list[Any]) -> bool:
    decided = held.assignment["status"] in ("SUBMITTED", "ACCEPTED", "REJECTED")
    return decided and outputs == [task["given"] for task in held.tasks]


def _outputs(solutions: Any) -> list[Any]:
    if not isinstance(solutions, list):
        raise InvalidInput(fields={"solutions": _("Give one solution for each task, as a list.")})
    outputs = []
    for number, one in enumerate(solutions):
        if not isinstance(one, dict) or not isinstance(one.get("output_values"), dict):
            raise InvalidInput(fields={f"solutions.{number}": _("Give {“output_values”: {…}}.")})
        outputs.append(one["output_values"])
    return outputs


def _check_outputs(held: Held, outputs: list[Any]) -> None:
    if len(outputs) != len(held.tasks):
        told = ngettext("Give %(number)s solution: one for each task, in order.",
                        "Give %(number)s solutions: one for each task, in order.", len(held.tasks))  # fmt: skip
        raise InvalidInput(fields={"solutions": told % {"number": len(held.tasks)}})
    for number, (task, output) in enumerate(zip(held.tasks, outputs, strict=True)):
        try:
            task_type(task["type"] or held.pool["task_type"]).check_response(task["params"] or {}, output)
        except InvalidInput as error:
            raise InvalidInput(fields={f"solutions.{number}": error.message}) from error


def _record(organization: Organization, performer: Performer, held: Held, outputs: list[Any], takes: bool) -> HandedIn:
    """Everything is decided from what is held; then it is written down whole."""
    rights = [points_of(task, output) for task, output in zip(held.tasks, outputs, strict=True)]
    complete = _complete(held, performer, outputs)
    decided = decide(held.pool, complete)
    judged = judge_events(organization, _events(held, rights, complete), held.rulebook)
    corrects = [None if points is None else points > 0 for points in rights]
    # What a rule or a training does may close the pool to the performer: it comes before the next suite.
    at_once = takes and not judged.fired and held.pool["type"] != Pool.Type.TRAINING
    completions = agreed(decided)
    row = _write(organization, held, outputs, corrects, decided, judged, completions, at_once)
    act_on(organization, judged.fired)
    _train(organization, held)
    if len(completions) == 1:
        wake = held.work["listens"] if held.work else None
        tell_completed(organization=organization, rows=row["completed"] or [], now=held.instant, wake=wake)
    else:
        complete_tasks(organization=organization, completions=completions, now=held.instant)
    return HandedIn(held.page(row["assignment"], corrects), row["next"])


def _complete(held: Held, performer: Performer, outputs: list[Any]) -> list[Answered]:
    """The tasks that have their whole overlap now: the answers of others, and this one last."""
    status = "ACCEPTED" if held.pool["auto_accept_solutions"] else "SUBMITTED"
    given = {task["id"]: (task["solution"], output) for task, output in zip(held.tasks, outputs, strict=True)}
    complete = []
    for row in held.complete or ():
        solution, output = given[row["id"]]
        own = {"solution": solution, "performer": held.assignment["performer_id"], "name": performer.external_id,
               "output": output, "status": status, "at": held.instant.isoformat(), "judged": False}  # fmt: skip
        complete.append(Answered(row["id"], row["task"], row["answered"] + 1, row["overlap"],
                                 [*(row["answers"] or ()), own]))  # fmt: skip
    return complete


def _events(held: Held, rights: list[float | None], complete: list[Answered]) -> list[NewEvent]:
    news = [held.event("assignment.submitted", seconds=(held.instant - held.taken_at).total_seconds())]
    news += _control_events(held, rights)
    news += majority_events(complete, held.pool, held.instant)
    if held.pool["auto_accept_solutions"]:
        news.append(held.event("assignment.accepted", reward=str(held.assignment["reward"]), reviewed=False))
    return news


def points_of(task: dict[str, Any], output: dict[str, Any]) -> float | None:
    """Weight of the known solution that this answer is, 0 for a wrong one; None for a real task."""
    if task["kind"] == "REAL":
        return None
    given = canonical(output)
    weights = [known.get("correctness_weight") for known in task["known"]
               if canonical(known["output_values"]) == given]  # fmt: skip
    return max((1.0 if weight is None else float(weight) for weight in weights), default=0)


def _write(
    organization: Organization, held: Held, outputs: list[Any], corrects: list[bool | None], decided: list[Decided],
    judged: Judged, completions: list[Completion], takes: bool,
) -> dict[str, Any]:  # fmt: skip
    """What `crowd_rules_finish` returns. Several completions are left to `complete_tasks`: they have an order.

    Nobody waits for it where all that it returns is known before.
    """
    accept_by = None
    if not held.pool["auto_accept_solutions"]:
        accept_by = held.instant + timedelta(days=held.pool["auto_accept_period_day"])
    solutions = [task["solution"] for task in held.tasks]
    given = [json.dumps(output) for output in outputs]
    completion = completions_json(completions) if len(completions) == 1 else None
    known = completion and held.work and [row_when_completed(held.work, completions[0], held.instant)]
    arguments = [organization.pk, held.id, solutions, given, corrects, held.instant, accept_by, uuid7(),
                 states_json(decided), judged.events_json, judged.counters_json, completion,
                 [uuid7() for _ in range(3)] if takes else None, not known]  # fmt: skip
    if takes or (completion and not known):
        row = ask_json(FINISH, arguments)
        return {**row, "completed": known or row["completed"]}
    with connection.cursor() as cursor:
        cursor.execute(Later(FINISH), arguments)
    return {"assignment": held.when_submitted(accept_by), "completed": known, "next": None}


def _control_events(held: Held, rights: list[float | None]) -> list[NewEvent]:
    news = []
    for task, points in zip(held.tasks, rights, strict=True):
        if points is not None:
            facts = {"correct": points > 0, "weight": points or 1, "training": task["kind"] == "TRAINING"}
            news.append(NewEvent("control.answered", held.performer_id, held.pool_id, held.project_id, held.instant,
                                 held.instant, uuid_of(task["solution"]), facts))  # fmt: skip
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
