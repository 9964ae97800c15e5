"""Who may see what. The way in, which sets the scope, stands in 0006."""

from django.db import migrations

from labelops.tenancy.rls import SecureTable

APPEND_ONLY = """
CREATE FUNCTION audits_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audits_event
    FOR EACH STATEMENT EXECUTE FUNCTION audits_event_is_append_only();
"""
NOT_APPEND_ONLY = """
DROP TRIGGER append_only ON audits_event;
DROP FUNCTION audits_event_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]

    operations = [
        SecureTable("tenancy_organization", column="id"),
        SecureTable("tenancy_membership"),
        SecureTable("tenancy_invitation"),
        SecureTable("tenancy_apikey"),
        SecureTable("tenancy_savedview"),
        SecureTable("audits_event"),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
    ]
