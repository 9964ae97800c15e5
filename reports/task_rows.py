"""The rows of the Task Level Report, as API and exports read them; its page reads audits.models.page_rows."""

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When
from django.utils.translation import gettext_lazy as _

from audits.models import Audit
from labelops.lists.table import Column, ListOf

TASK_REPORT_LIST = ListOf(
    "task_report",
    (
        Column("task", _("Task"), always=True),
        Column("project", _("Project, batch")),
        Column("performer", _("Performer")),
        Column("completed", _("Completed"), sort="completed_at", falls_first=True),
        Column("verdict", _("Verdict")),
        Column("auditor", _("Auditor")),
        Column("audited", _("Audited")),
        Column("comment", _("Comment"), spare=True),
    ),
    sort="-completed_at",
    export="task_report",
)

AUDIT = {"auditor": "auditor__email", "audited_at": "audited_at", "comment": "comment"}
# Most tasks of a list were never audited: nothing is looked up for those.
AUDITED = Q(review_status__gt="") | Q(attempt__gt=1)


def _newest() -> QuerySet:
    audits = Audit.objects.standing().filter(organization_id=OuterRef("organization_id"), task_id=OuterRef("pk"))
    return audits.newest_first()


def report_rows(tasks: QuerySet) -> QuerySet:
    """Completed tasks without their contents, annotated with their newest standing audit: auditor, audited_at, comment.

    The verdict is `review_status`. One statement, however many rows; order and slices are the caller's.
    """
    newest = _newest()
    found = {name: Case(When(AUDITED, then=Subquery(newest.values(field)[:1]))) for name, field in AUDIT.items()}
    return (
        tasks.completed().with_names()
        .only("id", "organization_id", "unique_id", "type", "review_status", "completed_at", "created_at",
              "project__name", "batch__name", "completed_by__external_id")
        .annotate(**found)
    )  # fmt: skip
