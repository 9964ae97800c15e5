"""Texts in named fields, with rows where the task asks for several of the same: {"fields": {...}, "rows": [{...}]}.

`transcription` and `datacollection` answer in the same shape; a transcript may also stand by itself, as "transcript".
"""

from dataclasses import dataclass
from typing import Any

from audits.task_types.base import TaskType, read_schema
from audits.task_types.difference import Difference, compare_json
from audits.task_types.textcollection.sample import field_names, sample_fields

SCHEMA = read_schema(__file__)


@dataclass(frozen=True)
class TextCollection(TaskType):
    def surely_fits(self, response: Any) -> bool:
        return isinstance(response, dict) and not response.keys() & {"fields", "rows"}

    def compare(self, before: Any, after: Any) -> Difference:
        return Difference(compare_json(before, after).changes, "field")

    def sample_response(self, params: dict[str, Any]) -> dict[str, Any]:
        return sample_fields(params) if field_names(params) else {"fields": {"text": "sample"}}


TYPES = (
    TextCollection("textcollection", "Text collection", response_schema=SCHEMA, form="textcollection"),
    TextCollection("transcription", "Transcription", needs_attachment=True, response_schema=SCHEMA,
                   form="textcollection"),
    TextCollection("datacollection", "Data collection", needs_attachment=True, response_schema=SCHEMA,
                   form="textcollection"),
)  # fmt: skip
