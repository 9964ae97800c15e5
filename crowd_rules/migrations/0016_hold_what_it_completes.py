from importlib import import_module

from django.db import migrations

FINISH = import_module("crowd_rules.migrations.0011_hand_out_in_fewer_steps").FINISH
HOLD = import_module("crowd_rules.migrations.0012_rules_at_the_pool").HOLD
BY_INDEX = import_module("crowd_rules.migrations.0009_hand_out_by_index").BY_INDEX
DROP = "DROP FUNCTION IF EXISTS crowd_rules_hold; DROP FUNCTION IF EXISTS crowd_rules_finish;"
NOW = DROP + (HOLD + FINISH).replace("BY_INDEX", BY_INDEX)


class Migration(migrations.Migration):
    """A submit holds the task that it completes along with the rest: what it then writes need not be waited for.

    Hold and finish stand in 0012 and 0011: here they come to databases that had them otherwise.
    """

    dependencies = [("crowd_rules", "0015_take_at_once")]

    operations = [migrations.RunSQL(NOW, migrations.RunSQL.noop)]
