from importlib import import_module

from django.db import migrations

LOOK = import_module("audits.migrations.0022_items_checked_at_once").LOOK


class Migration(migrations.Migration):
    """The look stands in 0022: here it comes to databases that had it otherwise."""

    dependencies = [("audits", "0027_one_key_of_a_lock")]

    operations = [migrations.RunSQL(LOOK, migrations.RunSQL.noop)]
