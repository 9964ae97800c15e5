"""Quality control of a pool or a project: the wire's `configs` to rows and back. A rule is whole or refused."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from audits.models import Project
from crowd_rules.engine.lint import Lint, Surroundings, lint
from crowd_rules.engine.validation import NUMBER, Setting, check_configs
from crowd_rules.models import Collector, Pool, Rule, Skill
from crowd_rules.services.refusals import InvalidRules
from crowd_rules.services.rulebooks import keep_rulebooks
from crowd_rules.services.sentences import in_words
from crowd_rules.services.surroundings import old_skills, surroundings_of
from labelops.errors import NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Organization, User

__all__ = ["Lint", "add_rule", "change_rule", "configs_json", "lint_filter", "lint_rules", "retire_rule", "rules_of",
           "set_rules", "set_shadow"]  # fmt: skip


@dataclass
class _Place:
    """Where rules hold: in a pool, or (without one) in all pools of a project."""

    project: Project
    pool: Pool | None
    collectors: list[Collector] = field(default_factory=list)

    @property
    def organization(self) -> Any:
        return self.project.organization

    def read(self) -> None:
        hold_rules(self.project)
        self.collectors = rules_of(project=self.project, pool=self.pool)


def hold_rules(project: Project) -> None:
    """The row of the project is what two writers of rules wait for, before either holds a pool of it.

    Whoever writes a row that names the project goes on meanwhile.
    """
    rows = Project.objects.for_organization(project.organization).select_for_update(no_key=True)
    rows.values_list("pk").get(pk=project.pk)


def rules_of(*, project: Project, pool: Pool | None) -> list[Collector]:
    """The collectors in force of just this pool, or of just this project, with `standing_rules`; two statements."""
    rows = Collector.objects.for_organization(project.organization).in_force().filter(project=project, pool=pool)
    return list(rows.with_rules().in_order())


def check_rules(*, project: Project, pool: Pool | None, configs: list[dict[str, Any]]) -> None:
    """Raises InvalidRules."""
    skills = Skill.objects.for_organization(project.organization).values_list("pk", flat=True)
    setting = Setting(bool(pool and pool.auto_accept_solutions), {one.hex for one in skills})
    if problems := check_configs(configs, setting):
        raise InvalidRules(problems)


@transaction.atomic(savepoint=False)
def set_rules(
    *, project: Project, pool: Pool | None, actor: User | None, configs: list[dict[str, Any]], now: datetime
) -> list[Collector]:
    """Make these the rules of the pool, or of the project (`pool=None`), and retire the others.

    A rule that stays the same keeps its id, its crossings and its firings; a collector keeps its uuid. A rule's own
    key `shadow` (true) lets it fire on paper only. Raises InvalidRules.
    """
    place = _Place(project, pool)
    place.read()
    check_rules(project=project, pool=pool, configs=configs)
    before, left = configs_json(place.collectors), list(place.collectors)
    for number, config in enumerate(configs):
        _put_config(place, left, number, config, actor, now)
    for gone in left:
        _retire(gone, gone.standing_rules, now)
        gone.retired_at = now
        gone.save(update_fields=["retired_at"])
    place.collectors = rules_of(project=project, pool=pool)
    keep_rulebooks(organization=place.organization, project_id=project.pk)
    _tell(place, actor, now, before)
    return place.collectors


def _put_config(
    place: _Place, left: list[Collector], number: int, config: dict[str, Any], actor: User | None, now: datetime
) -> None:
    body = config["collector_config"]
    uuid = UUID(str(body["uuid"])) if body.get("uuid") else None
    parameters = plain_numbers(body.get("parameters") or {})
    same = next((one for one in left if one.type == body["type"] and one.parameters == parameters
                 and uuid in (None, one.uuid)), None)  # fmt: skip
    if same:
        left.remove(same)
        if same.position != number:
            same.position = number
            same.save(update_fields=["position"])
    collector = same or _make_collector(place, uuid, body["type"], parameters, number, now)
    _put_rules(collector, getattr(same, "standing_rules", []), config.get("rules") or [], actor, now)


def _make_collector(
    place: _Place, uuid: UUID | None, type: str, parameters: dict[str, Any], number: int, now: datetime
) -> Collector:
    return Collector.objects.create(
        organization=place.organization, project=place.project, pool=place.pool, uuid=uuid or uuid4(), type=type,
        parameters=parameters, position=number, created_at=now,
    )  # fmt: skip


def _put_rules(
    collector: Collector, standing: list[Rule], wanted: list[dict[str, Any]], actor: User | None, now: datetime
) -> None:
    left = list(standing)
    for number, rule in enumerate(wanted):
        conditions, action = _whole(rule)
        shadow = bool(rule.get("shadow"))
        same = next((one for one in left if (one.conditions, one.action) == (conditions, action)), None)
        if same:
            left.remove(same)
            Rule.objects.filter(pk=same.pk).update(position=number, shadow=shadow)
        else:
            Rule.objects.create(id=uuid7(), organization_id=collector.organization_id, collector=collector,
                                position=number, conditions=conditions, action=action, shadow=shadow,
                                created_by=actor, created_at=now)  # fmt: skip
    _retire(collector, left, now)


def _whole(rule: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Conditions and action as they are kept: what the wire has no parameters for gets an empty object."""
    action = rule.get("action") or {}
    parameters = plain_numbers(action.get("parameters") or {})
    return list(rule.get("conditions") or []), {**action, "parameters": parameters}


