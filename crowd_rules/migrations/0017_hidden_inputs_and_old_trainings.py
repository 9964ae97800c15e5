from importlib import import_module

from django.db import migrations

BEFORE = import_module("crowd_rules.migrations.0009_hand_out_by_index")
PAGE = import_module("crowd_rules.migrations.0010_submit_by_index").PAGE
HOLD = import_module("crowd_rules.migrations.0012_rules_at_the_pool").HOLD
NOW = PAGE + "ALTER FUNCTION crowd_rules_page RESET ALL; DROP FUNCTION IF EXISTS crowd_rules_hold;"
NOW += HOLD.replace("BY_INDEX", BEFORE.BY_INDEX) + BEFORE.ADMISSION


class Migration(migrations.Migration):
    """What a project hides from performers is in no answer to take, submit and skip; and a training's skill gets old.

    Page, hold and admission stand in 0010, 0012 and 0009: here they come to databases that had them otherwise.
    """

    dependencies = [("crowd_rules", "0016_hold_what_it_completes"), ("audits", "0011_project_task_fields")]

    operations = [migrations.RunSQL(NOW, migrations.RunSQL.noop)]
