"""How far two shapes cover each other. geometry.js beside it says the same in the browser."""

from itertools import pairwise
from typing import Any

SIDES = ("left", "top", "width", "height")
# Horizontal cuts through what both shapes span; the error is some 1/400 of the area.
CUTS = 400

Point = tuple[float, float]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def kind_of(annotation: dict[str, Any], default: str = "") -> str:
    """box, polygon, line or point; empty for what is none of them. `default`: what vertices without a type are."""
    named = annotation.get("type")
    if named in (None, "box") and all(_is_number(annotation.get(side)) for side in SIDES):
        return "box"
    if named in (None, "polygon", "line") and vertices_of(annotation):
        return named or default or "polygon"
    if named in (None, "point") and all(_is_number(annotation.get(axis)) for axis in "xy"):
        return "point"
    return ""


def vertices_of(annotation: dict[str, Any]) -> list[Point]:
    given = annotation.get("vertices")
    corners = given if isinstance(given, list) else []
    good = [c for c in corners if isinstance(c, dict) and _is_number(c.get("x")) and _is_number(c.get("y"))]
    return [(corner["x"], corner["y"]) for corner in good] if len(good) == len(corners) else []


def outline(annotation: dict[str, Any]) -> list[Point]:
    """The corners of a box or a polygon; of anything else none."""
    kind = kind_of(annotation)
    if kind == "box":
        left, top, width, height = (annotation[side] for side in SIDES)
        return [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    return vertices_of(annotation) if kind == "polygon" else []


def overlap(one: dict[str, Any], other: dict[str, Any]) -> float | None:
    """Intersection over union, 0 to 1; None for shapes without an area."""
    if kind_of(one) == kind_of(other) == "box":
        return _overlap_of_boxes(one, other)
    first, second = outline(one), outline(other)
    if len(first) < 3 or len(second) < 3:
        return None
    heights = [y for _, y in first + second]
    low, high = min(heights), max(heights)
    step, both, either = (high - low) / CUTS, 0.0, 0.0
    for number in range(CUTS):
        y = low + (number + 0.5) * step
        a, b = _cut(first, y), _cut(second, y)
        shared = sum(max(0.0, min(p[1], q[1]) - max(p[0], q[0])) for p in a for q in b)
        both += shared
        either += sum(q - p for p, q in a) + sum(q - p for p, q in b) - shared
    return both / either if either else None


def _overlap_of_boxes(one: dict[str, Any], other: dict[str, Any]) -> float | None:
    wide = min(one["left"] + one["width"], other["left"] + other["width"]) - max(one["left"], other["left"])
    high = min(one["top"] + one["height"], other["top"] + other["height"]) - max(one["top"], other["top"])
    both = max(0, wide) * max(0, high)
    either = one["width"] * one["height"] + other["width"] * other["height"] - both
    return both / either if either > 0 else None


def _cut(corners: list[Point], y: float) -> list[tuple[float, float]]:
    """Where a horizontal line is inside of the shape: intervals of x."""
    found = []
    for (x1, y1), (x2, y2) in pairwise([*corners, corners[0]]):
        if (y1 <= y) != (y2 <= y):
            found.append(x1 + (y - y1) / (y2 - y1) * (x2 - x1))
    found.sort()
    return list(zip(found[::2], found[1::2], strict=False))
