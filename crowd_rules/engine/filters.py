"""The wire's filters: `{"and": [{"or": [{category, key, operator, value}, …]}, …]}`, empty for everybody.

The database judges them where work is handed out (`crowd_rules_filter_holds`); here they are checked and read.
"""

from collections.abc import Iterator
from typing import Any

from crowd_rules.engine.sentences import say as _

CATEGORIES = ("profile", "computed", "skill")
OPERATORS = ("EQ", "NE", "GT", "GTE", "LT", "LTE", "IN", "NOT_IN")
LONGEST = 10_000


def conditions_of(filter: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for clause in filter.get("and", []):
        yield from clause.get("or", [])


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
        if not isinstance(clause, dict) or not isinstance(clause.get("or"), list):
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
    value = condition.get("value")
    if condition["category"] == "skill" and value is not None:
        try:
            float(value)
        except (TypeError, ValueError):
            return _("Compare a skill with a number, or with nothing (null).")
    return ""
