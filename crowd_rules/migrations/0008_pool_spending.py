import django.db.models.deletion
from django.db import migrations, models

import labelops.tenancy.identifiers
from labelops.tenancy.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [
        ("crowd_rules", "0007_redone_tasks"),
    ]

    operations = [
        migrations.CreateModel(
            name="PoolSpending",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=labelops.tenancy.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("through", models.DateTimeField(null=True)),
                ("spent", models.DecimalField(decimal_places=4, default=0, max_digits=16)),
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
                    "pool",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crowd_rules.pool",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization", "pool"), name="pool_spending_once")],
            },
        ),
        SecureTable("crowd_rules_poolspending", references={"pool_id": "crowd_rules_pool"}),
        migrations.AddIndex(
            model_name="restriction",
            index=models.Index(
                condition=models.Q(("lifted_at__isnull", True)),
                fields=["organization", "until"],
                name="restriction_live",
            ),
        ),
    ]
