from django.db import migrations

from labelops.tenancy.rls import SecureTable

# The system scope lasts for the one look-up; the organization that it finds is the scope until the transaction ends.
# (A function's own SET clause would be the safer form, but only a superuser may write one for a custom setting.)
ENTER = """
CREATE FUNCTION tenancy_enter_by_membership(given_user uuid, given_slug text)
RETURNS TABLE (person tenancy_user, membership tenancy_membership, organization tenancy_organization)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    found_row record;
    was_found boolean;
BEGIN
    PERFORM set_config('labelops.scope', 'system', true);
    SELECT u, m, o INTO found_row
    FROM tenancy_organization o
    JOIN tenancy_membership m ON m.organization_id = o.id AND m.user_id = given_user AND m.is_active
    JOIN tenancy_user u ON u.id = m.user_id
    WHERE o.slug = given_slug;
    was_found := FOUND;
    PERFORM set_config('labelops.scope', '', true);
    IF was_found THEN
        person := found_row.u; membership := found_row.m; organization := found_row.o;
        PERFORM set_config('labelops.organization', organization.id::text, true);
        RETURN NEXT;
    END IF;
END $$;

CREATE FUNCTION tenancy_enter_by_key(given_public_id text, given_hash bytea)
RETURNS TABLE (person tenancy_user, membership tenancy_membership, organization tenancy_organization,
               api_key tenancy_apikey)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    found_row record;
    was_found boolean;
BEGIN
    PERFORM set_config('labelops.scope', 'system', true);
    SELECT u, m, o, k INTO found_row
    FROM tenancy_apikey k
    JOIN tenancy_organization o ON o.id = k.organization_id
    JOIN tenancy_membership m ON m.organization_id = o.id AND m.user_id = k.user_id AND m.is_active
    JOIN tenancy_user u ON u.id = k.user_id AND u.is_active
    WHERE k.public_id = given_public_id AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp());
    was_found := FOUND;
    PERFORM set_config('labelops.scope', '', true);
    IF was_found AND (found_row.k).secret_hash = given_hash THEN
        person := found_row.u; membership := found_row.m; organization := found_row.o; api_key := found_row.k;
        PERFORM set_config('labelops.organization', organization.id::text, true);
        RETURN NEXT;
    END IF;
END $$;
"""
LEAVE = """
DROP FUNCTION tenancy_enter_by_key(text, bytea);
DROP FUNCTION tenancy_enter_by_membership(uuid, text);
"""

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
        migrations.RunSQL(ENTER, LEAVE),
    ]
