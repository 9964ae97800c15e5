"""Answers of the API to somebody who has one of the tasks in hand for a second audit: without its first verdict."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request

from audits.services.blindness import blind_json, blind_tasks

# Where an answer holds tasks beside being one.
PLACES = ("docs", "tasks")


def hide_first_verdicts(request: Request, data: Any) -> Any:
    """The answer, with each task that its caller must judge blind cut short. No statement where none was audited."""
    told = [one for one in _tasks(data) if _tells(one)]
    if not told or getattr(request, "membership", None) is None:
        return data
    hidden = {task_id.hex for task_id in blind_tasks(request.membership)}
    if not hidden & {_id(one) for one in told}:
        return data
    return _cut(data, hidden)


def _tasks(data: Any) -> list[dict[str, Any]]:
    if not isinstance(data, dict):
        return []
    rows = [data, data.get("task"), *(row for place in PLACES for row in _list(data.get(place)))]
    return [row for row in rows if isinstance(row, dict) and "task_id" in row]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _tells(task: dict[str, Any]) -> bool:
    # The second version of the dialect has no verdicts, but its response may be the one of a fix.
    return "customer_review_status" in task or ("threads" in task and "response" in task)


def _id(task: dict[str, Any]) -> str:
    value = task["task_id"]
    return value.hex if isinstance(value, UUID) else str(value)


def _cut(data: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    found = blind_json(data) if "task_id" in data and _id(data) in hidden and _tells(data) else dict(data)
    if isinstance(found.get("task"), dict):
        found["task"] = _cut(found["task"], hidden)
    for place in PLACES:
        if isinstance(found.get(place), list):
            found[place] = [_cut(one, hidden) if isinstance(one, dict) else one for one in found[place]]
    return found
