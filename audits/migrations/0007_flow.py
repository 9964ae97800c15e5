"""Reasons and pinned comments on audits and drafts, comment templates, flags for colleagues."""

import django.contrib.postgres.fields
import django.db.models.deletion
import labelops.tenancy.identifiers
from django.conf import settings
from django.db import migrations, models

from labelops.tenancy.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [
        ("audits", "0006_event_moves_to_tenancy"),
        ("tenancy", "0004_hold_callbacks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CommentTemplate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=labelops.tenancy.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("text", models.TextField()),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Flag",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=labelops.tenancy.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("task_version", models.PositiveIntegerField()),
                ("note", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("answer", models.TextField(blank=True)),
            ],
        ),
        migrations.AddField(
            model_name="audit",
            name="pins",
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="audit",
            name="reasons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120), db_default=[], default=list
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="pins",
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="draft",
            name="reasons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120), db_default=[], default=list
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="reasons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120), blank=True, default=list
            ),
        ),
        migrations.AlterField(
            model_name="sessionitem",
            name="state",
            field=models.SmallIntegerField(
                choices=[(0, "Open"), (1, "Done"), (2, "Withdrawn"), (3, "Waits for a colleague")], default=0
            ),
        ),
        migrations.AddIndex(
            model_name="audit",
            index=models.Index(
                condition=models.Q(("reasons", []), _negated=True),
                fields=["organization", "audited_at"],
                name="audit_reasons",
            ),
        ),
        migrations.AddField(
            model_name="commenttemplate",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.organization"
            ),
        ),
        migrations.AddField(
            model_name="commenttemplate",
            name="user",
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
            model_name="flag",
            name="assignee",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="flag",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.organization"
            ),
        ),
        migrations.AddField(
            model_name="flag",
            name="raised_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="flag",
            name="session",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="flags",
                to="audits.auditsession",
            ),
        ),
        migrations.AddField(
            model_name="flag",
            name="task",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="flags",
                to="audits.task",
            ),
        ),
        migrations.AddIndex(
            model_name="commenttemplate",
            index=models.Index(fields=["organization", "user", "id"], name="comment_template_user"),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(
                condition=models.Q(("answered_at__isnull", True)),
                fields=["organization", "assignee", "id"],
                name="flag_assignee",
            ),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(fields=["organization", "task", "id"], name="flag_task"),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(
                condition=models.Q(("session__isnull", False)),
                fields=["organization", "session", "id"],
                name="flag_session",
            ),
        ),
        SecureTable("audits_commenttemplate"),
        SecureTable("audits_flag", references={"task_id": "audits_task", "session_id": "audits_auditsession"}),
    ]
