from django.db import migrations, models


class Migration(migrations.Migration):
    """A batch's tasks, and those with a verdict, in the order of the lists: among a million others they were found by
    going through all that are newer. The second holds audited tasks only, so a new task is not written into it."""

    dependencies = [("audits", "0016_create_task")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                fields=["organization", "batch", "-created_at", "-id"],
                condition=models.Q(batch__isnull=False),
                name="task_of_batch",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                fields=["organization", "review_status", "-created_at", "-id"],
                condition=~models.Q(review_status=""),
                name="task_audited",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                fields=["organization"],
                condition=models.Q(completed_at__lt=models.F("created_at")),
                name="task_completed_earlier",
            ),
        ),
    ]
