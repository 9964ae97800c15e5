"""Where auditors need an assignment, a batch that is given to groups is handed to these groups' people only."""

from importlib import import_module

from django.db import migrations

OPEN_TO = """
-- Whether this person may work on the batch: it is given to nobody, or to a group of theirs. No batch is everybody's.
CREATE FUNCTION audits_batch_is_open_to(given_organization uuid, given_batch uuid, given_user uuid)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (SELECT FROM audits_batchgroup b
                        WHERE b.organization_id = given_organization AND b.batch_id = given_batch)
        OR EXISTS (SELECT FROM audits_batchgroup b
                     JOIN audits_projectgroupmember m
                       ON m.organization_id = given_organization AND m.group_id = b.group_id AND m.user_id = given_user
                    WHERE b.organization_id = given_organization AND b.batch_id = given_batch)
$$;
"""
ASSIGNED = "CONTINUE WHEN NOT coalesce((candidate.task).project_id = ANY (given_projects), given_projects IS NULL);"
# Looked at only for those who need an assignment: for everybody else the claim costs what it did.
ASKED = """
        CONTINUE WHEN given_projects IS NOT NULL
                  AND NOT audits_batch_is_open_to(given_organization, (candidate.task).batch_id, given_user);"""
BEFORE = import_module("audits.migrations.0003_claim_and_verdict").CLAIM_NEXT.replace(
    "CREATE FUNCTION audits_claim_next", "CREATE OR REPLACE FUNCTION audits_claim_next"
)
AFTER = BEFORE.replace(ASSIGNED, ASSIGNED + ASKED)


class Migration(migrations.Migration):
    dependencies = [("audits", "0009_scale_client")]

    operations = [
        migrations.RunSQL(OPEN_TO, "DROP FUNCTION audits_batch_is_open_to;"),
        migrations.RunSQL(AFTER, BEFORE),
    ]