NUMBERS = ("history_size", "answer_threshold", "fast_submit_threshold_seconds", "duration", "duration_days", "delta",
           "skill_value")  # fmt: skip


def plain_numbers(parameters: dict[str, Any]) -> dict[str, Any]:
    """Numbers that came as texts, as numbers, whole ones without a fraction; an empty text is no value at all.

    What is no number, where nobody has judged it, stays as it came.
    """
    return {name: _plain_number(value) if name in NUMBERS else value for name, value in parameters.items()
            if name not in NUMBERS or value != ""}  # fmt: skip


def _plain_number(value: Any) -> Any:
    number = float(value) if isinstance(value, str) and NUMBER.fullmatch(value) else value
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _retire(collector: Collector, rules: list[Rule], now: datetime) -> None:
    Rule.objects.filter(organization_id=collector.organization_id, pk__in=[one.pk for one in rules]).update(
        retired_at=now
    )  # fmt: skip


def _tell(place: _Place, actor: User | None, now: datetime, before: list[dict[str, Any]]) -> None:
    after = configs_json(place.collectors)
    if after != before:
        subject = place.pool or place.project
        record_event(EventType.RULES_CHANGED, organization=place.organization, actor=actor, now=now,
                     subject_id=subject.pk, before={"configs": before}, after={"configs": after})  # fmt: skip


def configs_json(collectors: list[Collector], *, with_ids: bool = False) -> list[dict[str, Any]]:
    """As on the wire. Reads `standing_rules`; `with_ids` adds `id` and `shadow` to each rule."""
    return [
        {
            "collector_config": {"type": one.type, "uuid": str(one.uuid), "parameters": one.parameters},
            "rules": [_rule_json(rule, with_ids) for rule in one.standing_rules],
        }
        for one in collectors
    ]


def _rule_json(rule: Rule, with_ids: bool) -> dict[str, Any]:
    found = {"conditions": rule.conditions, "action": rule.action}
    return {**found, "id": rule.pk.hex, "shadow": rule.shadow} if with_ids else found


@transaction.atomic(savepoint=False)
def add_rule(
    *,
    project: Project,
    pool: Pool | None,
    actor: User | None,
    collector_type: str,
    parameters: dict[str, Any],
    rule: dict[str, Any],
    shadow: bool,
    now: datetime,
) -> Collector:
    """One rule more, from the editor; into the collector of the same type and parameters if there is one."""
    place = _Place(project, pool)
    place.read()
    configs = configs_json(place.collectors, with_ids=True)
    body = {"type": collector_type, "parameters": plain_numbers(parameters)}
    new = {**rule, "shadow": shadow}
    same = next((one for one in configs if one["collector_config"]["type"] == collector_type
                 and one["collector_config"]["parameters"] == body["parameters"]), None)  # fmt: skip
    # The new one alone is judged, so that the paths of its problems begin at its own form.
    check_rules(project=project, pool=pool, configs=[{"collector_config": body, "rules": [new]}])
    if same:
        same["rules"].append(new)
    else:
        configs.append({"collector_config": body, "rules": [new]})
    standing = set_rules(project=project, pool=pool, actor=actor, configs=configs, now=now)
    return next(one for one in standing if one.type == collector_type and one.parameters == body["parameters"])


