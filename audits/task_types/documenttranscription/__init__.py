"""What stands where on the pages of a document: {"annotations": [{"label", "text", "page", "left", "top", …}]}.

`page` counts from 0; a place is a box or `vertices`, in pixels of the page, and may be missing. Fields without a place
may also stand in "fields": {name: text}.
"""

from dataclasses import dataclass
from typing import Any

from audits.task_types.base import TaskType, read_schema
from audits.task_types.difference import Difference
from audits.task_types.documenttranscription.difference import compare_document
from audits.task_types.documenttranscription.sample import sample_document

SCHEMA = read_schema(__file__)


@dataclass(frozen=True)
class DocumentTranscription(TaskType):
    def compare(self, before: Any, after: Any) -> Difference:
        return compare_document(before, after)

    def sample_response(self, params: dict[str, Any]) -> dict[str, Any]:
        return sample_document(params)


TYPES = (
    DocumentTranscription("documenttranscription", "Document transcription", needs_attachment=True,
                          response_schema=SCHEMA, form="documenttranscription"),
)  # fmt: skip
