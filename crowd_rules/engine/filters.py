"""The wire's filters: `{"and": [{"or": [{category, key, operator, value}, …]}, …]}`, empty for everybody.

The database judges them where work is handed out (`crowd_rules_filter_holds`); here they are checked and read.
"""

from collections.abc import Iterator
from typing import Any

from crowd_rules.engine.sentences import say as _
from crowd_rules.engine.validation import NUMBER
from crowd_rules.engine.vocabulary import IDENTITY, ORDERED

CATEGORIES = ("profile", "computed", "skill")
OPERATORS = ("EQ", "NE", "GT", "GTE", "LT", "LTE", "IN", "NOT_IN")
LONGEST = 10_000


def conditions_of(filter: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for clause in filter.get("and", []):
        yield from clause.get("or", [])


def skill_conditions(filter: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """(path, key) of each condition on a skill, of a filter without problems."""
    for number, clause in enumerate((filter or {}).get("and", [])):
        for place, condition in enumerate(clause["or"]):
            if condition["category"] == "skill":
                yield f"filter.and.{number}.or.{place}", condition["key"]


def skills_in(filter: dict[str, Any]) -> set[str]:
    """Ids of the skills that the filter asks for, as 32 hexadecimal digits."""
    return {
        str(condition["key"]).replace("-", "").lower()
        for condition in conditions_of(filter)
        if condition.get("category") == "skill"
    }


def filter_problems(filter: Any) -> dict[str, str]:
    """What is wrong, by the path of the field; empty where nothing is."""
    if not filter:
        return {}
    if not isinstance(filter, dict) or set(filter) != {"and"} or not isinstance(filter["and"], list):
        return {"filter": _("A filter is {“and”: [{“or”: [conditions]}]}.")}
    if len(str(filter)) > LONGEST:
        return {"filter": _("A filter has at most %(most)s characters.", most=LONGEST)}
    problems: dict[str, str] = {}
    for number, clause in enumerate(filter["and"]):
        if not isinstance(clause, dict) or not isinstance(clause.get("or"), list) or not clause["or"]:
            problems[f"filter.and.{number}"] = _("Give {“or”: [conditions]}.")
            continue
        for place, condition in enumerate(clause["or"]):
            if sentence := _problem(condition):
                problems[f"filter.and.{number}.or.{place}"] = sentence
    return problems


def _problem(condition: Any) -> str:
    if not isinstance(condition, dict):
        return _("A condition is an object.")
    if condition.get("category") not in CATEGORIES:
        return _("%(name)s is one of %(choices)s.", name="category", choices=", ".join(CATEGORIES))
    if not isinstance(condition.get("key"), str) or not condition["key"]:
        return _("Name the skill or the property (key).")
    if condition.get("operator") not in OPERATORS:
        return _("%(name)s is one of %(choices)s.", name="operator", choices=", ".join(OPERATORS))
    return _skill_problem(condition) if condition["category"] == "skill" else ""


def _skill_problem(condition: dict[str, Any]) -> str:
    """The database reads the value as a number: what it could not read would close every list of pools."""
    value, operator = condition.get("value"), condition["operator"]
    if operator in ("IN", "NOT_IN"):
        return _("Compare a skill by one of %(choices)s.", choices=", ".join(ORDERED))
    if value is None:
        return "" if operator in IDENTITY else _("Nothing (null) can only be equal or not: EQ or NE.")
    is_number = not isinstance(value, bool) and NUMBER.fullmatch(str(value))
    return "" if is_number else _("Compare a skill with a number, or with nothing (null).")
