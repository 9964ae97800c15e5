"""Spans of a text with labels: {"annotations": [{"start", "end", "text", "label"}]}.

`start` and `end` count characters (code points, as Python does), `end` exclusive. Spans may overlap.
"""

from dataclasses import dataclass
from typing import Any

from audits.task_types.base import TaskType, read_schema
from audits.task_types.difference import Difference
from audits.task_types.namedentityrecognition.difference import compare_spans
from audits.task_types.namedentityrecognition.sample import labels_of, sample_span
from labelops.errors import InvalidInput

SCHEMA = read_schema(__file__)


@dataclass(frozen=True)
class NamedEntities(TaskType):
    def check_response(self, params: dict[str, Any], response: Any) -> None:
        super().check_response(params, response)
        text, labels = str(params.get("text", "")), labels_of(params)
        for number, span in enumerate(response.get("annotations", [])):
            place = f"annotations/{number}"
            if not 0 <= span["start"] < span["end"] <= len(text):
                raise InvalidInput(f"The response is not valid at {place}: the text has {len(text)} characters.")
            if labels and span.get("label") not in labels:
                raise InvalidInput(f"The response is not valid at {place}/label: use one of {', '.join(labels)[:300]}.")

    def compare(self, before: Any, after: Any) -> Difference:
        return compare_spans(before, after)

    def sample_response(self, params: dict[str, Any]) -> dict[str, Any]:
        return sample_span(params)


TYPES = (
    NamedEntities("namedentityrecognition", "Named entities", required=("text", "labels"), response_schema=SCHEMA,
                  form="namedentityrecognition"),
)  # fmt: skip
