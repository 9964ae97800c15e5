from django.db import migrations

KEY = """
ALTER TABLE audits_event DROP CONSTRAINT audits_event_pkey,
    ADD CONSTRAINT audits_event_pkey PRIMARY KEY ({columns});
"""


class Migration(migrations.Migration):
    """No event is looked for by its id alone: the key is the order in which each organization's log is read, and each
    new event is written into one index less."""

    dependencies = [("tenancy", "0003_organizations_of")]

    operations = [
        migrations.RunSQL(KEY.format(columns="organization_id, id"), KEY.format(columns="id")),
        migrations.RemoveIndex(model_name="event", name="event_order"),
    ]
