"""Fields added, removed, renamed, moved, and the words that changed in them."""

from typing import Any

from audits.task_types.difference import Change, Difference, compare_json, in_words, is_prose, text_change

PLACE = ("page", "left", "top", "width", "height", "vertices")


def compare_document(before: Any, after: Any) -> Difference:
    old, new = _by_key(before), _by_key(after)
    changes = [Change("added", _name(new[key])) for key in new if key not in old]
    changes += [Change("removed", _name(old[key])) for key in old if key not in new]
    for key in old:
        if key in new:
            changes += _change(old[key], new[key])
    rest = compare_json(_rest(before), _rest(after)).changes
    return Difference((*changes, *rest), "field")


def _by_key(response: Any) -> dict[str, dict[str, Any]]:
    given = response.get("annotations") if isinstance(response, dict) else None
    found: dict[str, dict[str, Any]] = {}
    for number, one in enumerate(given if isinstance(given, list) else []):
        if isinstance(one, dict):
            key = str(one.get("uuid") or one.get("id") or number)
            while key in found:
                key += "+"
            found[key] = one
    return found


def _rest(response: Any) -> dict[str, Any]:
    return {key: value for key, value in response.items() if key != "annotations"} if isinstance(response, dict) else {}


def _name(one: dict[str, Any]) -> str:
    return f"{in_words(one.get('label'))}: {in_words(one.get('text'))}"


def _change(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    found = []
    if old.get("label") != new.get("label"):
        found.append(Change("relabelled", f"{in_words(old.get('label'))} → {in_words(new.get('label'))}"))
    if old.get("text") != new.get("text"):
        found.append(_text(in_words(new.get("label")), old.get("text"), new.get("text")))
    if any(old.get(name) != new.get(name) for name in PLACE):
        found.append(Change("moved", _name(new)))
    if any(old.get(name) != new.get(name) for name in {*old, *new} - {"label", "text", *PLACE}):
        found.append(Change("changed", _name(new)))
    return found


def _text(label: str, old: Any, new: Any) -> Change:
    if is_prose(old) and is_prose(new):
        return text_change(label, old, new)
    return Change("changed", f"{label}: {in_words(old)} → {in_words(new)}")
