"""From which choice to which; whatever else is in the response is compared as JSON."""

from typing import Any

from audits.task_types.difference import Change, Difference, compare_json, in_words


def compare_choice(before: Any, after: Any) -> Difference:
    old, new = _choice(before), _choice(after)
    changes = () if old == new else (Change("changed", f"{in_words(old)} → {in_words(new)}"),)
    return Difference(changes + compare_json(_rest(before), _rest(after)).changes, "choice")


def _choice(response: Any) -> Any:
    return response.get("choice") if isinstance(response, dict) else None


def _rest(response: Any) -> dict[str, Any]:
    return {key: value for key, value in response.items() if key != "choice"} if isinstance(response, dict) else {}
