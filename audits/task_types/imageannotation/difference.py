"""Shapes added, removed, moved, resized, relabelled. Shapes are the same by uuid; without one, by what they are.

difference.js beside it says the same in the browser; both pass the cases of differences.json.
"""

import math
from typing import Any

from django.utils.translation import gettext as _

from audits.task_types.difference import Change, Difference, in_words
from audits.task_types.imageannotation.geometry import SIDES, kind_of, overlap, vertices_of

PLACE = {"box": SIDES, "polygon": ("vertices",), "line": ("vertices",), "point": ("x", "y")}


def compare_annotations(before: Any, after: Any) -> Difference:
    old, new = _by_key(before), _by_key(after)
    changes = [Change("added", _name(new[key])) for key in new if key not in old]
    changes += [Change("removed", _name(old[key])) for key in old if key not in new]
    for key in old:
        if key in new:
            changes += _change(old[key], new[key])
    only_boxes = all(kind_of(one) == "box" for one in [*old.values(), *new.values()])
    return Difference(tuple(changes), "box" if only_boxes else "shape")


def _by_key(response: Any) -> dict[str, dict[str, Any]]:
    annotations = response.get("annotations") if isinstance(response, dict) else None
    found: dict[str, dict[str, Any]] = {}
    for annotation in annotations if isinstance(annotations, list) else []:
        if isinstance(annotation, dict):
            key = str(annotation.get("uuid") or sorted((name, str(value)) for name, value in annotation.items()))
            while key in found:  # Equal boxes without a uuid are counted one by one.
                key += "+"
            found[key] = annotation
    return found


def _whole(value: float) -> int:
    return math.floor(value + 0.5)  # As the browser rounds.


def _name(shape: dict[str, Any]) -> str:
    label, kind = in_words(shape.get("label")), kind_of(shape)
    if kind == "box":
        left, top, width, height = (_whole(shape[side]) for side in SIDES)
        told = {"label": label, "size": f"{width} × {height}", "place": f"{left}, {top}"}
        return _("%(label)s, %(size)s at %(place)s") % told
    if kind == "point":
        told = {"label": label, "place": f"{_whole(shape['x'])}, {_whole(shape['y'])}"}
        return _("%(label)s, point at %(place)s") % told
    if kind:
        told = {"label": label, "number": len(vertices_of(shape))}
        if kind == "line":
            return _("%(label)s, line of %(number)s points") % told
        return _("%(label)s, polygon of %(number)s points") % told
    return f"{label} ({in_words(shape.get('type', 'box'))})"


def _change(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    found = []
    place = PLACE.get(kind_of(old), ()) if kind_of(old) == kind_of(new) else ()
    if old.get("label") != new.get("label"):
        found.append(Change("relabelled", f"{in_words(old.get('label'))} → {_name(new)}"))
    if any(old.get(name) != new.get(name) for name in place):
        found.append(Change(_how(old, new), f"{_name(old)} → {_name(new)}{_covered(old, new)}"))
    if any(old.get(name) != new.get(name) for name in {*old, *new} - {"label", *place}):
        found.append(Change("changed", _name(new)))
    return found


def _how(old: dict[str, Any], new: dict[str, Any]) -> str:
    kind = kind_of(old)
    if kind == "box":
        return "resized" if any(old[side] != new[side] for side in ("width", "height")) else "moved"
    if kind == "point":
        return "moved"
    pairs = zip(vertices_of(old), vertices_of(new), strict=False)
    steps = {(round(b[0] - a[0], 3), round(b[1] - a[1], 3)) for a, b in pairs}
    return "moved" if len(steps) == 1 and len(vertices_of(old)) == len(vertices_of(new)) else "reshaped"


def _covered(old: dict[str, Any], new: dict[str, Any]) -> str:
    share = overlap(old, new)
    return "" if share is None else f", IoU {share:.2f}"
