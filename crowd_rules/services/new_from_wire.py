"""New tasks and suites out of the wire's objects, judged by the wire's rules and the project's fields."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from audits.task_types.fields.values import value_problems
from crowd_rules.engine.reading import Reader
from crowd_rules.engine.validation import Problem
from crowd_rules.models import Pool
from crowd_rules.services.pool_tasks import NewPoolTask, NewSuite, check_task
from crowd_rules.services.pools import OVERLAPS
from labelops.errors import InvalidInput

# What a client sends back although only the server says it.
READ_ONLY = ("id", "created", "remaining_overlap", "mixed", "automerged", "__item_idx")
LARGEST_OVERRIDE = 99_999.99999


@dataclass
class Given:
    """One item of a call: what it would make, where, and what is wrong with it."""

    pool_id: UUID | None
    new: Any
    problems: list[Problem] = field(default_factory=list)


def read_task(item: Any) -> Given:
    reader = Reader(item)
    pool_id = reader.id("pool_id", required=isinstance(item, dict))
    new = _task(reader)
    return Given(pool_id, new, reader.problems)


def _task(reader: Reader, *, in_suite: bool = False) -> NewPoolTask:
    values = reader.object("input_values", required=not reader.problems)
    known = reader.array("known_solutions")
    message = reader.text("message_on_unknown_solution", longest=10_000)
    overlap, infinite = _overlap(reader)
    reserved, unavailable = reader.ids("reserved_for"), reader.ids("unavailable_for")
    if in_suite and reader.take("baseline_solutions") is not None:
        reader.refuse("baseline_solutions", "VALUE_NOT_ALLOWED", "Not in a task suite.")
    rest = {name: value for name, value in reader.rest.items() if name not in READ_ONLY}
    return NewPoolTask(
        input_values=values, known_solutions=known, message_on_unknown_solution=message or "", overlap=overlap,
        infinite_overlap=infinite, reserved_for=reserved, unavailable_for=unavailable, rest=rest,
    )  # fmt: skip


def _overlap(reader: Reader) -> tuple[int | None, bool | None]:
    overlap = reader.whole("overlap", least=OVERLAPS[0], most=OVERLAPS[1])
    infinite = reader.flag("infinite_overlap")
    if overlap is not None and infinite:
        reader.refuse("overlap", "VALUE_NOT_ALLOWED", "Either a number or infinite.")
    # False without a number says nothing: the pool's default.
    return overlap, infinite or None


def read_suite(item: Any) -> Given:
    reader = Reader(item)
    pool_id = reader.id("pool_id", required=isinstance(item, dict))
    tasks = reader.array("tasks", required=isinstance(item, dict))
    if tasks == []:
        reader.refuse("tasks", "ARRAY_SIZE_LESS_THAN_MIN", "Give the suite at least one task.", 1)
    made = [_task(Reader(task, path=f"tasks.{number}", problems=reader.problems), in_suite=True)
            for number, task in enumerate(tasks or ())]  # fmt: skip
    overlap, infinite = _overlap(reader)
    first = reader.decimal("issuing_order_override", least=-100_000, most=100_000, places=5)
    reserved, unavailable = reader.ids("reserved_for"), reader.ids("unavailable_for")
    rest = {name: value for name, value in reader.rest.items() if name not in READ_ONLY}
    new = NewSuite(tasks=made, overlap=overlap, infinite_overlap=infinite, issuing_order_override=float(first or 0),
                   reserved_for=reserved, unavailable_for=unavailable, rest=rest)  # fmt: skip
    return Given(pool_id, new, reader.problems)


def judge_task(pool: Pool, spec: dict[str, Any], new: NewPoolTask, path: str = "") -> list[Problem]:
    """Whether the task fits its project; paths begin with `path`."""
    problems = value_problems(spec.get("input_spec"), new.input_values, f"{path}input_values")
    for number, known in enumerate(new.known_solutions or ()):
        if isinstance(known, dict) and isinstance(known.get("output_values"), dict):
            place = f"{path}known_solutions.{number}.output_values"
            problems += value_problems(spec.get("output_spec"), known["output_values"], place)
    if problems:
        return problems
    try:
        check_task(pool=pool, new=new)
    except InvalidInput as error:
        return [Problem(f"{path}{name}", "INVALID_VALUE", str(sentence)) for name, sentence in error.fields.items()]
    return []


def judge_suite(pool: Pool, spec: dict[str, Any], new: NewSuite) -> list[Problem]:
    return [
        problem for number, task in enumerate(new.tasks) for problem in judge_task(pool, spec, task, f"tasks.{number}.")
    ]
