from importlib import import_module

from django.db import migrations

RELEASE = import_module("crowd_rules.migrations.0003_hand_out").RELEASE
GIVE_BACK = import_module("crowd_rules.migrations.0005_hand_out_in_few_statements").GIVE_BACK
HAND_OUT = import_module("crowd_rules.migrations.0009_hand_out_by_index")
SUBMIT = import_module("crowd_rules.migrations.0010_submit_by_index")
HOLD = import_module("crowd_rules.migrations.0012_rules_at_the_pool").HOLD
DROP = "".join(
    f"DROP FUNCTION IF EXISTS crowd_rules_{name};" for name in ("hold", "hold_place", "hold_overdue", "issue", "submit")
)
NOW = DROP + (RELEASE + GIVE_BACK + HAND_OUT.PLACE + HAND_OUT.ISSUE + SUBMIT.ANSWERS + SUBMIT.SUBMIT + HOLD).replace(
    "BY_INDEX", HAND_OUT.BY_INDEX
)


class Migration(migrations.Migration):
    """What is looked up by its id is looked up by its id, whatever the statistics of the minute say.

    With the organization as an index condition beside it, a plan made while a table's statistics were young walked an
    index of all that the organization has: in a pool whose tasks are handed out as fast as they can be, a skip read
    every assignment that had ever been active, for seconds.

    The functions stand in 0003, 0005, 0009, 0010 and 0012: here they come to databases that had them otherwise.
    """

    dependencies = [("crowd_rules", "0018_controls_as_their_project")]

    operations = [migrations.RunSQL(NOW + SUBMIT.BY_THEMSELVES, migrations.RunSQL.noop)]
