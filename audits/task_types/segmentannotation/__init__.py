"""Every pixel has a label: pictures of colours or numbers over the picture, and which label each of them is.

{"annotations": {"combined": {"image": address, "indexedImage": address}}, "labelMapping": {label: {"color": "#rrggbb",
"index": number}}}; single labels may have pictures of their own, as {"annotations": {label: address}}. What is painted
here comes as data: addresses of PNG pictures in the same places, with `repainted` beside them: see difference.py.
"""

from dataclasses import dataclass
from typing import Any

from audits.task_types.base import TaskType, read_schema
from audits.task_types.difference import Difference
from audits.task_types.segmentannotation.difference import compare_segments

SCHEMA = read_schema(__file__)


def pictures_in(response: Any) -> list[str]:
    """The addresses of its masks: the combined ones, or one for each label."""
    given = response.get("annotations") if isinstance(response, dict) else None
    masks = list(given.values()) if isinstance(given, dict) else []
    found = [mask.get("image") or mask.get("url") if isinstance(mask, dict) else mask for mask in masks]
    found += [mask.get("indexedImage") for mask in masks if isinstance(mask, dict)]
    return [address for address in found if isinstance(address, str)]


@dataclass(frozen=True)
class Segmentation(TaskType):
    draws_changes: bool = True

    def compare(self, before: Any, after: Any) -> Difference:
        return compare_segments(before, after)


TYPES = (
    Segmentation("segmentannotation", "Segmentation", needs_attachment=True, response_schema=SCHEMA,
                 form="segmentannotation", shows_schema=True, pictures_in=pictures_in),
)  # fmt: skip
