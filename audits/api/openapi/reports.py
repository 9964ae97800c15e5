"""What /v1/reports answers: their views stand above this app, their description stands with the others."""

from audits.api.openapi.shapes import EMAIL, ID, INSTANT, REVIEW, TEXT, WHOLE, Shape, list_of, or_null, some

COUNTS = {"accepted": WHOLE, "fixed": WHOLE, "rejected": WHOLE}
SHARE: Shape = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
SUMMARY = some(
    "tasks reviews accepted fixed rejected as_of acceptance", tasks=WHOLE, reviews=WHOLE, **COUNTS,
    as_of={"type": ["string", "null"], "format": "date-time"},
    acceptance=some("estimate low high n", estimate=SHARE, low=SHARE, high=SHARE, n=WHOLE),
)  # fmt: skip
WEEKS = list_of(some(
    "starts_at ends_at completed audited accepted fixed rejected", starts_at=INSTANT, ends_at=INSTANT, completed=WHOLE,
    audited=WHOLE, **COUNTS,
))  # fmt: skip
PAGE = {"total": WHOLE, "offset": WHOLE, "limit": WHOLE, "has_more": {"type": "boolean"}, "next_token": TEXT}
TASKS = some("docs total offset limit has_more", docs=list_of(some(
    "task_id type completed_at", task_id=ID, unique_id=TEXT, type=TEXT, project=TEXT, batch=TEXT, performer=TEXT,
    completed_at=INSTANT, customer_review_status=REVIEW, auditor=EMAIL, audited_at=INSTANT, comment=TEXT,
)), **PAGE)  # fmt: skip
NUMBER: Shape = {"type": "number"}
COEFFICIENT = some("value low high", value=NUMBER, low=NUMBER, high=NUMBER)
AUDITORS = list_of(some(
    "auditor reviews accepted fixed rejected audit_time_secs second_audits", auditor=EMAIL, reviews=WHOLE, **COUNTS,
    audit_time_secs={"type": "number"}, second_audits=some("n raw kappa ac1 alpha", n=WHOLE, **dict.fromkeys(
        ("raw", "kappa", "ac1", "alpha"), or_null(COEFFICIENT))),
))  # fmt: skip
BATCHES = some("docs total offset limit has_more", docs=list_of(some(
    "batch project status completed audited accepted fixed rejected remaining audits_per_day expected_end auditors",
    batch=TEXT, project=TEXT, status=TEXT, completed=WHOLE, audited=WHOLE, **COUNTS, remaining=WHOLE,
    audits_per_day={"type": "number"}, expected_end={"type": ["string", "null"], "format": "date"},
    auditors=list_of(some("auditor reviews", auditor=EMAIL, reviews=WHOLE)),
)), **PAGE)  # fmt: skip
