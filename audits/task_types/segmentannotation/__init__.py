"""Every pixel has a label: a picture of colours over the picture, and which label each colour is.

{"annotations": {"combined": {"image": address}}, "labelMapping": {label: {"color": "#rrggbb"}}}; single labels may have
pictures of their own, as {"annotations": {label: address}}.
"""

from typing import Any

from audits.task_types.base import TaskType, read_schema

SCHEMA = read_schema(__file__)


def pictures_in(response: Any) -> list[str]:
    """The addresses of its masks: the combined one, or one for each label."""
    given = response.get("annotations") if isinstance(response, dict) else None
    masks = list(given.values()) if isinstance(given, dict) else []
    found = [mask.get("image") or mask.get("url") if isinstance(mask, dict) else mask for mask in masks]
    return [address for address in found if isinstance(address, str)]


TYPES = (
    TaskType("segmentannotation", "Segmentation", needs_attachment=True, response_schema=SCHEMA,
             form="segmentannotation", shows_schema=True, pictures_in=pictures_in),
)  # fmt: skip
