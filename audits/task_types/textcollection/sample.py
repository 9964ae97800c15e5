"""A word for every field that the task names."""

from typing import Any


def field_names(params: dict[str, Any]) -> list[str]:
    """params.fields is {name: description} or [{"field_id": name, …}]."""
    given = params.get("fields")
    if isinstance(given, dict):
        return list(given)
    entries = given if isinstance(given, list) else []
    return [str(entry["field_id"]) for entry in entries if isinstance(entry, dict) and entry.get("field_id")]


def sample_fields(params: dict[str, Any]) -> dict[str, Any]:
    rows = params.get("row_fields")
    found: dict[str, Any] = {"fields": dict.fromkeys(field_names(params), "sample")}
    if isinstance(rows, dict):
        found["rows"] = [dict.fromkeys(rows, "sample")]
    return found
