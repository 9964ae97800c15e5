"""The way in returns one row, and sets the scope by assignments: what is performed is run as a query each time.

The system scope lasts for the one look-up; the organization that it finds is the scope until the transaction ends. (A
function's own SET clause would be the safer form, but only a superuser may write one for a custom setting.)
"""

from django.db import migrations

ENTER = """
CREATE FUNCTION tenancy_enter_by_membership(given_user uuid, given_slug text, OUT person tenancy_user,
                                            OUT membership tenancy_membership, OUT organization tenancy_organization)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    found_row record;
    was_found boolean;
    scope text;
BEGIN
    scope := set_config('labelops.scope', 'system', true);
    SELECT u, m, o INTO found_row
    FROM tenancy_organization o
    JOIN tenancy_membership m ON m.organization_id = o.id AND m.user_id = given_user AND m.is_active
    JOIN tenancy_user u ON u.id = m.user_id
    WHERE o.slug = given_slug;
    was_found := FOUND;
    scope := set_config('labelops.scope', '', true);
    IF was_found THEN
        person := found_row.u; membership := found_row.m; organization := found_row.o;
        scope := set_config('labelops.organization', organization.id::text, true);
    END IF;
END $$;

CREATE FUNCTION tenancy_enter_by_key(given_public_id text, given_hash bytea, OUT person tenancy_user,
                                     OUT membership tenancy_membership, OUT organization tenancy_organization,
                                     OUT api_key tenancy_apikey)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    found_row record;
    was_found boolean;
    scope text;
BEGIN
    scope := set_config('labelops.scope', 'system', true);
    SELECT u, m, o, k INTO found_row
    FROM tenancy_apikey k
    JOIN tenancy_organization o ON o.id = k.organization_id
    JOIN tenancy_membership m ON m.organization_id = o.id AND m.user_id = k.user_id AND m.is_active
    JOIN tenancy_user u ON u.id = k.user_id AND u.is_active
    WHERE k.public_id = given_public_id AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp());
    was_found := FOUND;
    scope := set_config('labelops.scope', '', true);
    IF was_found AND (found_row.k).secret_hash = given_hash THEN
        person := found_row.u; membership := found_row.m; organization := found_row.o; api_key := found_row.k;
        scope := set_config('labelops.organization', organization.id::text, true);
    END IF;
END $$;
"""
# What an instance may have of earlier versions of these.
DROP = "DROP FUNCTION IF EXISTS tenancy_enter_by_key; DROP FUNCTION IF EXISTS tenancy_enter_by_membership;"


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0005_events_read_by_the_thousand")]

    operations = [migrations.RunSQL(DROP + ENTER, DROP)]
