from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_feed_named_at")]

    operations = [
        migrations.AddIndex(
            model_name="taskfact",
            index=models.Index(
                fields=["organization", "completed_at"], name="fact_paired", condition=models.Q(reviews__gt=1)
            ),
        ),
    ]
