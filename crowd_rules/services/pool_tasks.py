"""Tasks into pools: real ones, new or of a project or batch; control and training tasks; suites made by hand."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from crowd_rules.models import Pool, PoolTask, TaskSuite
from labelops.tenancy.models import Organization, User


@dataclass(frozen=True)
class NewPoolTask:
    """A task to be put into a pool. `input_values` make a new one; `task_id` takes an audits task that exists.

    Known solutions make it a control task, with a message a training task. No overlap: the pool's; None with
    `infinite_overlap`. Control and training tasks are infinite unless an overlap is given.
    """

    input_values: dict[str, Any] | None = None
    task_id: UUID | None = None
    known_solutions: list[dict[str, Any]] | None = None
    message_on_unknown_solution: str = ""
    overlap: int | None = None
    infinite_overlap: bool | None = None
    reserved_for: list[UUID] | None = None
    unavailable_for: list[UUID] | None = None
    rest: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NewSuite:
    """A suite made by hand; its overlap is that of each of its real tasks."""

    tasks: list[NewPoolTask]
    overlap: int | None = None
    infinite_overlap: bool | None = None
    issuing_order_override: float = 0
    reserved_for: list[UUID] | None = None
    unavailable_for: list[UUID] | None = None
    rest: dict[str, Any] = field(default_factory=dict)


def check_task(*, pool: Pool, new: NewPoolTask) -> None:
    """Whether it could be added. Raises InvalidInput (fields by the wire's names), MixingNeeded, WrongPoolStatus."""
    raise NotImplementedError


def add_tasks(*, pool: Pool, actor: User | None, tasks: list[NewPoolTask], now: datetime) -> list[PoolTask]:
    """Add these to a mixing pool, all or none; their ids ascend in the given order. A pool's completion ends.

    Raises MixingNeeded, WrongPoolStatus (archived), NotFound (a task), InvalidInput (first wrong one;
    `data["number"]` is its place).
    """
    raise NotImplementedError


def add_project_tasks(
    *, pool: Pool, actor: User | None, now: datetime, batch_id: UUID | None = None, limit: int | None = None
) -> int:
    """Put all pending tasks of the pool's project (or of one batch) that are in no pool into this one; how many."""
    raise NotImplementedError


def add_controls_from_audits(*, pool: Pool, actor: User | None, task_ids: list[UUID], now: datetime) -> list[PoolTask]:
    """Control tasks out of completed tasks: the response, after audits, is the known solution. Raises NotFound."""
    raise NotImplementedError


def add_suites(*, pool: Pool, actor: User | None, suites: list[NewSuite], now: datetime) -> list[TaskSuite]:
    """Add suites made by hand to a pool without mixing, all or none. Raises as `add_tasks`, TaskKindConflict."""
    raise NotImplementedError


def change_task(
    *, organization: Organization, actor: User | None, task_id: Any, changes: dict[str, Any], now: datetime
) -> PoolTask:
    """Change overlap | infinite_overlap, known_solutions, message_on_unknown_solution. Raises NotFound, InvalidInput.

    An overlap below what is issued is refused; with `{"overlap_or_min": n}` it becomes the smallest possible.
    """
    raise NotImplementedError


def change_suite(
    *, organization: Organization, actor: User | None, suite_id: Any, changes: dict[str, Any], now: datetime
) -> TaskSuite:
    """As `change_task` for a suite: overlap | infinite_overlap | overlap_or_min, issuing_order_override."""
    raise NotImplementedError
