"""Boxes added, removed, moved, resized, relabelled. Boxes are the same by uuid; without one, by what they are."""

from typing import Any

from audits.task_types.difference import Change, Difference, in_words

SIDES = ("left", "top", "width", "height")


def compare_annotations(before: Any, after: Any) -> Difference:
    old, new = _by_key(before), _by_key(after)
    changes = [Change("added", _name(new[key])) for key in new if key not in old]
    changes += [Change("removed", _name(old[key])) for key in old if key not in new]
    for key in old:
        if key in new:
            changes += _change(old[key], new[key])
    return Difference(tuple(changes), "box")


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


def _name(box: dict[str, Any]) -> str:
    if all(isinstance(box.get(side), int | float) for side in SIDES):
        left, top, width, height = (round(box[side]) for side in SIDES)
        return f"{in_words(box.get('label'))}, {width} × {height} at {left}, {top}"
    return f"{in_words(box.get('label'))} ({in_words(box.get('type', 'box'))})"


def _change(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    found = []
    if old.get("label") != new.get("label"):
        found.append(Change("relabelled", f"{in_words(old.get('label'))} → {_name(new)}"))
    if any(old.get(side) != new.get(side) for side in ("width", "height")):
        found.append(Change("resized", f"{_name(old)} → {_name(new)}"))
    elif any(old.get(side) != new.get(side) for side in ("left", "top")):
        found.append(Change("moved", f"{_name(old)} → {_name(new)}"))
    compared = {"label", *SIDES}
    if any(old.get(name) != new.get(name) for name in {*old, *new} - compared):
        found.append(Change("changed", _name(new)))
    return found
