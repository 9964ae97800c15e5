"""From which categories to which; whatever else is in the response is compared as JSON."""

from typing import Any

from audits.task_types.difference import NOT_COMPARED, Change, Difference, compare_json, in_words

KEYS = ("category", "categories")


def compare_categories(before: Any, after: Any) -> Difference:
    old, new = _chosen(before), _chosen(after)
    changes = () if old == new else (Change("changed", f"{_list(old)} → {_list(new)}"),)
    return Difference(changes + compare_json(_rest(before), _rest(after)).changes, "category")


def _chosen(response: Any) -> list[str]:
    given = [response[key] for key in KEYS if isinstance(response, dict) and key in response]
    return [str(name) for value in given for name in (value if isinstance(value, list) else [value])]


def _list(names: list[str]) -> str:
    return in_words(", ".join(names))


def _rest(response: Any) -> dict[str, Any]:
    items = response.items() if isinstance(response, dict) else ()
    return {key: value for key, value in items if key not in (*KEYS, NOT_COMPARED)}
