"""The plan a session is bound to and its decision; second audits of a share of a session's tasks."""

import django.db.models.deletion
import labelops.tenancy.identifiers
from django.conf import settings
from django.db import migrations, models

from labelops.tenancy.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [
        ("audits", "0012_sessions_task_lists"),
        ("tenancy", "0005_lists_and_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SecondAudit",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=labelops.tenancy.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("accepted", "Accepted"), ("fixed", "Fixed"), ("rejected", "Rejected")],
                        max_length=16,
                    ),
                ),
                ("comment", models.TextField(blank=True)),
                ("response", models.JSONField(blank=True, null=True)),
                ("lock_token", models.BigIntegerField(blank=True, null=True)),
                ("judged_at", models.DateTimeField(blank=True, null=True)),
                ("active_seconds", models.FloatField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="auditsession",
            name="decided_on",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="auditsession",
            name="decision",
            field=models.CharField(
                blank=True, choices=[("release", "Release"), ("hold", "Hold")], db_default="", max_length=16
            ),
        ),
        migrations.AddField(
            model_name="auditsession",
            name="plan",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="auditsession",
            name="second_size",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="auditsession",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["", "release", "hold"])), name="session_decision_known"
            ),
        ),
        migrations.AddField(
            model_name="secondaudit",
            name="auditor",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="secondaudit",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.organization"
            ),
        ),
        migrations.AddField(
            model_name="secondaudit",
            name="session",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="second_audits",
                to="audits.auditsession",
            ),
        ),
        migrations.AddField(
            model_name="secondaudit",
            name="task",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="audits.task",
            ),
        ),
        migrations.AddIndex(
            model_name="secondaudit",
            index=models.Index(
                models.F("organization"), models.F("session"), models.F("position"), name="second_audit_queue"
            ),
        ),
        migrations.AddIndex(
            model_name="secondaudit",
            index=models.Index(
                models.F("organization"),
                models.F("judged_at"),
                condition=models.Q(("judged_at__isnull", False)),
                name="second_audit_judged",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondaudit",
            constraint=models.UniqueConstraint(fields=("organization", "session", "task"), name="second_audit_once"),
        ),
        migrations.AddConstraint(
            model_name="secondaudit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("judged_at__isnull", True), ("verdict", "")),
                    models.Q(("auditor__isnull", False), ("judged_at__isnull", False)),
                    _connector="OR",
                ),
                name="second_audit_has_auditor",
            ),
        ),
        SecureTable("audits_secondaudit", references={"task_id": "audits_task", "session_id": "audits_auditsession"}),
    ]
