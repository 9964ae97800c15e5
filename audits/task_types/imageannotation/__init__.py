"""Boxes, polygons, lines and points on an image, in pixels of the image; other shapes are kept as they are.

A box has left, top, width, height; a polygon and a line `vertices` of {x, y}; a point x, y.
"""

from dataclasses import dataclass
from typing import Any

from audits.task_types.base import TaskType, read_schema
from audits.task_types.difference import Difference
from audits.task_types.imageannotation.difference import compare_annotations
from audits.task_types.imageannotation.geometry import SIDES
from audits.task_types.imageannotation.sample import sample_shapes
from labelops.errors import InvalidInput

MOST_ANNOTATIONS = 50_000
FARTHEST = 10**7  # pixels
KINDS = ("box", "polygon", "line", "point")
SCHEMA = read_schema(__file__)


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


def kinds_of(params: dict[str, Any]) -> list[str]:
    """The geometries that a task asks for, of those that can be drawn here."""
    geometries = params.get("geometries")
    return [kind for kind in KINDS if kind in geometries] if isinstance(geometries, dict) else []


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [inner for inner in value.values() if isinstance(inner, dict)] if isinstance(value, dict) else []


def _label(entry: Any) -> str:
    return str(entry.get("choice", entry.get("name", ""))) if isinstance(entry, dict) else str(entry)


def _check_number(place: str, value: Any) -> None:
    # Not `isfinite`: a whole number may be too large for it. NaN is in no range.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -FARTHEST <= value <= FARTHEST:
        raise InvalidInput(f"The response is not valid at {place}: a number of pixels is needed.")


def check_box(place: str, box: dict[str, Any]) -> None:
    for side in SIDES:
        _check_number(f"{place}/{side}", box.get(side))
    if box["width"] <= 0 or box["height"] <= 0:
        raise InvalidInput(f"The response is not valid at {place}: width and height must be greater than 0.")


def check_vertices(place: str, shape: dict[str, Any], least: int) -> None:
    vertices = shape.get("vertices")
    if not isinstance(vertices, list) or len(vertices) < least:
        raise InvalidInput(f"The response is not valid at {place}/vertices: at least {least} points are needed.")
    for number, vertex in enumerate(vertices):
        for axis in "xy":
            value = vertex.get(axis) if isinstance(vertex, dict) else None
            _check_number(f"{place}/vertices/{number}/{axis}", value)


def check_point(place: str, point: dict[str, Any]) -> None:
    for axis in "xy":
        _check_number(f"{place}/{axis}", point.get(axis))


@dataclass(frozen=True)
class ImageAnnotation(TaskType):
    """`default`: the kind of a shape that does not say its own."""

    default: str = "box"
    draws_changes: bool = True

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
            self._check_shape(f"annotations/{number}", annotation, labels)

    def _check_shape(self, place: str, shape: dict[str, Any], labels: list[str]) -> None:
        kind = shape.get("type", self.default)
        if kind == "box":
            check_box(place, shape)
        elif kind == "point":
            check_point(place, shape)
        elif kind in ("polygon", "line"):
            check_vertices(place, shape, 3 if kind == "polygon" else 2)
        else:
            return
        if labels and shape.get("label") not in labels:
            raise InvalidInput(f"The response is not valid at {place}/label: use one of {', '.join(labels)[:300]}.")

    def compare(self, before: Any, after: Any) -> Difference:
        return compare_annotations(before, after)

    def sample_response(self, params: dict[str, Any]) -> dict[str, Any]:
        return sample_shapes(kinds_of(params) or [self.default], labels_of(params))


TYPES = (
    ImageAnnotation("imageannotation", "Image annotation", needs_attachment=True, response_schema=SCHEMA,
                    form="imageannotation"),
    ImageAnnotation("annotation", "Boxes", needs_attachment=True, response_schema=SCHEMA, form="imageannotation"),
    ImageAnnotation("polygonannotation", "Polygons", needs_attachment=True, response_schema=SCHEMA,
                    form="imageannotation", default="polygon"),
    ImageAnnotation("lineannotation", "Lines", needs_attachment=True, response_schema=SCHEMA, form="imageannotation",
                    default="line"),
    ImageAnnotation("pointannotation", "Points", needs_attachment=True, response_schema=SCHEMA,
                    form="imageannotation", default="point"),
)  # fmt: skip
