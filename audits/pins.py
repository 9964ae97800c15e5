"""Comments that point at one place of a response: an annotation, or a span of text. Plain Python.

A pin: {"target": {...}, "comment": text}. The target is {"kind": "annotation", "id" and/or "index", "label"?} or
{"kind": "span", "start", "end", "field"?, "text"?}: offsets in characters, `end` exclusive, `text` quotes the span.
"""

from typing import Any

from django.utils.translation import gettext as _

from labelops.errors import InvalidInput

MOST_PINS = 50
LONGEST_COMMENT = 2_000
LONGEST_NAME = 500
LARGEST_NUMBER = 2**31 - 1
TEXTS = {"annotation": ("id", "label"), "span": ("field", "text")}
NUMBERS = {"annotation": ("index",), "span": ("start", "end")}


def checked_pins(value: Any) -> list[dict[str, Any]]:
    """The same pins with nothing in them but what a pin has. Raises InvalidInput."""
    if not isinstance(value, list) or len(value) > MOST_PINS:
        raise InvalidInput(_("Pinned comments are a list of at most %(number)s.") % {"number": MOST_PINS})
    return [_pin(one) for one in value]


def _pin(value: Any) -> dict[str, Any]:
    comment = value.get("comment") if isinstance(value, dict) else None
    if not isinstance(comment, str) or not comment.strip() or len(comment) > LONGEST_COMMENT:
        raise InvalidInput(
            _("A pinned comment is a text of at most %(number)s characters.") % {"number": LONGEST_COMMENT}
        )
    return {"target": _target(value.get("target")), "comment": comment.strip()}


def _target(value: Any) -> dict[str, Any]:
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind not in ("annotation", "span"):
        raise InvalidInput(_("A comment is pinned to an annotation or to a span."))
    found: dict[str, Any] = {"kind": kind}
    for name in TEXTS[kind]:
        if isinstance(value.get(name), str) and value[name]:
            found[name] = value[name][:LONGEST_NAME]
    for name in NUMBERS[kind]:
        number = value.get(name)
        if type(number) is int and 0 <= number <= LARGEST_NUMBER:
            found[name] = number
    return _whole(found)


def _whole(target: dict[str, Any]) -> dict[str, Any]:
    if target["kind"] == "annotation" and not ("id" in target or "index" in target):
        raise InvalidInput(_("A comment pinned to an annotation names its id or its index."))
    if target["kind"] == "span" and not target.get("start", 1) < target.get("end", 0):
        raise InvalidInput(_("A comment pinned to a span says where it starts and ends."))
    return target


def place_in_words(target: dict[str, Any]) -> str:
    """What a person reads: “RBC, annotation 3”, “geese”, or the span's offsets."""
    if target.get("kind") == "span":
        return (
            f"“{target['text']}”"
            if target.get("text")
            else _("characters %(place)s") % {"place": f"{target['start']}–{target['end']}"}
        )
    number = target["index"] + 1 if "index" in target else target.get("id", "")
    annotation = _("annotation %(number)s") % {"number": number}
    return f"{target['label']}, {annotation}" if target.get("label") else annotation
