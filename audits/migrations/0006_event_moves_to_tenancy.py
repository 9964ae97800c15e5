"""The other half of tenancy's 0003: the model leaves this app, the table stays."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audits", "0005_hot_tables"), ("tenancy", "0003_event_log")]

    operations = [migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="Event")])]
