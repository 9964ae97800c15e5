"""Solutions into responses: by majority when a task has its overlap, by Dawid-Skene over a pool on demand."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from audits.services.completion import Completion, complete_tasks
from crowd_rules.engine.aggregation import AGREED, canonical, dawid_skene, majority
from crowd_rules.models import Operation, Pool, PoolTask, Solution
from crowd_rules.services.judging import NewEvent
from crowd_rules.services.operations import start_operation
from labelops.tenancy.identifiers import uuid_of
from labelops.tenancy.models import Organization, User

GIVEN = ("SUBMITTED", "ACCEPTED")


@dataclass(frozen=True)
class Answered:
    """A real task with its answers, oldest first: {solution, performer, name, output, status, at, judged}.

    After a redo only those that were given since.
    """

    id: str
    task: str
    answered: int
    overlap: int
    answers: list[dict[str, Any]]

    @cached_property
    def texts(self) -> dict[str, str]:
        """The canonical answer of each solution."""
        return {one["solution"]: canonical(one["output"]) for one in self.answers}

    @property
    def standing(self) -> list[dict[str, Any]]:
        return [one for one in self.answers if one["status"] in GIVEN]

    @property
    def is_decided(self) -> bool:
        return all(one["status"] in ("ACCEPTED", "REJECTED") for one in self.answers)


def majority_events(complete: Sequence[Answered], pool: dict[str, Any], at: datetime) -> list[NewEvent]:
    """For each answer how many were equal to it: a task is judged when it first has its overlap, and once."""
    news = []
    for task in complete:
        groups = Counter(task.texts.values())
        top = max(groups.values())
        news += [
            NewEvent("majority.judged", uuid_of(one["performer"]), uuid_of(pool["id"]), uuid_of(pool["project_id"]), at,
                     datetime.fromisoformat(one["at"]), uuid_of(one["solution"]),
                     {"votes": groups[task.texts[one["solution"]]], "top": top})
            for one in sorted(task.answers, key=lambda one: one["performer"]) if not one["judged"]
        ]  # fmt: skip
    return news


def _hold(organization: Organization, task_ids: list[UUID]) -> None:
    """In the order of all locks, before their answers are read: who is just submitting is waited for, and counts."""
    rows = PoolTask.objects.for_organization(organization).filter(pk__in=task_ids).order_by("pk")
    list(rows.select_for_update().values_list("pk"))


def answered_tasks(organization: Organization, task_ids: list[UUID]) -> list[Answered]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT crowd_rules_answers(%s, %s::uuid[])::text", [organization.pk, task_ids])
        # After a redo a task may have none yet.
        return [Answered(**row) for row in json.loads(cursor.fetchone()[0]) if row["answers"]]


class Decided(NamedTuple):
    """What a task's answers come to. `winner`: the canonical answer, where the state is AGREED."""

    task: Answered
    state: str
    winner: str | None
    share: float


def decide(pool: dict[str, Any], complete: Sequence[Answered]) -> list[Decided]:
    """Of those whose answers are all in, and in a reviewing pool all decided; the pool's rows are held."""
    if pool["aggregation"] != Pool.Aggregation.MAJORITY:
        return []
    ready = [one for one in complete if pool["auto_accept_solutions"] or one.is_decided]
    return [_by_majority(one, pool["aggregation_threshold"]) for one in ready]


def _by_majority(task: Answered, threshold: int) -> Decided:
    found = majority([task.texts[one["solution"]] for one in task.standing], threshold)
    return Decided(task, found.state, found.winner, found.share)


def aggregate(organization: Organization, pool: dict[str, Any], complete: Sequence[Answered], at: datetime) -> None:
    """Close those that can be decided."""
    _close(organization, decide(pool, complete), at)


def _close(organization: Organization, decided: list[Decided], at: datetime) -> None:
    """Write the states down and complete the audits tasks of those agreed upon, by batch and id."""
    if decided:
        _write_states(organization, decided)
        complete_agreed(organization, decided, at)


def states_json(decided: list[Decided]) -> str:
    """[{id, state, share}, …] of the pool tasks."""
    return json.dumps([{"id": one.task.id, "state": one.state, "share": one.share} for one in decided])


def _write_states(organization: Organization, decided: list[Decided]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE crowd_rules_pooltask t SET state = r.state, confidence = r.share
                 FROM jsonb_to_recordset(%s::jsonb) AS r (id uuid, state text, share double precision)
                WHERE t.organization_id = %s AND t.id = r.id""",
            [states_json(decided), organization.pk],
        )


def complete_agreed(organization: Organization, decided: list[Decided], at: datetime) -> None:
    """The tasks get their responses as from anywhere else, with event and callback, unless they have one."""
    complete_tasks(organization=organization, completions=agreed(decided), now=at)


def agreed(decided: list[Decided]) -> list[Completion]:
    """The responses that were found."""
    return [_completion(one) for one in decided if one.state == AGREED]


def _completion(decided: Decided) -> Completion:
    """With the oldest answer that agrees; where it is the only one, its performer is named."""
    task_id, answers = uuid_of(decided.task.task), decided.task.answers
    agreeing = [one for one in decided.task.standing if decided.task.texts[one["solution"]] == decided.winner]
    if not agreeing:
        # A model may hold for true what nobody has said of this task.
        return Completion(task_id, json.loads(decided.winner))
    if len(answers) > 1:
        return Completion(task_id, agreeing[0]["output"])
    return Completion(task_id, agreeing[0]["output"], uuid_of(agreeing[0]["performer"]), agreeing[0]["name"])


def aggregate_pool(*, pool: Pool, actor: User | None, now: datetime, method: str = "") -> Operation:
    """Aggregate what has answers and no response yet, as a job.

    `method`: MAJORITY or DAWID_SKENE; else the pool's.
    """
    parameters = {"pool_id": pool.pk.hex, "type": method or pool.aggregation}
    return start_operation(organization=pool.organization, type="SOLUTION.AGGREGATE", parameters=parameters, now=now)


def aggregate_by_majority(*, pool: Pool, task_ids: list[UUID], now: datetime) -> None:
    """One step of a job: these tasks, in one transaction of the caller."""
    _hold(pool.organization, task_ids)
    tasks = answered_tasks(pool.organization, task_ids)
    _close(pool.organization, [_by_majority(task, pool.aggregation_threshold) for task in tasks], now)


def estimate_by_dawid_skene(*, pool: Pool) -> dict[UUID, tuple[str, float]]:
    """pool task -> (canonical answer, its probability), over all standing answers of the pool, completed tasks too."""
    solutions = Solution.objects.for_organization(pool.organization).standing()
    real = solutions.filter(pool_task__pool=pool, pool_task__kind=PoolTask.Kind.REAL)
    # What was rejected and sent back tells nothing of the task any more.
    real = real.exclude(pool_task__attempt__gt=1, assignment__submitted_at__lte=F("pool_task__redone_at"))
    rows = real.values_list("pool_task_id", "performer_id", "output_values")
    posterior = dawid_skene([(task.hex, who.hex, canonical(output)) for task, who, output in rows.iterator()])
    return {uuid_of(task): max(odds.items(), key=lambda one: one[1]) for task, odds in posterior.items()}


@transaction.atomic(savepoint=False)
def close_estimated(*, pool: Pool, estimates: dict[UUID, tuple[str, float]], now: datetime) -> None:
    """One step of a job: write these estimates down as responses."""
    _hold(pool.organization, sorted(estimates))
    tasks = answered_tasks(pool.organization, sorted(estimates))
    _close(pool.organization, [Decided(task, AGREED, *estimates[uuid_of(task.id)]) for task in tasks], now)
