"""The first choice."""

from typing import Any


def choices_of(params: dict[str, Any]) -> list[str]:
    """params.choices, else the number of each attachment; texts, or objects with `value` (or `name`)."""
    given, shown = params.get("choices"), params.get("attachments")
    if not isinstance(given, list) or not given:
        return [str(number) for number in range(1, len(shown) + 1)] if isinstance(shown, list) else []
    return [str(one.get("value", one.get("name", ""))) if isinstance(one, dict) else str(one) for one in given]
