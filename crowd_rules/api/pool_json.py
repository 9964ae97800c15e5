"""Pools out of the wire's fields and into them. What no column holds goes through `settings` as it came."""

from typing import Any
from uuid import UUID

from crowd_rules.api.rules import quality_control_json, read_configs
from crowd_rules.api.values import instant, money, without_nothing
from crowd_rules.api.views import checked
from crowd_rules.engine.reading import Reader
from crowd_rules.models import Collector, Pool
from crowd_rules.services.pools import OVERLAPS, RANGES, TRAINING_SKILL, PoolSettings
from labelops.errors import InvalidInput

READ_ONLY = ("id", "type", "status", "last_close_reason", "created", "last_started", "last_stopped", "owner")
COUNTS = tuple(f"{least}{kind}_tasks_count" for least in ("", "min_") for kind in ("real", "golden", "training"))
MIXER = "mixer_config"
LEAST_REAL = "min_real_tasks_count"
# The service's names of fields -> the wire's, for what it refuses.
WIRE_NAMES = {
    "reward": "reward_per_assignment", "mixing": MIXER,
    "default_overlap": "defaults.default_overlap_for_new_tasks",
    "training_pool_id": "quality_control.training_requirement.training_pool_id",
    "training_passing_skill_value": "quality_control.training_requirement.training_passing_skill_value",
    **{name: f"{MIXER}.{name}" for name in COUNTS},
}  # fmt: skip
# Of ours, at the top of the wire's object; the others are the wire's.
OURS = ("allow_skip", "show_audits", "aggregation", "aggregation_threshold")


def read_pool(data: Any, held: Pool | None = None) -> tuple[UUID | None, PoolSettings, list[dict[str, Any]]]:
    """(project id, settings, rules). `held`: the pool that these settings are for. Raises InvalidFields."""
    reader = Reader(data)
    project_id = reader.id("project_id", required=True)
    values: dict[str, Any] = {
        "private_name": reader.text("private_name", required=True, longest=255),
        "reward": reader.decimal("reward_per_assignment", least=0, most=1_000_000, places=4, required=True),
        "may_contain_adult_content": reader.flag("may_contain_adult_content", required=True),
        # One that was made on the page may have none, and is sent back as it came.
        "will_expire": reader.instant("will_expire", required=held is None or held.will_expire is not None),
        "assignment_max_duration_seconds": _whole(reader, "assignment_max_duration_seconds", required=True),
        "private_comment": reader.text("private_comment"),
        "public_description": reader.text("public_description"),
        "public_instructions": reader.text("public_instructions"),
        "priority": _whole(reader, "priority"),
        "auto_close_after_complete_delay_seconds": _whole(reader, "auto_close_after_complete_delay_seconds"),
        "auto_accept_solutions": reader.flag("auto_accept_solutions"),
        "auto_accept_period_day": reader.whole("auto_accept_period_day", least=1, most=21),
        "filter": reader.object("filter"),
        "allow_skip": reader.flag("allow_skip"),
        "show_audits": reader.flag("show_audits"),
        "aggregation": reader.text("aggregation"),
        "aggregation_threshold": reader.whole("aggregation_threshold", least=OVERLAPS[0], most=OVERLAPS[1]),
    }
    kept: dict[str, Any] = {}
    if (
        held is not None
        and held.type == Pool.Type.TRAINING
        and (passes := reader.whole("task_suites_required_to_pass", least=1, most=OVERLAPS[1]))
    ):
        kept["task_suites_required_to_pass"] = passes
    values |= _read_order(reader, kept)
    values |= _read_mixer(reader, kept)
    configs, control = read_configs(reader)
    values |= _read_training(reader, control)
    if control:
        kept["quality_control"] = control
    checked(reader)
    rest = {name: value for name, value in reader.rest.items() if name not in READ_ONLY}
    if held is not None:
        values["type"] = held.type
        for name in OURS:
            # The official client does not know these: what it leaves out stays.
            if values[name] is None:
                values[name] = getattr(held, name)
    given = {name: value for name, value in values.items() if value is not None}
    return project_id, PoolSettings(**given, rest={**rest, **kept}), configs


def _whole(reader: Reader, name: str, **more: Any) -> int | None:
    least, most = RANGES[name.rpartition(".")[2]]
    return reader.whole(name, least=least, most=most, **more)


def _read_order(reader: Reader, kept: dict[str, Any]) -> dict[str, Any]:
    """Default overlap, and the order of suites made by hand."""
    values: dict[str, Any] = {}
    defaults = reader.rest.get("defaults")
    with reader.inside("defaults") as inside:
        if inside:
            kept["defaults"] = defaults
            tasks = inside.whole("default_overlap_for_new_tasks", least=OVERLAPS[0], most=OVERLAPS[1])
            suites = inside.whole("default_overlap_for_new_task_suites", least=OVERLAPS[0], most=OVERLAPS[1])
            first, second = (tasks, suites) if reader.rest.get(MIXER) else (suites, tasks)
            values["default_overlap"] = first or second
    issuing = reader.rest.get("assignments_issuing_config")
    with reader.inside("assignments_issuing_config") as inside:
        if inside:
            kept["assignments_issuing_config"] = issuing
            values["keep_task_order"] = inside.flag("issue_task_suites_in_creation_order")
    return values


