"""Checks rules as they come on the wire, by the catalogue. A rule is whole or it is refused."""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from crowd_rules.engine.actions import ACTIONS, FIELD_ALIASES
from crowd_rules.engine.collectors import COLLECTORS, HISTORY, STORED_ONLY, Collector
from crowd_rules.engine.sentences import say as _
from crowd_rules.engine.sentences import say_number as ngettext
from crowd_rules.engine.vocabulary import Figure, Kind, Parameter

UUID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# No exponent: 1e999999999 as a fraction would fill the memory.
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
# The one parameter that is read of every collector, whoever knows what it means: it must be a number all the same.
ANY_WINDOW = replace(HISTORY, least=0, most=2**31 - 1)
# Of the column that keeps a collector's type.
LONGEST_TYPE = 64


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: `configs.0.rules.1.action.parameters.duration`. `code` is one of the wire's.

    `message` is English; a Sentence of the engine can be said in other languages too.
    """

    path: str
    code: str
    message: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Setting:
    """What a rule is checked against. `skills`: known ids (32 hexadecimal digits); None: any."""

    auto_accept: bool = True
    skills: Container[str] | None = None


@dataclass
class _Check:
    setting: Setting
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: str, code: str, message: str, *params: Any) -> None:
        self.problems.append(Problem(path, code, message, params))


def check_configs(configs: Any, setting: Setting) -> list[Problem]:
    """All that is wrong with a `configs` list; empty: it may be saved."""
    check = _Check(setting)
    if not isinstance(configs, list):
        check.add("configs", "ARRAY_EXPECTED", _("Give the rules as a list."))
        return check.problems
    for number, config in enumerate(configs):
        _check_config(check, f"configs.{number}", config)
    return check.problems


def check_rule(collector_type: str, rule: Any, setting: Setting) -> list[Problem]:
    """As `check_configs`, for the one rule of a form: paths begin with `conditions` or `action`."""
    check = _Check(setting)
    collector = COLLECTORS.get(collector_type)
    if collector is None:
        check.add("collector", "UNKNOWN_ENUM_VALUE", _("Choose what is counted."))
    else:
        _check_rule(check, "", collector, rule)
    return check.problems


def _check_config(check: _Check, path: str, config: Any) -> None:
    body = config.get("collector_config") if isinstance(config, dict) else None
    if not isinstance(body, dict):
        return check.add(f"{path}.collector_config", "VALUE_REQUIRED", _("Say what is counted."))
    kind = body.get("type")
    if not isinstance(kind, str) or not kind:
        return check.add(f"{path}.collector_config.type", "VALUE_REQUIRED", _("Say what is counted."))
    if body.get("uuid") not in (None, "") and not UUID.fullmatch(str(body["uuid"])):
        check.add(f"{path}.collector_config.uuid", "UUID_EXPECTED", _("This is no UUID."))
    if kind not in COLLECTORS:
        # Kept as it came and never judged: a newer client may know more than we do.
        return _check_shape(check, path, kind, config)
    collector = COLLECTORS[kind]
    given = body.get("parameters") or {}
    check_parameters(check, f"{path}.collector_config.parameters", collector.parameters, given)
    if not collector.has_window and isinstance(given, dict) and given.get("history_size") not in (None, ""):
        check.add(f"{path}.collector_config.parameters.history_size", "VALUE_NOT_ALLOWED",
                  _("“%(collector)s” has no recent values.", collector=_(collector.label)))  # fmt: skip
    rules = config.get("rules")
    if not isinstance(rules, list) or not rules:
        return check.add(f"{path}.rules", "VALUE_REQUIRED", _("Add at least one rule."))
    for number, rule in enumerate(rules):
        _check_rule(check, f"{path}.rules.{number}.", collector, rule)
    return None


def _check_shape(check: _Check, path: str, kind: str, config: dict[str, Any]) -> None:
    """Of what is only kept: that it is built as rules are, and no name is longer than its column."""
    if len(kind) > LONGEST_TYPE:
        check.add(f"{path}.collector_config.type", "STRING_LENGTH_GREATER_THAN_MAX", too_long(LONGEST_TYPE))
    given = config["collector_config"].get("parameters")
    if _check_object(check, f"{path}.collector_config.parameters", given):
        check_parameters(check, f"{path}.collector_config.parameters", (ANY_WINDOW,), given or {})
    rules = config.get("rules") or []
    if not isinstance(rules, list):
        return check.add(f"{path}.rules", "ARRAY_EXPECTED", _("Give a list."))
    for number, rule in enumerate(rules):
        place = f"{path}.rules.{number}"
        if not isinstance(rule, dict):
            check.add(place, "OBJECT_EXPECTED", _("A rule is an object."))
            continue
        if not isinstance(rule.get("conditions") or [], list):
            check.add(f"{place}.conditions", "ARRAY_EXPECTED", _("Give a list."))
        if _check_object(check, f"{place}.action", rule.get("action")):
            _check_object(check, f"{place}.action.parameters", (rule.get("action") or {}).get("parameters"))
        _check_shadow(check, f"{place}.", rule)
    return None


def _check_object(check: _Check, path: str, value: Any) -> bool:
    """Whether it is an object, or not there."""
    if value is not None and not isinstance(value, dict):
        check.add(path, "OBJECT_EXPECTED", _("Give an object."))
        return False
    return True


def _check_shadow(check: _Check, path: str, rule: dict[str, Any]) -> None:
    if not isinstance(rule.get("shadow"), bool | None):
        check.add(f"{path}shadow", "BOOLEAN_EXPECTED", _("Say true or false."))


def _check_rule(check: _Check, path: str, collector: Collector, rule: Any) -> None:
    if not isinstance(rule, dict):
        return check.add(path.rstrip("."), "OBJECT_EXPECTED", _("A rule is an object."))
    _check_shadow(check, path, rule)
    conditions = rule.get("conditions")
    if not isinstance(conditions, list) or not conditions:
        check.add(f"{path}conditions", "VALUE_REQUIRED", _("Add at least one condition."))
    else:
        for number, condition in enumerate(conditions):
            _check_condition(check, f"{path}conditions.{number}", collector, condition)
    _check_action(check, f"{path}action", collector, rule.get("action"))
    return None


def _check_condition(check: _Check, path: str, collector: Collector, condition: Any) -> None:
    if not isinstance(condition, dict):
        return check.add(path, "OBJECT_EXPECTED", _("A condition is an object."))
    key = condition.get("key")
    if key in (None, ""):
        return check.add(f"{path}.key", "VALUE_REQUIRED", _("Choose what the condition is about."))
    figure = collector.named.get(FIELD_ALIASES.get(key, key)) if isinstance(key, str) else None
    if figure is None:
        return check.add(f"{path}.key", "VALUE_NOT_ALLOWED",
                         _("“%(collector)s” does not know %(key)s: %(known)s.", collector=_(collector.label),
                           key=repr(key), known=", ".join(collector.named)))  # fmt: skip
    operator = condition.get("operator")
    if operator in (None, ""):
        check.add(f"{path}.operator", "VALUE_REQUIRED", _("Choose how to compare."))
    elif operator not in figure.operators:
        sentence = _("Compare by one of %(choices)s.", choices=", ".join(figure.operators))
        check.add(f"{path}.operator", "UNKNOWN_ENUM_VALUE", sentence)
    _check_figure_value(check, f"{path}.value", figure, condition.get("value"))
    return None


def _check_figure_value(check: _Check, path: str, figure: Figure, value: Any) -> None:
    if value in (None, ""):
        return check.add(path, "VALUE_REQUIRED", _("Give a value."))
    if figure.kind == Kind.CHOICE:
        if value not in figure.choices:
            check.add(path, "UNKNOWN_ENUM_VALUE", _one_of(figure.choices))
        return None
    if figure.kind == Kind.SKILL:
        return _check_skill(check, path, value)
    most = 100 if figure.kind == Kind.RATE else None
    return _check_number(check, path, value, least=0, most=most, whole=figure.kind == Kind.COUNT)


def _check_action(check: _Check, path: str, collector: Collector, action: Any) -> None:
    if not isinstance(action, dict) or not action.get("type"):
        return check.add(f"{path}.type", "VALUE_REQUIRED", _("Choose what happens then."))
    known = ACTIONS.get(action["type"]) if isinstance(action["type"], str) else None
    if known is None:
        return check.add(f"{path}.type", "UNKNOWN_ENUM_VALUE",
                         _("There is no action %(action)s.", action=repr(action["type"])))  # fmt: skip
    if known.type not in collector.actions:
        return check.add(f"{path}.type", "VALUE_NOT_ALLOWED", _("“%(collector)s” cannot do “%(action)s”.",
                         collector=_(collector.label), action=_(known.label)))  # fmt: skip
    if known.needs_review and check.setting.auto_accept:
        return check.add(f"{path}.type", "VALUE_NOT_ALLOWED", _(
            "“%(action)s” needs a pool with non-automatic acceptance.", action=_(known.label)))  # fmt: skip
    given = action.get("parameters") or {}
    check_parameters(check, f"{path}.parameters", known.parameters, given)
    if known.type == "SET_SKILL_FROM_OUTPUT_FIELD" and isinstance(given, dict):
        name = given.get("from_field")
        if name is None or name == "":
            return None
        if not isinstance(name, str) or FIELD_ALIASES.get(name, name) not in collector.rates:
            check.add(f"{path}.parameters.from_field", "VALUE_NOT_ALLOWED", _one_of(collector.rates))
    return None


def check_parameters(check: _Check, path: str, known: tuple[Parameter, ...], given: Any) -> None:
    if not isinstance(given, dict):
        return check.add(path, "OBJECT_EXPECTED", _("Parameters are an object."))
    for parameter in known:
        value, place = given.get(parameter.name), f"{path}.{parameter.name}"
        if value is None or value == "":
            needless = parameter.needless_if and given.get(parameter.needless_if[0]) == parameter.needless_if[1]
            if (parameter.required and not needless) or (value == "" and not parameter.may_be_blank):
                check.add(place, "VALUE_REQUIRED", _("Fill in “%(name)s”.", name=_(parameter.label)))
        else:
            _check_parameter(check, place, parameter, value)
    return None


def _check_parameter(check: _Check, path: str, parameter: Parameter, value: Any) -> None:
    kind = parameter.kind
    if kind == Kind.CHOICE:
        if parameter.choices and value not in parameter.choices:
            check.add(path, "UNKNOWN_ENUM_VALUE", _one_of(parameter.choices))
    elif kind == Kind.BOOLEAN:
        if not isinstance(value, bool):
            check.add(path, "BOOLEAN_EXPECTED", _("Say true or false."))
    elif kind == Kind.SKILL:
        _check_skill(check, path, value)
    elif kind == Kind.TEXT:
        _check_text(check, path, parameter, value)
    else:
        _check_number(check, path, value, least=parameter.least, most=parameter.most, whole=kind == Kind.COUNT)


def _one_of(choices: Iterable[str]) -> str:
    return _("Choose one of %(choices)s.", choices=", ".join(choices))


def too_long(most: float) -> str:
    """What is said of a text with more characters than that."""
    return ngettext("At most %(number)s character.", "At most %(number)s characters.", int(most))


def _check_text(check: _Check, path: str, parameter: Parameter, value: Any) -> None:
    if not isinstance(value, str):
        check.add(path, "STRING_EXPECTED", _("Give a text."))
    elif parameter.most and len(value) > parameter.most:
        check.add(path, "STRING_LENGTH_GREATER_THAN_MAX", too_long(parameter.most), parameter.most)


def _check_skill(check: _Check, path: str, value: Any) -> None:
    known = check.setting.skills
    if not isinstance(value, str) or (known is not None and value.replace("-", "").lower() not in known):
        check.add(path, "ENTITY_DOES_NOT_EXIST", _("There is no such skill."))


def _check_number(
    check: _Check, path: str, value: Any, *, least: float | None, most: float | None, whole: bool
) -> None:
    """Numbers come as numbers or as their text: the wire's own examples have both."""
    number = Fraction(str(value)) if not isinstance(value, bool) and NUMBER.fullmatch(str(value)) else None
    if number is None or (whole and number.denominator != 1):
        code = "INTEGER_EXPECTED" if whole else "FLOAT_EXPECTED"
        check.add(path, code, _("Give a whole number.") if whole else _("Give a number."))
    elif least is not None and number < Fraction(str(least)):
        check.add(path, "VALUE_LESS_THAN_MIN", _("At least %(least)s.", least=least), least)
    elif most is not None and number > Fraction(str(most)):
        check.add(path, "VALUE_GREATER_THAN_MAX", _("At most %(most)s.", most=most), most)


def is_judged(collector_type: str) -> bool:
    """Whether this type does anything here; others are kept for the wire."""
    return collector_type in COLLECTORS and collector_type not in STORED_ONLY
