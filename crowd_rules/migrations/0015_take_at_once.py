"""A take as one statement that is its own transaction: neither BEGIN nor COMMIT is sent, and nothing is asked twice."""

from importlib import import_module

from django.db import migrations

BY_INDEX = import_module("crowd_rules.migrations.0009_hand_out_by_index").BY_INDEX

TAKE = """
-- {assignment, tasks, again}: the next suite of this pool for the performer with this token, or the one in hand.
-- Null, and nothing done, for any other outcome of `crowd_rules_hand_out`, and for a token that is not good.
CREATE FUNCTION crowd_rules_take_at_once(given_public_id text, given_hash bytea, given_pool uuid, takes uuid[])
RETURNS json LANGUAGE plpgsql BY_INDEX AS $$
DECLARE
    account record;
    handed record;
    given crowd_rules_assignment;
    setting text;
BEGIN
    BEGIN
        setting := set_config('labelops.scope', 'system', true);
        SELECT a.organization_id, a.performer_id INTO account FROM crowd_rules_performeraccount a
         WHERE a.token_public_id = given_public_id AND a.is_active AND a.token_hash = given_hash;
        IF NOT FOUND THEN RAISE SQLSTATE 'LO001'; END IF;
        setting := set_config('labelops.scope', '', true);
        setting := set_config('labelops.organization', account.organization_id::text, true);
        handed := crowd_rules_hand_out(account.organization_id, given_pool, account.performer_id, takes[1], takes[2],
                                       takes[3], true);
        given := handed.assignment;
        IF given.id IS NULL THEN RAISE SQLSTATE 'LO001'; END IF;
    EXCEPTION WHEN SQLSTATE 'LO001' THEN
        -- Undone with all that was written on the way: who asks the ordinary way is told why.
        RETURN NULL;
    END;
    RETURN json_build_object(
        'assignment', json_build_object(
            'id', given.id, 'pool_id', given.pool_id, 'status', given.status, 'reward', given.reward,
            'created_at', given.created_at, 'expires_at', given.expires_at, 'submitted_at', given.submitted_at,
            'public_comment', given.public_comment),
        'tasks', crowd_rules_page(account.organization_id, given.id), 'again', handed.outcome = 'AGAIN');
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0014_references_without_locks")]

    operations = [
        migrations.RunSQL(TAKE.replace("BY_INDEX", BY_INDEX), "DROP FUNCTION crowd_rules_take_at_once;"),
    ]
