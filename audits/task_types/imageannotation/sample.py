"""One shape of each kind, in the upper left corner: it fits into any picture that somebody would label."""

from typing import Any

PLACES: dict[str, dict[str, Any]] = {
    "box": {"left": 10, "top": 10, "width": 40, "height": 30},
    "polygon": {"vertices": [{"x": 10, "y": 10}, {"x": 50, "y": 10}, {"x": 30, "y": 40}]},
    "line": {"vertices": [{"x": 10, "y": 10}, {"x": 50, "y": 40}]},
    "point": {"x": 30, "y": 25},
}


def sample_shapes(kinds: list[str], labels: list[str]) -> dict[str, Any]:
    label = (labels or ["object"])[0]
    return {"annotations": [{"uuid": f"sample-{kind}", "type": kind, "label": label, **PLACES[kind]} for kind in kinds]}
