from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """Two indexes less that a new completed task is written into, and that every verdict writes anew.

    A batch's tasks stand once in the order of the lists, with their status beside it; those that are not completed, for
    which nobody should have to pass over the others, once more. By its verdict a task is looked for when it has one;
    those without are found among the completed ones.
    """

    dependencies = [("audits", "0019_task_references_by_statement")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                fields=["organization", "batch", "-created_at", "-id", "status", "review_status"],
                condition=Q(batch__isnull=False),
                name="task_in_batch",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                fields=["organization", "batch", "status", "-created_at", "-id"],
                condition=Q(batch__isnull=False) & ~Q(status="completed"),
                name="task_open_in_batch",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                F("organization"),
                F("completed_at").desc(),
                F("id").desc(),
                F("review_status"),
                name="task_done",
                condition=Q(status="completed"),
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                F("organization"),
                F("review_status"),
                F("completed_at").desc(),
                F("id").desc(),
                name="task_by_verdict",
                condition=Q(status="completed") & ~Q(review_status=""),
            ),
        ),
        *(
            migrations.RemoveIndex(model_name="task", name=name)
            for name in ("task_by_batch", "task_of_batch", "task_completed", "task_by_review")
        ),
    ]
