"""What is wrong with a response, said to whoever sent it: where it is, and what belongs there."""

import json
from typing import Any

from jsonschema import ValidationError
from jsonschema.exceptions import relevance

KINDS = {
    "object": "an object", "array": "a list", "string": "a text", "number": "a number", "integer": "a whole number",
    "boolean": "true or false", "null": "null",
}  # fmt: skip
SHOWN = 60


def sentence_of(errors: list[ValidationError]) -> str:
    """For the first of what JSON Schema found that says most; the places are steps of the response."""
    error = max(errors, key=relevance)
    place = "/".join(str(step) for step in error.absolute_path)
    return f"The response is not valid{f' at {place}' if place else ''}: {_reason(error)}"


def _reason(error: ValidationError) -> str:
    wanted, found = error.validator_value, _shown(error.instance)
    match error.validator:
        case "type":
            return f"{found} stands where {_kinds(wanted)} is needed."
        case "required":
            missing = [f"“{name}”" for name in wanted if name not in error.instance]
            return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."
        case "anyOf" | "oneOf":
            return f"{_any_of(wanted)} is needed." if _any_of(wanted) else error.message[:300]
        case "maxItems":
            return f"it has {len(error.instance):,} entries; {wanted:,} are the most."
        case "minimum" | "maximum":
            return f"{found} is {'less' if error.validator == 'minimum' else 'more'} than {wanted}."
    return error.message[:300]


def _any_of(branches: list[dict[str, Any]]) -> str:
    """`one of “a”, “b”`, or `a text or a list`; empty where the branches are of another shape."""
    if all("required" in branch for branch in branches):
        return "one of " + ", ".join(f"“{name}”" for branch in branches for name in branch["required"])
    return " or ".join(_kinds(branch["type"]) for branch in branches) if all("type" in one for one in branches) else ""


def _kinds(wanted: str | list[str]) -> str:
    return " or ".join(KINDS[kind] for kind in ([wanted] if isinstance(wanted, str) else wanted))


def _shown(instance: Any) -> str:
    text = json.dumps(instance, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
