import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audits", "0011_project_task_fields")]

    operations = [
        migrations.AddField(
            model_name="secondaudit",
            name="handed_to",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), blank=True, default=list, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="secondaudit",
            index=models.Index(
                models.F("organization"),
                models.F("task"),
                condition=models.Q(("handed_to__len__gt", 0), ("judged_at__isnull", True)),
                name="second_audit_handed",
            ),
        ),
    ]
