from django.db import migrations

from labelops.tenancy.references import CheckReferencesWithoutLocks


class Migration(migrations.Migration):
    """A submit writes two to five events, and of each were looked up and locked pool, project and performer."""

    dependencies = [("crowd_rules", "0013_one_check_for_all_counts"), ("audits", "0022_items_checked_at_once")]

    operations = [
        CheckReferencesWithoutLocks(
            "crowd_rules_crowdevent",
            references={
                "project_id": "audits_project", "pool_id": "crowd_rules_pool", "performer_id": "audits_performer",
            },
        ),
    ]  # fmt: skip
