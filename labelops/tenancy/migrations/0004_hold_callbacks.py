from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0003_event_log"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="hold_callbacks",
            field=models.BooleanField(default=False),
        ),
    ]
