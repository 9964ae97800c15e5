from django.db import migrations

from labelops.tenancy.references import CheckReferencesByStatement


class Migration(migrations.Migration):
    """Of an import's thousands of tasks each looked up, and locked, its project, its batch and its performer: the same
    few rows, for a quarter of what PostgreSQL had to do."""

    dependencies = [("audits", "0018_items_without_organization_check")]

    operations = [
        CheckReferencesByStatement(
            "audits_task",
            references={
                "project_id": "audits_project", "batch_id": "audits_batch", "completed_by_id": "audits_performer",
            },
        ),
    ]  # fmt: skip
