"""The rows of the Task Level Report, as pages, API and exports read them."""

from django.db.models import OuterRef, QuerySet, Subquery

from audits.models import Audit

AUDIT = {"auditor": "auditor__email", "audited_at": "audited_at", "comment": "comment"}


def report_rows(tasks: QuerySet) -> QuerySet:
    """Completed tasks without their contents, annotated with their newest standing audit: auditor, audited_at, comment.

    The verdict is `review_status`. One statement, however many rows; order and slices are the caller's.
    """
    audits = Audit.objects.standing().filter(organization_id=OuterRef("organization_id"), task_id=OuterRef("pk"))
    newest = audits.newest_first()
    return (
        tasks.completed().with_names()
        .only("id", "organization_id", "unique_id", "type", "review_status", "completed_at", "created_at",
              "project__name", "batch__name", "completed_by__external_id")
        .annotate(**{name: Subquery(newest.values(field)[:1]) for name, field in AUDIT.items()})
    )  # fmt: skip
