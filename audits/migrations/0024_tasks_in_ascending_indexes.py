from django.db import migrations, models
from django.db.models import Q

DONE, OPEN, IN_BATCH = Q(status="completed"), ~Q(status="completed"), Q(batch__isnull=False)
INDEXES = [
    models.Index(fields=["organization", "created_at", "id"], name="task_newest"),
    models.Index(fields=["organization", "project", "created_at", "id"], name="task_by_project"),
    models.Index(
        fields=["organization", "project", "status", "created_at", "id"],
        include=["review_status"],
        name="task_by_project_status",
    ),
    models.Index(
        fields=["organization", "batch", "created_at", "id", "status", "review_status"],
        condition=IN_BATCH,
        name="task_in_batch",
    ),
    models.Index(
        fields=["organization", "batch", "status", "created_at", "id"],
        condition=IN_BATCH & OPEN,
        name="task_open_in_batch",
    ),
    models.Index(
        fields=["organization", "review_status", "created_at", "id"],
        condition=~Q(review_status=""),
        name="task_audited",
    ),
    models.Index(fields=["organization", "completed_at", "id", "review_status"], condition=DONE, name="task_done"),
    models.Index(
        fields=["organization", "review_status", "completed_at", "id"],
        condition=DONE & ~Q(review_status=""),
        name="task_by_verdict",
    ),
    models.Index(fields=["organization", "status", "created_at", "id"], condition=OPEN, name="task_by_status"),
    models.Index(fields=["organization", "type", "created_at", "id"], name="task_by_type"),
    models.Index(fields=["organization", "updated_at"], name="task_by_change"),
    models.Index(fields=["organization", "created_at", "id"], condition=Q(attempt__gt=1), name="task_redone"),
]


class Migration(migrations.Migration):
    """A new task came before all others in an index that begins with the newest, and where it fills a page PostgreSQL
    halves it: each was half empty, and twice as large. Read from their ends, ascending ones say the same; there pages
    are filled."""

    dependencies = [("audits", "0023_page_rows")]

    operations = [
        one
        for index in INDEXES
        for one in (migrations.RemoveIndex("task", index.name), migrations.AddIndex("task", index))
    ]
