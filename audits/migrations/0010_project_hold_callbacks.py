from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audits", "0009_listed_tasks")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="hold_callbacks",
            field=models.BooleanField(blank=True, null=True),
        ),
    ]
