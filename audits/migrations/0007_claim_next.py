"""What this made stands in 0025."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audits", "0006_counting")]

    operations = []
