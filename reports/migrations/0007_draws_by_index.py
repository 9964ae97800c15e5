from django.db import migrations, models

from labelops.tenancy.rls import ReadSettingsOnce


class Migration(migrations.Migration):
    """What samples are filtered by most stands in the index they are drawn by; rows are looked at without settings."""

    dependencies = [("reports", "0006_draws")]

    operations = [
        migrations.RemoveIndex(model_name="taskfact", name="fact_tail"),
        migrations.AddIndex(
            model_name="taskfact",
            index=models.Index(
                fields=["organization", "tail", "id"],
                include=["completed_at", "review_status", "type", "project_id"],
                name="fact_tail",
            ),
        ),
        ReadSettingsOnce("reports_taskfact"),
    ]
