"""Solutions into responses: by majority when a task has its overlap, by Dawid-Skene over a pool on demand."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from audits.models import Task
from audits.services.tasks import complete_task
from crowd_rules.engine.aggregation import AGREED, canonical, dawid_skene, majority
from crowd_rules.models import Operation, Pool, PoolTask, Solution
from crowd_rules.services.judging import NewEvent
from crowd_rules.services.operations import start_operation
from labelops.tenancy.models import Organization, User

GIVEN = ("SUBMITTED", "ACCEPTED")


@dataclass(frozen=True)
class Answered:
    """A real task with its answers, oldest first: {solution, performer, name, output, status, at}.

    After a redo only those that were given since.
    """

    id: str
    task: str
    answered: int
    overlap: int
    answers: list[dict[str, Any]]

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
        groups = Counter(canonical(one["output"]) for one in task.answers)
        top = max(groups.values())
        news += [
            NewEvent("majority.judged", UUID(one["performer"]), UUID(pool["id"]), UUID(pool["project_id"]), at,
                     datetime.fromisoformat(one["at"]), UUID(one["solution"]),
                     {"votes": groups[canonical(one["output"])], "top": top})
            for one in sorted(task.answers, key=lambda one: one["performer"])
        ]  # fmt: skip
    return news


def answered_tasks(organization: Organization, task_ids: list[UUID]) -> list[Answered]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT crowd_rules_answers(%s, %s::uuid[])::text", [organization.pk, task_ids])
        # After a redo a task may have none yet.
        return [Answered(**row) for row in json.loads(cursor.fetchone()[0]) if row["answers"]]


def aggregate(organization: Organization, pool: dict[str, Any], complete: Sequence[Answered], at: datetime) -> None:
    """Close those whose answers are all in, and in a reviewing pool all decided; the pool's rows are held."""
    if pool["aggregation"] != Pool.Aggregation.MAJORITY:
        return
    ready = [one for one in complete if pool["auto_accept_solutions"] or one.is_decided]
    decided = []
    for task in ready:
        found = majority([canonical(one["output"]) for one in task.standing], pool["aggregation_threshold"])
        decided.append((task, found.state, found.winner, found.share))
    _close(organization, decided, at)


def _close(organization: Organization, decided: list[tuple[Answered, str, str | None, float]], at: datetime) -> None:
    """Write the states down and complete the audits tasks of those agreed upon, by batch and id."""
    if not decided:
        return
    _write_states(organization, decided)
    agreed = {UUID(task.task): (task, winner) for task, state, winner, _ in decided if state == AGREED}
    if not agreed:
        return
    # Batches in one order: whoever ends the last task of one holds its row.
    waiting = Task.objects.for_organization(organization).filter(pk__in=agreed, status=Task.Status.PENDING)
    for task_id in waiting.order_by("batch_id", "pk").values_list("pk", flat=True):
        task, winner = agreed[task_id]
        _complete(organization, task, winner, at)


def _write_states(organization: Organization, decided: list[tuple[Answered, str, str | None, float]]) -> None:
    rows = [{"id": task.id, "state": state, "share": share} for task, state, _, share in decided]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE crowd_rules_pooltask t SET state = r.state, confidence = r.share
                 FROM jsonb_to_recordset(%s::jsonb) AS r (id uuid, state text, share double precision)
                WHERE t.organization_id = %s AND t.id = r.id""",
            [json.dumps(rows), organization.pk],
        )


def _complete(organization: Organization, task: Answered, winner: str, at: datetime) -> None:
    """The task gets its response as from anywhere else, with event and callback. One performer is named."""
    agreeing = [one for one in task.standing if canonical(one["output"]) == winner]
    name = agreeing[0]["name"] if len(task.answers) == 1 else ""
    complete_task(organization=organization, actor=None, task_id=UUID(task.task), response=agreeing[0]["output"],
                  completed_by=name, now=at)  # fmt: skip


def aggregate_pool(*, pool: Pool, actor: User | None, now: datetime, method: str = "") -> Operation:
    """Aggregate what has answers and no response yet, as a job.

    `method`: MAJORITY or DAWID_SKENE; else the pool's.
    """
    parameters = {"pool_id": pool.pk.hex, "type": method or pool.aggregation}
    return start_operation(organization=pool.organization, type="SOLUTION.AGGREGATE", parameters=parameters, now=now)


def aggregate_by_majority(*, pool: Pool, task_ids: list[UUID], now: datetime) -> None:
    """One step of a job: these tasks, in one transaction of the caller."""
    tasks = answered_tasks(pool.organization, task_ids)
    decided = []
    for task in tasks:
        found = majority([canonical(one["output"]) for one in task.standing], pool.aggregation_threshold)
        decided.append((task, found.state, found.winner, found.share))
    _close(pool.organization, decided, now)


def estimate_by_dawid_skene(*, pool: Pool) -> dict[UUID, tuple[str, float]]:
    """pool task -> (canonical answer, its probability), over all standing answers of the pool, completed tasks too."""
    solutions = Solution.objects.for_organization(pool.organization).standing()
    real = solutions.filter(pool_task__pool=pool, pool_task__kind=PoolTask.Kind.REAL)
    # What was rejected and sent back tells nothing of the task any more.
    real = real.exclude(pool_task__attempt__gt=1, assignment__submitted_at__lte=F("pool_task__redone_at"))
    rows = real.values_list("pool_task_id", "performer_id", "output_values")
    posterior = dawid_skene([(task.hex, who.hex, canonical(output)) for task, who, output in rows.iterator()])
    return {UUID(task): max(odds.items(), key=lambda one: one[1]) for task, odds in posterior.items()}


@transaction.atomic(savepoint=False)
def close_estimated(*, pool: Pool, estimates: dict[UUID, tuple[str, float]], now: datetime) -> None:
    """One step of a job: write these estimates down as responses."""
    tasks = answered_tasks(pool.organization, sorted(estimates))
    _close(pool.organization, [(task, AGREED, *estimates[UUID(task.id)]) for task in tasks], now)