def _read_mixer(reader: Reader, kept: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"mixing": reader.rest.get(MIXER) is not None}
    if not values["mixing"]:
        return values
    mixer = reader.rest[MIXER]
    with reader.inside(MIXER) as inside:
        if inside is None:
            return values
        kept[MIXER] = mixer
        for name in COUNTS:
            values[name] = _whole(inside, name)
        for name in COUNTS[:3]:
            values[name] = values[name] or 0
            if values[f"min_{name}"] is None:
                values[f"min_{name}"] = values[name]
        values[LEAST_REAL] = _least_real(values[LEAST_REAL], mixer)
        values["keep_task_order"] = inside.flag("mix_tasks_in_creation_order")
        values["shuffle_tasks_in_task_suite"] = inside.flag("shuffle_tasks_in_task_suite")
    return values


def _least_real(least: int, mixer: dict[str, Any]) -> int:
    """How few real tasks make a suite: of the last one just one, unless the client will not have it."""
    return least if mixer.get("force_last_assignment") is False else min(least, 1)


def _read_training(reader: Reader, control: dict[str, Any]) -> dict[str, Any]:
    if control.get("training_requirement") is None:
        control.pop("training_requirement", None)
        return {}
    nested = Reader(control["training_requirement"], path="quality_control.training_requirement",
                    problems=reader.problems)  # fmt: skip
    return {
        "training_pool_id": nested.id("training_pool_id", required=True),
        "training_passing_skill_value": nested.whole("training_passing_skill_value", least=0, most=100, required=True),
    }


def in_wire_names(error: InvalidInput) -> InvalidInput:
    """The same refusal, its fields by their names on the wire."""
    fields = {WIRE_NAMES.get(name, name): text for name, text in error.fields.items()}
    return InvalidInput(error.message, fields=fields)


def pool_json(pool: Pool, collectors: list[Collector]) -> dict[str, Any]:
    rest = {name: value for name, value in pool.settings.items() if name != TRAINING_SKILL}
    return without_nothing({
        **rest,
        "id": pool.public_id,
        "project_id": pool.project_id.hex,
        "type": pool.type,
        "status": pool.status,
        "last_close_reason": pool.last_close_reason or None,
        "private_name": pool.private_name,
        "private_comment": pool.private_comment or None,
        "public_description": pool.public_description or None,
        "public_instructions": pool.public_instructions or None,
        "may_contain_adult_content": pool.may_contain_adult_content,
        "reward_per_assignment": money(pool.reward),
        "will_expire": instant(pool.will_expire),
        "assignment_max_duration_seconds": pool.assignment_max_duration_seconds,
        "auto_close_after_complete_delay_seconds": pool.auto_close_after_complete_delay_seconds,
        "auto_accept_solutions": pool.auto_accept_solutions,
        "auto_accept_period_day": pool.auto_accept_period_day,
        "priority": pool.priority,
        "filter": pool.filter or None,
        "created": instant(pool.created_at),
        "last_started": instant(pool.last_started_at),
        "last_stopped": instant(pool.last_stopped_at),
        "quality_control": _control_json(pool, collectors, rest.get("quality_control")),
        **_issue_json(pool, rest),
        **{name: getattr(pool, name) for name in OURS},
    })  # fmt: skip


def _issue_json(pool: Pool, rest: dict[str, Any]) -> dict[str, Any]:
    """Defaults, mixing and order: as they came, with what has been decided here since put over it."""
    which = "default_overlap_for_new_tasks" if pool.mixing else "default_overlap_for_new_task_suites"
    found: dict[str, Any] = {"defaults": {**rest.get("defaults", {}), which: pool.default_overlap}}
    if pool.mixing:
        counts = {name: getattr(pool, name) for name in COUNTS}
        order = {"mix_tasks_in_creation_order": pool.keep_task_order,
                 "shuffle_tasks_in_task_suite": pool.shuffle_tasks_in_task_suite}  # fmt: skip
        came = rest.get(MIXER, {})
        least = came.get(LEAST_REAL) or came.get("real_tasks_count")
        if isinstance(least, int) and _least_real(least, came) == counts[LEAST_REAL]:
            counts[LEAST_REAL] = least
        found[MIXER] = {**came, **counts, **order}
    else:
        found[MIXER] = None
        issuing = rest.get("assignments_issuing_config", {})
        found["assignments_issuing_config"] = {**issuing, "issue_task_suites_in_creation_order": pool.keep_task_order}
    return found


def _control_json(pool: Pool, collectors: list[Collector], rest: dict[str, Any] | None) -> dict[str, Any]:
    found = quality_control_json(collectors, rest)
    if pool.training_pool_id:
        requirement = {**(rest or {}).get("training_requirement", {}), "training_pool_id": pool.training_pool_id.hex}
        if pool.training_passing_skill_value is not None:
            requirement["training_passing_skill_value"] = pool.training_passing_skill_value
        found["training_requirement"] = requirement
    else:
        found.pop("training_requirement", None)
    return found
