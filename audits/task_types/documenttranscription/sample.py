"""One field for each feature that the task names."""

from typing import Any


def features_of(params: dict[str, Any]) -> list[str]:
    """params.features: texts, or objects with `label` (or `name`)."""
    given = params.get("features")
    entries = given if isinstance(given, list) else []
    names = [str(one.get("label", one.get("name", ""))) if isinstance(one, dict) else str(one) for one in entries]
    return [name for name in names if name]


def sample_document(params: dict[str, Any]) -> dict[str, Any]:
    names = features_of(params) or ["text"]
    return {
        "annotations": [
            {"uuid": f"sample-{number}", "label": name, "text": "sample", "page": 0,
             "left": 10, "top": 10 + 30 * number, "width": 120, "height": 24}
            for number, name in enumerate(names)
        ]
    }  # fmt: skip