@transaction.atomic(savepoint=False)
def change_rule(
    *,
    project: Project,
    pool: Pool | None,
    actor: User | None,
    rule_id: UUID,
    collector_type: str,
    parameters: dict[str, Any],
    rule: dict[str, Any],
    shadow: bool,
    now: datetime,
) -> Collector:
    """Put this rule in the place of another. The same again keeps its id. Raises NotFound, InvalidRules."""
    place = _Place(project, pool)
    place.read()
    standing = [one for collector in place.collectors for one in collector.standing_rules if one.pk == rule_id]
    if not standing:
        raise NotFound(_("There is no such rule."))
    body = {"type": collector_type, "parameters": plain_numbers(parameters)}
    check_rules(project=project, pool=pool, configs=[{"collector_config": body, "rules": [rule]}])
    if _is_same(standing[0], body, rule):
        set_shadow(pool=pool, project=project, actor=actor, rule_id=rule_id, shadow=shadow, now=now)
        return standing[0].collector
    retire_rule(pool=pool, project=project, actor=actor, rule_id=rule_id, now=now)
    return add_rule(project=project, pool=pool, actor=actor, collector_type=collector_type, parameters=parameters,
                    rule=rule, shadow=shadow, now=now)  # fmt: skip


def _is_same(standing: Rule, body: dict[str, Any], rule: dict[str, Any]) -> bool:
    collector = standing.collector
    return (collector.type, collector.parameters) == (body["type"], body["parameters"]) and (
        standing.conditions,
        standing.action,
    ) == _whole(rule)


@transaction.atomic(savepoint=False)
def retire_rule(*, pool: Pool | None, project: Project, actor: User | None, rule_id: UUID, now: datetime) -> None:
    """It judges nothing any more; its firings stay. Raises NotFound."""
    _change_one(project, pool, actor, rule_id, now, lambda rules, rule: rules.remove(rule))


@transaction.atomic(savepoint=False)
def set_shadow(
    *, pool: Pool | None, project: Project, actor: User | None, rule_id: UUID, shadow: bool, now: datetime
) -> None:
    """On paper only, or for real from the next event on. Raises NotFound."""
    _change_one(project, pool, actor, rule_id, now, lambda rules, rule: rule.update(shadow=shadow))


def _change_one(
    project: Project, pool: Pool | None, actor: User | None, rule_id: UUID, now: datetime, change: Any
) -> None:
    place = _Place(project, pool)
    place.read()
    configs = configs_json(place.collectors, with_ids=True)
    found = [(one["rules"], rule) for one in configs for rule in one["rules"] if rule["id"] == rule_id.hex]
    if not found:
        raise NotFound(_("There is no such rule."))
    kept = [one for one in configs if not one["rules"]]
    change(*found[0])
    # A collector goes with its last rule; one that never had any is only kept for the wire, and stays.
    left = [one for one in configs if one["rules"] or one in kept]
    set_rules(project=project, pool=pool, actor=actor, configs=left, now=now)


def lint_rules(*, pool: Pool, configs: list[dict[str, Any]]) -> list[Lint]:
    """The seed's own advice about these rules in this pool, in the language that is being spoken."""
    return _spoken(lint(configs, surroundings_of(pool, configs)))


def lint_filter(*, organization: Organization, filter: dict[str, Any]) -> list[Lint]:
    """The advice about a filter alone, also of a pool that is yet to be."""
    return _spoken(lint([], Surroundings(suites=0, old_skills=old_skills(organization, filter))))


def _spoken(found: list[Lint]) -> list[Lint]:
    return [replace(one, sentence=in_words(one.sentence)) for one in found]
