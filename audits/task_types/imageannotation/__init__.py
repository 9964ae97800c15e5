"""Boxes (and other shapes, kept as they are) on an image, in pixels of the image: left, top, width, height."""

from dataclasses import dataclass
from typing import Any

from audits.task_types.base import TaskType
from audits.task_types.difference import Difference
from audits.task_types.imageannotation.difference import compare_annotations
from labelops.errors import InvalidInput

MOST_ANNOTATIONS = 50_000
FARTHEST = 10**7  # pixels
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["annotations"],
    "properties": {"annotations": {"type": "array", "maxItems": MOST_ANNOTATIONS, "items": {"type": "object"}}},
}
BOX = ("left", "top", "width", "height")


def labels_of(params: dict[str, Any]) -> list[str]:
    """The labels a task allows, in order; empty where it allows any."""
    geometries = params.get("geometries")
    lists = [geometry.get("objects_to_annotate") for geometry in _dicts(geometries)]
    lists.append(params.get("objects_to_annotate"))
    found: dict[str, None] = {}
    for names in lists:
        for name in names if isinstance(names, list) else []:
            found[_label(name)] = None
    return list(found)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [inner for inner in value.values() if isinstance(inner, dict)] if isinstance(value, dict) else []


def _label(entry: Any) -> str:
    return str(entry.get("choice", entry.get("name", ""))) if isinstance(entry, dict) else str(entry)


def check_box(place: str, box: dict[str, Any], labels: list[str]) -> None:
    for side in BOX:
        value = box.get(side)
        # Not `isfinite`: a whole number may be too large for it. NaN is in no range.
        if isinstance(value, bool) or not isinstance(value, int | float) or not -FARTHEST <= value <= FARTHEST:
            raise InvalidInput(f"The response is not valid at {place}/{side}: a number of pixels is needed.")
    if box["width"] <= 0 or box["height"] <= 0:
        raise InvalidInput(f"The response is not valid at {place}: width and height must be greater than 0.")
    if labels and box.get("label") not in labels:
        raise InvalidInput(f"The response is not valid at {place}/label: use one of {', '.join(labels)[:300]}.")


@dataclass(frozen=True)
class ImageAnnotation(TaskType):
    def surely_fits(self, response: Any) -> bool:
        annotations = response.get("annotations") if isinstance(response, dict) else None
        return (
            isinstance(annotations, list)
            and len(annotations) <= MOST_ANNOTATIONS
            and all(isinstance(annotation, dict) for annotation in annotations)
        )

    def check_response(self, params: dict[str, Any], response: Any) -> None:
        super().check_response(params, response)
        labels = labels_of(params)
        for number, annotation in enumerate(response["annotations"]):
            if annotation.get("type", "box") == "box":
                check_box(f"annotations/{number}", annotation, labels)

    def compare(self, before: Any, after: Any) -> Difference:
        return compare_annotations(before, after)

    def sample_response(self, params: dict[str, Any]) -> dict[str, Any]:
        label = (labels_of(params) or ["object"])[0]
        box = {"uuid": "sample", "type": "box", "label": label, "left": 10, "top": 10, "width": 40, "height": 30}
        return {"annotations": [box]}


TYPE = ImageAnnotation(
    "imageannotation", "Image annotation", needs_attachment=True, response_schema=SCHEMA, has_form=True
)
