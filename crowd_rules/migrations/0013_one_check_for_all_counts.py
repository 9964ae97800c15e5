"""Of each of the tables that every hand-out writes to, one constraint says that no count is below zero.

PostgreSQL reads every constraint of a table out of its text anew for each statement that writes to it: the eight of a
performer's place, twice in a hand-out, cost as much as an index.
"""

from django.db import migrations

COUNTS = {
    "crowd_rules_performerpool": ["taken", "submitted", "skipped", "control_answers", "control_correct",
                                  "audits_accepted", "audits_fixed", "audits_rejected"],
    "crowd_rules_pooltask": ["overlap", "issued", "answered", "attempt", "redone_from"],
    "crowd_rules_tasksuite": ["overlap", "issued", "pending", "accepted", "rejected"],
}  # fmt: skip


def merged(table: str) -> str:
    drops = "".join(f"DROP CONSTRAINT {table}_{name}_check, " for name in COUNTS[table])
    # `least` passes over what is null, as a constraint does.
    return f"ALTER TABLE {table} {drops}ADD CONSTRAINT {table}_counts CHECK (least({', '.join(COUNTS[table])}) >= 0);"


def apart(table: str) -> str:
    adds = ", ".join(f"ADD CONSTRAINT {table}_{name}_check CHECK ({name} >= 0)" for name in COUNTS[table])
    return f"ALTER TABLE {table} DROP CONSTRAINT {table}_counts, {adds};"


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0012_rules_at_the_pool")]

    operations = [migrations.RunSQL("".join(map(merged, COUNTS)), "".join(map(apart, COUNTS)))]
