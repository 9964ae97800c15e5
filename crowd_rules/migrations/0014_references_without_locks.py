from django.db import migrations

from labelops.tenancy.references import CheckReferencesWithoutLocks

PERFORMER, POOL = {"performer_id": "audits_performer"}, {"pool_id": "crowd_rules_pool"}
ASSIGNMENT = {"assignment_id": "crowd_rules_assignment"}


class Migration(migrations.Migration):
    """Of each hand-out nineteen rows were looked up and locked one by one, nearly all of them pool and performer."""

    dependencies = [("crowd_rules", "0013_one_check_for_all_counts"), ("audits", "0022_items_checked_at_once")]

    operations = [
        CheckReferencesWithoutLocks("crowd_rules_tasksuite", references=POOL),
        CheckReferencesWithoutLocks("crowd_rules_assignment",
                                    references={"suite_id": "crowd_rules_tasksuite", **POOL, **PERFORMER}),
        CheckReferencesWithoutLocks("crowd_rules_solution",
                                    references={**ASSIGNMENT, "pool_task_id": "crowd_rules_pooltask", **PERFORMER}),
        CheckReferencesWithoutLocks("crowd_rules_reward", references={**ASSIGNMENT, **POOL, **PERFORMER}),
        CheckReferencesWithoutLocks("crowd_rules_crowdevent",
                                    references={"project_id": "audits_project", **POOL, **PERFORMER}),
    ]  # fmt: skip
