import django.contrib.postgres.fields
import django.db.models.deletion
import labelops.tenancy.identifiers
from django.conf import settings
from django.db import migrations, models

from labelops.tenancy.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [
        ("audits", "0008_bulk_jobs"),
        ("tenancy", "0002_scope"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BatchGroup",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=labelops.tenancy.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProjectGroup",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=labelops.tenancy.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ProjectGroupMember",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=labelops.tenancy.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QualityTask",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=labelops.tenancy.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("evaluation", "Evaluation"), ("training", "Training")], max_length=16),
                ),
                ("type", models.CharField(max_length=64)),
                ("instruction", models.TextField(blank=True)),
                ("params", models.JSONField(default=dict)),
                ("metadata", models.JSONField(default=dict)),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255), blank=True, null=True
                    ),
                ),
                ("unique_id", models.CharField(blank=True, max_length=255, null=True)),
                ("expected_response", models.JSONField()),
                ("initial_response", models.JSONField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["evaluation", "training"])), name="quality_task_kind_known"
                    )
                ]
            },
        ),
        migrations.AddField(
            model_name="attachment",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attachment",
            name="failure",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="attachment",
            name="next_try_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="attachment",
            name="project_names",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=255), blank=True, default=list
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="source_url",
            field=models.CharField(blank=True, max_length=2048),
        ),
        migrations.AddField(
            model_name="attachment",
            name="state",
            field=models.CharField(
                choices=[("kept", "Kept"), ("waiting", "Waiting"), ("failed", "Failed")], default="kept", max_length=16
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="halted",
            field=models.CharField(
                blank=True, choices=[("paused", "Paused"), ("cancelled", "Cancelled")], default="", max_length=16
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="priority",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["organization", "next_try_at"],
                name="attachment_to_fetch",
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["kept", "waiting", "failed"])), name="attachment_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("halted__in", ["", "paused", "cancelled"])), name="batch_halt_known"
            ),
        ),
        migrations.AddField(
            model_name="batchgroup",
            name="batch",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="groups",
                to="audits.batch",
            ),
        ),
        migrations.AddField(
            model_name="batchgroup",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.organization"
            ),
        ),
        migrations.AddField(
            model_name="projectgroup",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.organization"
            ),
        ),
        migrations.AddField(
            model_name="projectgroup",
            name="project",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="groups",
                to="audits.project",
            ),
        ),
        migrations.AddField(
            model_name="batchgroup",
            name="group",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="audits.projectgroup",
            ),
        ),
        migrations.AddField(
            model_name="projectgroupmember",
            name="group",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="memberships",
                to="audits.projectgroup",
            ),
        ),
        migrations.AddField(
            model_name="projectgroupmember",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.organization"
            ),
        ),
        migrations.AddField(
            model_name="projectgroupmember",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="qualitytask",
            name="batch",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="audits.batch",
            ),
        ),
        migrations.AddField(
            model_name="qualitytask",
            name="created_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="qualitytask",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.organization"
            ),
        ),
        migrations.AddField(
            model_name="qualitytask",
            name="project",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="audits.project",
            ),
        ),
        migrations.AddConstraint(
            model_name="projectgroup",
            constraint=models.UniqueConstraint(fields=("organization", "project", "name"), name="project_group_unique"),
        ),
        migrations.AddConstraint(
            model_name="batchgroup",
            constraint=models.UniqueConstraint(fields=("organization", "batch", "group"), name="batch_group_once"),
        ),
        migrations.AddConstraint(
            model_name="projectgroupmember",
            constraint=models.UniqueConstraint(
                fields=("organization", "group", "user"), name="project_group_member_once"
            ),
        ),
        migrations.AddIndex(
            model_name="qualitytask",
            index=models.Index(fields=["organization", "kind", "-id"], name="quality_task_newest"),
        ),
        migrations.AddConstraint(
            model_name="qualitytask",
            constraint=models.UniqueConstraint(
                condition=models.Q(("unique_id__isnull", False)),
                fields=("organization", "kind", "unique_id"),
                name="quality_task_unique_id_unique",
            ),
        ),
        SecureTable("audits_qualitytask", references={"project_id": "audits_project", "batch_id": "audits_batch"}),
        SecureTable("audits_projectgroup", referenced=True, references={"project_id": "audits_project"}),
        SecureTable("audits_projectgroupmember", references={"group_id": "audits_projectgroup"}),
        SecureTable("audits_batchgroup", references={"batch_id": "audits_batch", "group_id": "audits_projectgroup"}),
    ]
