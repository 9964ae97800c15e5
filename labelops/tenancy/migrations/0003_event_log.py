"""The event log moves down from `audits`, so that settings, members and keys can write to it.

State only: the table keeps its name, rows, policy and trigger, since functions of the database write to it too.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import labelops.tenancy.identifiers

EVENT = migrations.CreateModel(
    name="Event",
    fields=[
        (
            "id",
            models.UUIDField(
                default=labelops.tenancy.identifiers.uuid7, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("type", models.CharField(max_length=40)),
        ("at", models.DateTimeField()),
        ("task_id", models.UUIDField(null=True)),
        ("session_id", models.UUIDField(null=True)),
        ("subject_id", models.UUIDField(null=True)),
        ("before", models.JSONField(default=dict)),
        ("after", models.JSONField(default=dict)),
        (
            "actor",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        (
            "organization",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.organization",
            ),
        ),
    ],
    options={
        "db_table": "audits_event",
        "indexes": [
            models.Index(fields=["organization", "id"], name="event_order"),
            models.Index(
                condition=models.Q(("task_id__isnull", False)),
                fields=["organization", "task_id", "id"],
                name="event_task",
            ),
            models.Index(
                condition=models.Q(("session_id__isnull", False)),
                fields=["organization", "session_id", "id"],
                name="event_session",
            ),
        ],
    },
)


class Migration(migrations.Migration):
    # After the migrations that make the table.
    dependencies = [("tenancy", "0002_scope"), ("audits", "0003_claim_and_verdict")]

    operations = [migrations.SeparateDatabaseAndState(state_operations=[EVENT])]
