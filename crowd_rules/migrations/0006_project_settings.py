import django.db.models.deletion
from django.db import migrations, models

import labelops.tenancy.identifiers
from labelops.tenancy.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [
        ("crowd_rules", "0005_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProjectSettings",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=labelops.tenancy.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("settings", models.JSONField(default=dict)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="audits.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "project"), name="project_settings_once")
                ],
            },
        ),
        SecureTable("crowd_rules_projectsettings", references={"project_id": "audits_project"}),
    ]
