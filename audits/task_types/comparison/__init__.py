"""Two or more things beside each other and a choice among them: {"choice": "b"}, with further fields as they are."""

from dataclasses import dataclass
from typing import Any

from audits.task_types.base import TaskType, read_schema
from audits.task_types.comparison.difference import compare_choice
from audits.task_types.comparison.sample import choices_of
from audits.task_types.difference import Difference
from labelops.errors import InvalidInput

SCHEMA = read_schema(__file__)


@dataclass(frozen=True)
class Comparison(TaskType):
    def surely_fits(self, response: Any) -> bool:
        return isinstance(response, dict) and "choice" not in response

    def check_response(self, params: dict[str, Any], response: Any) -> None:
        super().check_response(params, response)
        offered, choice = choices_of(params), response.get("choice")
        if offered and choice is not None and choice not in offered:
            raise InvalidInput(f"The response is not valid at choice: use one of {', '.join(offered)[:300]}.")

    def compare(self, before: Any, after: Any) -> Difference:
        return compare_choice(before, after)

    def sample_response(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"choice": (choices_of(params) or ["1"])[0]}


TYPES = (Comparison("comparison", "Comparison", response_schema=SCHEMA, form="comparison"),)
