"""Who may work on a batch. The functions of the audit loop stand in 0025."""

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


class Migration(migrations.Migration):
    dependencies = [("audits", "0002_tenancy_and_locks")]

    operations = [migrations.RunSQL(OPEN_TO, "DROP FUNCTION audits_batch_is_open_to;")]
