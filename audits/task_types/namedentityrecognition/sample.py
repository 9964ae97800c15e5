"""The first word of the text with the first label."""

import re
from typing import Any


def labels_of(params: dict[str, Any]) -> list[str]:
    """The labels a task allows, in order: texts, or objects with `name` (or `label`, `value`)."""
    given = params.get("labels")
    found = []
    for entry in given if isinstance(given, list) else []:
        name = (entry.get("name") or entry.get("label") or entry.get("value")) if isinstance(entry, dict) else entry
        found.append(str(name or ""))
    return [name for name in found if name]


def sample_span(params: dict[str, Any]) -> dict[str, Any]:
    word = re.search(r"\S+", str(params.get("text", "")))
    if not word:
        return {"annotations": []}
    label = (labels_of(params) or ["entity"])[0]
    return {"annotations": [{"start": word.start(), "end": word.end(), "text": word[0], "label": label}]}
