"""One or several of the given categories: {"category": "a"} or {"category": ["a", "b"]} or {"categories": [...]}."""

from dataclasses import dataclass
from typing import Any

from audits.task_types.base import TaskType, read_schema
from audits.task_types.categorization.difference import compare_categories
from audits.task_types.difference import Difference
from labelops.errors import InvalidInput

SCHEMA = read_schema(__file__)


def categories_of(params: dict[str, Any]) -> list[str]:
    """The names a task offers, in order; empty where its parameters name none."""
    given = params.get("categories")
    entries = given if isinstance(given, list) else []
    return [
        str(entry.get("name", entry.get("value", ""))) if isinstance(entry, dict) else str(entry) for entry in entries
    ]


@dataclass(frozen=True)
class Categorization(TaskType):
    def surely_fits(self, response: Any) -> bool:
        return isinstance(response, dict) and response.keys() == {"category"} and isinstance(response["category"], str)

    def check_response(self, params: dict[str, Any], response: Any) -> None:
        offered = params.get("categories")
        if self.surely_fits(response) and isinstance(offered, list) and response["category"] in offered:
            return
        super().check_response(params, response)
        offered = categories_of(params)
        for key in ("category", "categories"):
            given = response.get(key, [])
            for name in [given] if isinstance(given, str) else given:
                if offered and name not in offered:
                    raise InvalidInput(
                        f"The response is not valid at {key}: “{name[:100]}” is none of {', '.join(offered)[:300]}."
                    )

    def compare(self, before: Any, after: Any) -> Difference:
        return compare_categories(before, after)

    def sample_response(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"category": (categories_of(params) or ["sample"])[0]}


TYPES = (
    Categorization("categorization", "Categorization", needs_attachment=True, response_schema=SCHEMA,
                   form="categorization"),
)  # fmt: skip
