from importlib import import_module

from django.db import migrations

CLAIM_NEXT = import_module("audits.migrations.0025_judge_in_fewer_steps").CLAIM_NEXT


class Migration(migrations.Migration):
    """The claim stands in 0025: here it comes to databases that had it otherwise."""

    dependencies = [("audits", "0030_auditors_in_one_index")]

    operations = [migrations.RunSQL("DROP FUNCTION audits_claim_next;" + CLAIM_NEXT, migrations.RunSQL.noop)]
