from django.db import migrations

from labelops.tenancy.rls import DropForeignKey


class Migration(migrations.Migration):
    """Each task drawn for a session looked at, and locked, the one row that all of them share."""

    dependencies = [("audits", "0017_tasks_by_batch_and_verdict")]

    operations = [DropForeignKey("audits_sessionitem")]
