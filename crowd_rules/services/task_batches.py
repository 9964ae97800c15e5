"""Many tasks or suites in one call, noted as an operation under the caller's number, with a log line for each."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy

from crowd_rules.engine.validation import Problem
from crowd_rules.models import Operation, Pool, PoolTask, TaskSuite
from crowd_rules.services.crowd_projects import newest_versions
from crowd_rules.services.new_from_wire import Given, judge_suite, judge_task, read_suite, read_task
from crowd_rules.services.operations import record_operation, report_progress, start_operation
from crowd_rules.services.pool_tasks import MOST, add_suites, add_tasks
from crowd_rules.services.pools import open_pool
from crowd_rules.services.refusals import OperationExists
from labelops.errors import DomainError, InvalidInput
from labelops.tenancy.models import Organization, User
from labelops.tenancy.scope import organization_scope

# More than so many are a worker's job.
AT_ONCE = 1000
STEP = 500


class InvalidBatch(InvalidInput):
    """Nothing was made. `problems`: by the item's place in the call."""

    code = "VALIDATION_ERROR"

    def __init__(self, problems: dict[int, list[Problem]]) -> None:
        self.problems_by_item = problems
        super().__init__("Some of the items are wrong; nothing was made.")


@dataclass(frozen=True)
class Kind:
    """What is made: `word` stands in the operation's type and its log's lines."""

    word: str
    read: Callable[[Any], Given]
    judge: Callable[..., list[Problem]]
    add: Callable[..., list[Any]]
    argument: str

    @property
    def operation_type(self) -> str:
        return f"{self.word}.BATCH_CREATE"


KINDS = {
    "TASK": Kind("TASK", read_task, judge_task, add_tasks, "tasks"),
    "TASK_SUITE": Kind("TASK_SUITE", read_suite, judge_suite, add_suites, "suites"),
}


@dataclass(frozen=True)
class Options:
    """`number`: the caller's operation id; `later`: the caller waits for the operation and not for the objects."""

    open_pool: bool = False
    skip_invalid: bool = False
    later: bool = False
    number: UUID | None = None


@dataclass
class Outcome:
    """What came of the items, by their places; no `operation` where nobody asked for one."""

    made: dict[int, PoolTask | TaskSuite] = field(default_factory=dict)
    problems: dict[int, list[Problem]] = field(default_factory=dict)
    operation: Operation | None = None


@transaction.atomic(savepoint=False)
def create_batch(
    *, organization: Organization, actor: User | None, kind: str, items: list[Any], options: Options, now: datetime
) -> Outcome:
    """Make these tasks or suites; unless wrong ones are to be skipped, all or none.

    Raises OperationExists, InvalidBatch (nothing could be made, and the caller waits for the objects), MixingNeeded,
    TaskKindConflict, WrongPoolStatus, EmptyPool.
    """
    what = KINDS[kind]
    numbers = Operation.objects.for_organization(organization)
    if options.number and numbers.filter(number=options.number).exists():
        raise OperationExists
    if _size(items) > MOST and not options.later:
        raise InvalidInput(f"At most {MOST:,} at once; more with async_mode=true.")
    if _size(items) > AT_ONCE and options.later:
        return Outcome(operation=_as_job(organization, actor, what, items, options, now))
    outcome = _make(organization, actor, what, list(enumerate(items)), options, now)
    if outcome.problems and not outcome.made and not options.later:
        raise InvalidBatch(outcome.problems)
    if options.open_pool and outcome.made:
        _open(organization, actor, {one.pool_id for one in outcome.made.values()}, now)
    if options.later or options.number:
        outcome.operation = _note(organization, what, items, outcome, options, now)
    return outcome


def _size(items: list[Any]) -> int:
    """A suite weighs what its tasks weigh."""
    inner = (one.get("tasks") if isinstance(one, dict) else None for one in items)
    return sum(len(tasks) if isinstance(tasks, list) else 1 for tasks in inner)


def _make(
    organization: Organization, actor: User | None, what: Kind, numbered: list[tuple[int, Any]], options: Options,
    now: datetime,
) -> Outcome:  # fmt: skip
    outcome = Outcome()
    by_pool = _judged(organization, what, numbered, outcome)
    if outcome.problems and not options.skip_invalid:
        return outcome
    for pool, places in by_pool:
        given = {what.argument: [new for _, new in places]}
        made = what.add(pool=pool, actor=actor, now=now, **given)
        outcome.made |= dict(zip((number for number, _ in places), made, strict=True))
    return outcome


def _judged(
    organization: Organization, what: Kind, numbered: list[tuple[int, Any]], outcome: Outcome
) -> list[tuple[Pool, list[tuple[int, Any]]]]:
    """The good ones by pool; what is wrong with the others goes into the outcome. Two statements."""
    given = [(number, what.read(item)) for number, item in numbered]
    pools = Pool.objects.for_organization(organization).select_related("project").in_bulk(
        {one.pool_id for _, one in given if one.pool_id}
    )  # fmt: skip
    versions = newest_versions(organization, {pool.project_id for pool in pools.values()})
    specs = {version.project_id: version.params for version in versions}
    good: dict[UUID, list[tuple[int, Any]]] = {}
    for number, one in given:
        pool = pools.get(one.pool_id)
        problems = list(one.problems)
        if pool is None and one.pool_id:
            problems.append(Problem("pool_id", "ENTITY_DOES_NOT_EXIST", "There is no such pool."))
        if pool and not problems:
            problems = what.judge(pool, specs.get(pool.project_id, {}), one.new)
        if problems:
            outcome.problems[number] = problems
        elif pool:
            pool.organization = organization
            good.setdefault(pool.pk, []).append((number, one.new))
    # In the order of their ids, as everybody locks them.
    return [(pools[pool_id], good[pool_id]) for pool_id in sorted(good)]


