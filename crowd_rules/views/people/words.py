"""Rules, restrictions and what happened, in words for the requester. What the catalogue names is named as it does."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crowd_rules.engine.actions import ACTIONS, FIELD_ALIASES
from crowd_rules.engine.collectors import COLLECTORS
from crowd_rules.engine.vocabulary import SIGNS
from crowd_rules.models import CrowdEvent, Restriction, RuleFiring, SkillChange
from crowd_rules.services.timeline import Moment

K = CrowdEvent.Kind
ICONS = {
    K.SKIPPED: "skip-forward", K.EXPIRED: "timer-off", K.SUBMITTED: "send", K.ACCEPTED: "check", K.REJECTED: "x",
    K.CONTROL: "target", K.MAJORITY: "vote", K.AUDIT: "clipboard-check", K.ACCESS: "door-closed", "fired": "workflow",
    "restricted": "ban", "lifted": "lock-open", "undone": "undo-2", "ended": "lock-open", "skill": "gauge",
}  # fmt: skip


def rule_in_words(collector: str, conditions: Iterable[Mapping[str, Any]], action: Mapping[str, Any]) -> str:
    """“task suites skipped in a row ≥ 2 → suspend from the pool for 5 days”."""
    held = _(" and ").join(condition_in_words(collector, one) for one in conditions)
    return f"{held} → {action_in_words(action)}"


def condition_in_words(collector: str, condition: Mapping[str, Any]) -> str:
    sign = SIGNS.get(condition.get("operator", ""), "?")
    return f"{figure_in_words(collector, condition.get('key', ''))} {sign} {condition.get('value')}"


def figure_in_words(collector: str, key: str) -> str:
    known = COLLECTORS.get(collector)
    figure = known.named.get(FIELD_ALIASES.get(key, key)) if known else None
    return _(figure.label) if figure else key


def action_in_words(action: Mapping[str, Any]) -> str:
    given = action.get("parameters") or {}
    if action.get("type") in ("RESTRICTION_V2", "RESTRICTION"):
        return f"{scope_in_words(given.get('scope', ''))} {_how_long(given)}"
    known = ACTIONS.get(action.get("type", ""))
    label = _(known.label) if known else str(action.get("type"))
    return f"{label}: {given['skill_value']}" if "skill_value" in given else label


def scope_in_words(scope: str) -> str:
    words = {"POOL": _("suspend from the pool"), "PROJECT": _("ban from the project"),
             "ALL_PROJECTS": _("ban from all projects")}  # fmt: skip
    return words.get(scope, scope)


def _how_long(given: Mapping[str, Any]) -> str:
    unit = given.get("duration_unit") or ("DAYS" if given.get("duration_days") else "PERMANENT")
    number = given.get("duration") or given.get("duration_days") or 0
    if unit == "PERMANENT":
        return _("for good")
    words = {
        "DAYS": ngettext("for %(n)s day", "for %(n)s days", int(number)),
        "HOURS": ngettext("for %(n)s hour", "for %(n)s hours", int(number)),
        "MINUTES": ngettext("for %(n)s minute", "for %(n)s minutes", int(number)),
    }
    return words.get(unit, "%(n)s") % {"n": number}


def counted(firing: RuleFiring) -> list[tuple[str, str]]:
    """What the rule had counted when it fired, of what it asks for: label and value; reads `rule.collector`."""
    collector = firing.rule.collector.type
    asked = [one.get("key", "") for one in firing.conditions]
    asked += [(firing.action.get("parameters") or {}).get("from_field", "")]
    names = dict.fromkeys(FIELD_ALIASES.get(key, key) for key in asked)
    return [(figure_in_words(collector, key), _plain(firing.figures[key])) for key in names
            if firing.figures.get(key) is not None]  # fmt: skip


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def firing_in_words(firing: RuleFiring) -> str:
    return rule_in_words(firing.rule.collector.type, firing.conditions, firing.action)


def place_of(restriction: Restriction) -> str:
    """Where it holds; reads `pool` and `project`."""
    if restriction.scope == Restriction.Scope.POOL:
        return _("Pool “%(name)s”") % {"name": restriction.pool}
    if restriction.scope == Restriction.Scope.PROJECT:
        return _("Project “%(name)s”") % {"name": restriction.project}
    return _("All projects")


def moment_in_words(moment: Moment) -> str:
    """One sentence without the time."""
    if moment.kind == "fired":
        said = _("A rule fired in shadow, and did nothing") if moment.subject.shadow else _("A rule fired")
        return f"{said}: {firing_in_words(moment.subject)}"
    if moment.kind == "skill":
        return skill_change_in_words(moment.subject)
    if moment.kind in ("restricted", "lifted", "undone", "ended"):
        return _restriction_moment(moment)
    return _work_in_words(moment)


def _restriction_moment(moment: Moment) -> str:
    said = {
        "restricted": _("Restricted: %(place)s"), "lifted": _("Let in again before the time: %(place)s"),
        "undone": _("Restriction undone: %(place)s"), "ended": _("The restriction ended: %(place)s"),
    }[moment.kind]  # fmt: skip
    return said % {"place": place_of(moment.subject)}


def skill_change_in_words(change: SkillChange) -> str:
    """Reads `skill`."""
    values = {"skill": change.skill.name, "before": number(change.before), "after": number(change.after)}
    if change.after is None:
        return _("Skill “%(skill)s” taken away: it was %(before)s") % values
    if change.before is None:
        return _("Skill “%(skill)s” set to %(after)s") % values
    return _("Skill “%(skill)s” from %(before)s to %(after)s") % values


def number(value: Any) -> str:
    """A skill's exact value, at most two digits behind the point."""
    return "" if value is None else f"{float(value):.2f}".rstrip("0").rstrip(".")


