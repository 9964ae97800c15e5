"""Pixels of each label that came and went, and how far old and new cover each other.

The pictures themselves may lie on other servers, so the editor counts while it has them and writes down what it found:
{"repainted": {"from": sum, "labels": {label: {"added", "removed", "iou"}}}}. The sum says over which pictures; where it
is another's (a later change by API), the responses are compared as JSON.
"""

import math
import zlib
from typing import Any

from django.utils.translation import gettext as _

from audits.task_types.difference import Change, Difference, compare_json

RECORD = "repainted"
PICTURES = ("annotations", RECORD)


def compare_segments(before: Any, after: Any) -> Difference:
    record = after.get(RECORD) if isinstance(after, dict) else None
    labels = record.get("labels") if isinstance(record, dict) else None
    if not isinstance(labels, dict) or record.get("from") != sum_of(addresses_of(before)):
        return compare_json(_without_pictures(before), _without_pictures(after))
    changes = [Change("repainted", _sentence(label, labels[label])) for label in sorted(labels)]
    return Difference((*changes, *compare_json(_rest(before), _rest(after)).changes), "label")


def addresses_of(response: Any) -> list[str]:
    """Every address that a mask is read from, in one order."""
    given = response.get("annotations") if isinstance(response, dict) else None
    given = given if isinstance(given, dict) else {}
    combined = given.get("combined")
    found = [combined.get("indexedImage") if isinstance(combined, dict) else "", _address(combined)]
    found += [_address(given[name]) for name in sorted(given) if name != "combined"]
    return [one for one in found if isinstance(one, str) and one]


def sum_of(addresses: list[str]) -> str:
    return f"{zlib.crc32('\n'.join(addresses).encode(errors='surrogatepass')):08x}"


def _address(one: Any) -> Any:
    if isinstance(one, dict):
        return one["image"] if one.get("image") is not None else one.get("url")
    return one


def _sentence(label: str, told: Any) -> str:
    added, removed, iou = (_number(told, name) for name in ("added", "removed", "iou"))
    told = {"label": label, "added": int(added), "removed": int(removed), "iou": f"{iou:.3f}"}
    return _("%(label)s: %(added)s pixels added, %(removed)s removed, IoU %(iou)s") % told


def _number(told: Any, name: str) -> float:
    value = told.get(name) if isinstance(told, dict) else None
    return value if type(value) in (int, float) and math.isfinite(value) else 0


def _without_pictures(response: Any) -> Any:
    """A picture inside of the response is no text to read."""
    if not isinstance(response, dict):
        return response
    return {key: _shortened(inner) for key, inner in response.items() if key != RECORD}


def _shortened(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("data:"):
        return f"picture:{sum_of([value])}"
    if isinstance(value, dict):
        return {key: _shortened(inner) for key, inner in value.items()}
    return value


def _rest(response: Any) -> dict[str, Any]:
    return {key: value for key, value in response.items() if key not in PICTURES} if isinstance(response, dict) else {}
