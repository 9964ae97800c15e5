"""The form of a project's own fields: what its `output_spec` names, each with the control that fits its type.

It serves every type without a form of its own whose project has such a specification (`Project.task_fields`); without
one the response is edited as JSON.
"""

from collections.abc import Iterator
from typing import Any

from audits.task_types.base import TaskType
from audits.task_types.fields.values import value_problems
from labelops.errors import InvalidInput

TYPES: tuple[TaskType, ...] = ()
TEMPLATE = "task_types/fields/editor.html"


def form_of(kind: TaskType, task_fields: dict[str, Any] | None) -> tuple[str, dict[str, Any] | None]:
    """The template of a task of this type, and what its script reads as `schema`."""
    if asks_by_fields(kind, task_fields):
        return TEMPLATE, task_fields
    return kind.template, kind.response_schema if kind.shows_schema else None


def asks_by_fields(kind: TaskType, task_fields: dict[str, Any] | None) -> bool:
    return not kind.has_form and bool((task_fields or {}).get("output_spec"))


def check_fields(kind: TaskType, task_fields: dict[str, Any] | None, response: dict[str, Any]) -> None:
    """Raises InvalidInput (`response.<field>`) where a person's response is not what the project's fields ask for.

    Fields that they do not name are as they were: nobody is shown them to be changed.
    """
    if asks_by_fields(kind, task_fields):
        problems = value_problems(task_fields["output_spec"], response, "response", by_hand=True)
        if problems:
            told = {problem.path: problem.message for problem in reversed(problems)}
            first = problems[0]
            raise InvalidInput(f"{first.path.removeprefix('response.')}: {first.message}", fields=told)


def fields_like(values: dict[str, Any]) -> dict[str, Any]:
    """A specification that such values fit, `{name: {type, required}}`: for a form where the project has none."""
    return {name: {"type": _kind_of(value), "required": isinstance(value, bool)} for name, value in values.items()}


def _kind_of(value: Any) -> str:
    if isinstance(value, list):
        return "array_string" if value and all(isinstance(one, str) for one in value) else "json"
    if isinstance(value, str):
        return "url" if value.startswith(("https://", "http://")) else "string"
    return {bool: "boolean", int: "integer", float: "float"}.get(type(value), "json")


def addresses_in(params: dict[str, Any]) -> list[str]:
    """The http(s) addresses among the values of a task's input, in lists too: what its form may show as pictures."""
    return [text for value in params.values() for text in _texts(value) if text.startswith(("https://", "http://"))]


def _texts(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str):
            yield one