def cause_in_words(cause: Mapping[str, Any]) -> str:
    if cause.get("by") == "hand":
        return _("by hand, %(who)s") % {"who": cause["user"]} if cause.get("user") else _("by hand, over the API")
    return {"rule": _("by a rule"), "training": _("by a training")}.get(cause.get("by", ""), "")


def _work_in_words(moment: Moment) -> str:
    pool, facts = moment.subject.pool.private_name, moment.subject.facts
    if moment.kind == K.SUBMITTED:
        took = {"pool": pool, "seconds": f"{facts.get('seconds', 0):.0f}"}
        return _("Submitted a page of “%(pool)s” after %(seconds)s s") % took
    if moment.kind in (K.CONTROL, K.MAJORITY, K.AUDIT):
        return _found_in_words(moment, pool)
    said = {
        K.SKIPPED: _("Skipped a page of “%(pool)s”"),
        K.EXPIRED: _("Let the time run out, or gave a page back, in “%(pool)s”"),
        K.ACCEPTED: _("A page of “%(pool)s” was accepted"), K.REJECTED: _("A page of “%(pool)s” was rejected"),
        K.ACCESS: _("Lost access to “%(pool)s”"),
    }.get(moment.kind, moment.kind)  # fmt: skip
    return said % {"pool": pool}


def _found_in_words(moment: Moment, pool: str) -> str:
    labels = {"right": _("right"), "wrong": _("wrong"), "accepted": _("accepted"), "fixed": _("fixed"),
              "rejected": _("rejected"), "undone": _("undone")}  # fmt: skip
    found = ", ".join(f"{number} {labels.get(name, name)}" for name, number in sorted(moment.counts.items()))
    said = {
        K.CONTROL: _("Control tasks in “%(pool)s”: %(found)s"), K.MAJORITY: _("Majority vote in “%(pool)s”: %(found)s"),
        K.AUDIT: _("Audit of answers in “%(pool)s”: %(found)s"),
    }[moment.kind]  # fmt: skip
    return said % {"pool": pool, "found": found}
