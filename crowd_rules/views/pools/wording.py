"""Rules as sentences, by the catalogue. What newer clients sent, or an odd row, is shown as it is, never refused."""

from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crowd_rules.engine.actions import ACTIONS, FIELD_ALIASES
from crowd_rules.engine.collectors import COLLECTORS
from crowd_rules.engine.vocabulary import SIGNS, Figure, Kind

Skills = dict[str, str]
"""Names by the skill's id (32 hexadecimal digits)."""


@dataclass(frozen=True)
class Sentence:
    """If all `conditions`, then `action`; `counted`: the collector and its parameters."""

    counted: str
    conditions: list[str]
    action: str
    reason: str = ""


def sentence_of(collector: str, parameters: Any, conditions: Any, action: Any, skills: Skills) -> Sentence:
    action = action if isinstance(action, dict) else {}
    given = action.get("parameters") if isinstance(action.get("parameters"), dict) else {}
    return Sentence(
        _counted(collector, parameters if isinstance(parameters, dict) else {}),
        [condition_words(collector, one, skills) for one in conditions or () if isinstance(one, dict)],
        action_words(collector, str(action.get("type", "")), given, skills),
        str(given.get("private_comment") or ""),
    )


def _counted(collector: str, parameters: dict[str, Any]) -> str:
    known = COLLECTORS.get(collector)
    if known is None:
        return collector
    given = [(one.label, parameters[one.name]) for one in known.parameters if parameters.get(one.name)]
    return ", ".join([_(known.label), *(f"{_(label)}: {value}" for label, value in given)])


def figure_of(collector: str, key: Any) -> Figure | None:
    known = COLLECTORS.get(collector)
    return known.named.get(FIELD_ALIASES.get(str(key), str(key))) if known else None


def condition_words(collector: str, condition: dict[str, Any], skills: Skills) -> str:
    key, value = condition.get("key", ""), condition.get("value", "")
    figure = figure_of(collector, key)
    value = "…" if value in ("", None) else value
    sign = SIGNS.get(str(condition.get("operator")), str(condition.get("operator", "")))
    if figure is None:
        return f"{key} {sign} {value}"
    return f"{_(figure.label)} {sign} {_value_words(figure, value, skills)}"


def _value_words(figure: Figure, value: Any, skills: Skills) -> str:
    if figure.kind == Kind.CHOICE and value in figure.choices and figure.labels:
        return _(figure.labels[figure.choices.index(value)])
    if figure.kind == Kind.SKILL:
        return skills.get(_hex(value), str(value))
    return f"{value} %" if figure.kind == Kind.RATE else str(value)


def _hex(value: Any) -> str:
    return str(value).replace("-", "").lower()


def figures_words(collector: str, figures: Any, conditions: Any = None) -> str:
    """The figures of a firing: what the rule has seen; with `conditions` only those that they are about."""
    found = []
    asked = {str(one.get("key")) for one in conditions or () if isinstance(one, dict)}
    asked |= {FIELD_ALIASES.get(one, one) for one in asked}
    for key, value in (figures if isinstance(figures, dict) else {}).items():
        figure = figure_of(collector, key)
        if value is not None and (conditions is None or key in asked):
            shown = number_format(round(value, 2)) if isinstance(value, float) else value
            found.append(f"{_(figure.label) if figure else key}: {shown}")
    return ", ".join(found)


def action_words(collector: str, type: str, given: dict[str, Any], skills: Skills) -> str:
    asked = given.get("skill_id")
    skill = skills.get(_hex(asked), _("a skill that is gone")) if asked else "…"
    if type in ("RESTRICTION", "RESTRICTION_V2"):
        return _restriction_words(given)
    if type == "SET_SKILL":
        return _("assign %(skill)s = %(value)s") % {"skill": f"“{skill}”", "value": given.get("skill_value", "…")}
    if type == "SET_SKILL_FROM_OUTPUT_FIELD":
        figure = figure_of(collector, given.get("from_field"))
        field = _(figure.label) if figure else given.get("from_field")
        return _("assign %(skill)s = %(value)s") % {"skill": f"“{skill}”", "value": field}
    if type == "CHANGE_OVERLAP":
        return _overlap_words(given)
    known = ACTIONS.get(type)
    label = _(known.label) if known else type
    return label[:1].lower() + label[1:] if known else label


def _restriction_words(given: dict[str, Any]) -> str:
    words = {
        "POOL": _("suspend from this pool %(time)s"),
        "PROJECT": _("ban from the project %(time)s"),
        "ALL_PROJECTS": _("ban from all of the requester's projects %(time)s"),
    }
    return words.get(str(given.get("scope")), _("restrict %(time)s")) % {"time": time_words(given)}


def time_words(given: dict[str, Any]) -> str:
    """For how long a restriction with these parameters holds."""
    unit = given.get("duration_unit") or ("DAYS" if given.get("duration_days") else "PERMANENT")
    number = given.get("duration") or given.get("duration_days") or "…"
    if unit == "PERMANENT":
        return _("for good")
    if unit == "MINUTES":
        return ngettext("for %(number)s minute", "for %(number)s minutes", _whole(number)) % {"number": number}
    if unit == "HOURS":
        return ngettext("for %(number)s hour", "for %(number)s hours", _whole(number)) % {"number": number}
    return ngettext("for %(number)s day", "for %(number)s days", _whole(number)) % {"number": number}


def _whole(number: Any) -> int:
    return int(number) if str(number).isdecimal() else 2


def _overlap_words(given: dict[str, Any]) -> str:
    delta = given.get("delta")
    words = {"delta": f"{delta:+d}" if isinstance(delta, int) else delta}
    if given.get("open_pool"):
        return _("overlap of the suite %(delta)s, and open the pool") % words
    return _("overlap of the suite %(delta)s") % words