def _open(organization: Organization, actor: User | None, pool_ids: Iterable[UUID], now: datetime) -> None:
    pools = Pool.objects.for_organization(organization).select_related("project").in_bulk(list(pool_ids))
    for pool_id in sorted(pools):
        pools[pool_id].organization = organization
        open_pool(pool=pools[pool_id], actor=actor, now=now)


def _note(
    organization: Organization, what: Kind, items: list[Any], outcome: Outcome, options: Options, now: datetime
) -> Operation:
    return record_operation(
        organization=organization, type=what.operation_type, number=options.number, now=now,
        parameters=_parameters(items, options), details=_details(len(items), outcome),
        log=_log(what, dict(enumerate(items)), outcome), failed=bool(outcome.problems and not outcome.made),
    )  # fmt: skip


def _parameters(items: list[Any], options: Options) -> dict[str, Any]:
    return {"pool_id": _pool_of(items[0]) if items else None, "skip_invalid_items": options.skip_invalid,
            "open_pool": options.open_pool}  # fmt: skip


def _pool_of(item: Any) -> str | None:
    return str(item["pool_id"]) if isinstance(item, dict) and item.get("pool_id") else None


def _details(total: int, outcome: Outcome) -> dict[str, int]:
    wrong, made = len(outcome.problems), len(outcome.made)
    return {"total_count": total, "valid_count": total - wrong, "not_valid_count": wrong, "success_count": made,
            "failed_count": wrong}  # fmt: skip


def _log(what: Kind, items: dict[int, Any], outcome: Outcome) -> list[dict[str, Any]]:
    """A line for each that was made or is wrong; the client knows its items by `__item_idx`."""
    lines = []
    for number in sorted({*outcome.made, *outcome.problems}):
        item = items[number] if isinstance(items[number], dict) else {}
        made = outcome.made.get(number)
        given = {"__item_idx": str(item.get("__item_idx", number)), "pool_id": _pool_of(item)}
        if made:
            lines.append({"type": f"{what.word}_CREATE", "success": True, "input": given,
                          "output": {f"{what.word.lower()}_id": made.public_id}})  # fmt: skip
        else:
            lines.append({"type": f"{what.word}_VALIDATE", "success": False, "input": {**item, **given},
                          "output": problems_json(outcome.problems[number])})  # fmt: skip
    return lines


def problems_json(problems: Iterable[Problem]) -> dict[str, dict[str, Any]]:
    """`{path: {"code", "message", "params"}}`: the first of each field."""
    found: dict[str, dict[str, Any]] = {}
    for one in problems:
        found.setdefault(one.path, {"code": one.code, "message": str(one.message), "params": list(one.params)})
    return found


def _as_job(
    organization: Organization, actor: User | None, what: Kind, items: list[Any], options: Options, now: datetime
) -> Operation:
    given = {**_parameters(items, options), "items": items, "actor": str(actor.pk) if actor else ""}
    return start_operation(organization=organization, type=what.operation_type, parameters=given, now=now,
                           number=options.number)  # fmt: skip


class BatchRefused(DomainError):
    message = gettext_lazy("Some of the items are wrong; nothing was made.")


def run_batch(operation: Operation, now: datetime) -> None:
    """A worker's part: in steps of their own transactions, each with its lines of the log. Raises BatchRefused."""
    given, organization = operation.parameters, operation.organization
    what, items = KINDS[operation.type.partition(".")[0]], given["items"]
    options = Options(open_pool=given["open_pool"], skip_invalid=given["skip_invalid_items"])
    done = int(operation.details.get("done", 0))
    with organization_scope(organization.pk):
        actor = User.objects.filter(pk=given["actor"]).first() if given.get("actor") else None
    if not done and not options.skip_invalid:
        _refuse_wrong(operation, what, items)
    pools = set()
    for start in range(done, len(items), STEP):
        with organization_scope(organization.pk):
            portion = list(enumerate(items))[start : start + STEP]
            outcome = _make(organization, actor, what, portion, options, now)
            pools |= {one.pool_id for one in outcome.made.values()}
            _append(operation, _log(what, dict(portion), outcome), outcome, len(items))
            report_progress(operation, done=start + len(portion), total=len(items))
    if options.open_pool and pools:
        with organization_scope(organization.pk):
            _open(organization, actor, pools, now)


def _refuse_wrong(operation: Operation, what: Kind, items: list[Any]) -> None:
    outcome = Outcome()
    with organization_scope(operation.organization_id):
        _judged(operation.organization, what, list(enumerate(items)), outcome)
        if outcome.problems:
            _append(operation, _log(what, dict(enumerate(items)), outcome), outcome, len(items))
    if outcome.problems:
        raise BatchRefused


def _append(operation: Operation, lines: list[dict[str, Any]], outcome: Outcome, total: int) -> None:
    counts = _details(total, outcome)
    held = Operation.objects.for_organization(operation.organization).only("details").get(pk=operation.pk).details
    for name in ("not_valid_count", "success_count", "failed_count"):
        counts[name] += held.get(name, 0)
    counts["valid_count"] = total - counts["not_valid_count"]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crowd_rules_operation SET log = log || %s::jsonb, details = details || %s::jsonb "
            "WHERE organization_id = %s AND id = %s",
            [json.dumps(lines), json.dumps(counts), operation.organization_id, operation.pk],
        )
