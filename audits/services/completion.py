"""Tasks completed by the crowd: answers that were judged when they were given, several at once."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import transaction

from audits.announce import announce_task
from audits.models import Batch, Performer, Project, Task, attach_audits, put_audits
from audits.services.batches import complete_batch_if_done
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Organization
from labelops.tenancy.rows import fetch, instance, put


@dataclass(frozen=True)
class Completion:
    """A task's response, which its type has accepted; `performer_id` and `name` where one performer stands for it."""

    task_id: UUID
    response: dict[str, Any]
    performer_id: UUID | None = None
    name: str = ""

    @property
    def row(self) -> dict[str, Any]:
        performer = str(self.performer_id) if self.performer_id else None
        return {"task": str(self.task_id), "response": self.response, "performer": performer, "name": self.name,
                "event": str(uuid7())}  # fmt: skip


def completions_json(completions: Sequence[Completion]) -> str:
    """As the database function `audits_complete_tasks` takes them."""
    return json.dumps([one.row for one in completions])


def row_when_completed(work: dict[str, Any], completion: Completion, now: datetime) -> dict[str, Any]:
    """What `audits_complete_tasks` will answer of {task, project, batch}, whose task is held and pending."""
    task, own = work["task"], completion.row
    done = {"status": "completed", "response": own["response"], "completed_by_id": own["performer"],
            "completed_at": now.isoformat(), "updated_at": now.isoformat(), "version": task["version"] + 1,
            "callback_sequence": task["callback_sequence"] + 1}  # fmt: skip
    performer = own["performer"] and {
        "id": own["performer"], "organization_id": task["organization_id"], "external_id": own["name"],
    }  # fmt: skip
    return {**work, "task": {**task, **done}, "performer": performer}


@transaction.atomic(savepoint=False)
def complete_tasks(*, organization: Organization, completions: Sequence[Completion], now: datetime) -> list[Task]:
    """Give those that are pending their responses, with event and callback each; the rest is passed over.

    Batch by batch, in one order: whoever ends the last task of one holds its row.
    """
    done = []
    for portion in _by_batch(organization, completions):
        given = completions_json(portion)
        rows = fetch("SELECT * FROM audits_complete_tasks(%s, %s::jsonb, %s)", [organization.pk, given, now])
        done += tell_completed(organization=organization, rows=rows, now=now)
    return done


def tell_completed(
    *, organization: Organization, rows: list[dict[str, Any]], now: datetime, wake: bool | None = None
) -> list[Task]:
    """Callbacks of the tasks of one batch that `audits_complete_tasks` has completed; the last one ends the batch.

    `wake` as in `callbacks.outbox.publish`.
    """
    tasks = [_task(row) for row in rows]
    # Only what was sent back for a redo has audits before it is completed.
    attach_audits([task for task in tasks if task.may_have_audits])
    for task in tasks:
        announce_task(task, type=EventType.TASK_COMPLETED, organization=organization, now=now, wake=wake)
    if tasks and tasks[0].batch_id:
        complete_batch_if_done(batch=tasks[0].batch, organization=organization, now=now)
    return tasks


def _by_batch(organization: Organization, completions: Sequence[Completion]) -> Iterable[list[Completion]]:
    if len(completions) < 2:
        return [list(completions)] if completions else []
    known = Task.objects.for_organization(organization).filter(pk__in=[one.task_id for one in completions])
    batches = {task: batch.hex if batch else "" for task, batch in known.values_list("pk", "batch_id")}
    ordered = sorted(completions, key=lambda one: (batches.get(one.task_id, ""), one.task_id))
    return [list(group) for _, group in groupby(ordered, key=lambda one: batches.get(one.task_id, ""))]


def _task(row: dict[str, Any]) -> Task:
    task = instance(Task, row["task"])
    put(task, project=instance(Project, row["project"]), batch=instance(Batch, row["batch"]),
        completed_by=instance(Performer, row["performer"]))  # fmt: skip
    put_audits(task, [])
    return task
