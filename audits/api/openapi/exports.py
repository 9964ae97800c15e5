"""What /v1/exports takes and answers: its views stand above this app, its description stands with the others."""

from audits.api.openapi.shapes import EMAIL, ID, INSTANT, TEXT, WHOLE, Shape, list_of, one_of, some

FORMAT = one_of(["csv", "jsonl", "parquet"])
FILTER: Shape = {"type": "object", "additionalProperties": {"anyOf": [TEXT, list_of(TEXT)]}}
LISTING = some(
    "list columns filter", list=TEXT, filter=list_of(TEXT), columns=list_of(some(
        "name type", name=TEXT, type=one_of(["text", "id", "whole", "number", "time", "flag", "json"]),
    )),
)  # fmt: skip
NEW_EXPORT = some("list", list=TEXT, format=FORMAT, filter=FILTER, columns=list_of(TEXT))
EXPORT = some(
    "id list format filter status rows created_by created_at", id=ID, list=TEXT, format=FORMAT, filter=FILTER,
    columns=list_of(TEXT), status=one_of(["waiting", "running", "finished", "failed", "expired"]), failure=TEXT,
    total=WHOLE, rows=WHOLE, size=WHOLE, created_by=EMAIL, created_at=INSTANT, finished_at=INSTANT, expires_at=INSTANT,
)  # fmt: skip
EXPORTS = some("docs limit has_more", docs=list_of(EXPORT), limit=WHOLE, has_more={"type": "boolean"}, next_token=TEXT)
