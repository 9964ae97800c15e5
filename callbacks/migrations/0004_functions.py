"""Publishing, claiming and finishing as one function each: a function's plans are cached, a statement's are not.

What keeps a queue of one (endpoint, subject) going: exactly its first pending row is the head. A publisher looks for an
earlier pending row and shares its lock until its own transaction ends; a finisher needs that lock for itself, so one of
the two sees what the other did. A finisher never waits for a publisher (SKIP LOCKED, tried again later), a publisher
waits for a finisher's few milliseconds: no deadlock.
"""

from django.db import migrations

PUBLISH = """
-- One event and a delivery per listener; returns how many are to be sent, without those that are held. Nothing is written
-- where nobody listens.
-- Ids made here keep the event's time and take fresh random bits: version 7 like those made in Python.
CREATE FUNCTION callbacks_publish(given_organization uuid, given_event uuid, given_type text, given_subject uuid,
                                  given_sequence integer, given_body text, given_project uuid, given_urls text[],
                                  given_now timestamptz)
RETURNS integer LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    instant timestamptz := clock_timestamp();
    stamp text := left(given_event::text, 18);
    bytes bytea;
    listener record;
    is_first boolean;
    listeners integer := 0;
    to_send integer := 0;
BEGIN
    IF cardinality(given_urls) > 0 THEN
        INSERT INTO callbacks_endpoint (id, organization_id, url, description, event_types, profile, is_ad_hoc, status,
                                        secret, previous_secret, disabled_reason, created_at)
        SELECT (stamp || right(gen_random_uuid()::text, 18))::uuid, given_organization, u.url, '', '{}', 'scale', true,
               'active', '', '', '', given_now
          FROM (SELECT DISTINCT unnest(given_urls) AS url) u
         WHERE NOT EXISTS (SELECT FROM callbacks_endpoint e
                            WHERE e.organization_id = given_organization AND e.url = u.url AND e.is_ad_hoc)
         ORDER BY u.url
            ON CONFLICT (organization_id, url) WHERE is_ad_hoc DO NOTHING;
    END IF;
    FOR listener IN
        SELECT e.id, e.status FROM callbacks_endpoint e
         WHERE e.organization_id = given_organization AND NOT e.is_ad_hoc
           AND (e.project_id IS NULL OR e.project_id = given_project)
           AND (e.event_types = '{}' OR given_type = ANY (e.event_types))
        UNION ALL
        SELECT e.id, e.status FROM callbacks_endpoint e
         WHERE e.organization_id = given_organization AND e.is_ad_hoc AND e.url = ANY (given_urls)
    LOOP
        IF listeners = 0 THEN
            bytes := convert_to(given_body, 'UTF8');
            INSERT INTO callbacks_callbackevent (id, organization_id, type, subject_id, body, sha256, created_at)
            VALUES (given_event, given_organization, given_type, given_subject, bytes, sha256(bytes), given_now);
        END IF;
        listeners := listeners + 1;
        IF listener.status <> 'active' THEN
            -- Whoever enables it meanwhile either waits for this transaction or is seen here.
            SELECT e.id, e.status INTO listener FROM callbacks_endpoint e
             WHERE e.organization_id = given_organization AND e.id = listener.id FOR SHARE;
        END IF;
        to_send := to_send + (listener.status = 'active')::int;
        PERFORM FROM callbacks_delivery d
          WHERE d.organization_id = given_organization AND d.endpoint_id = listener.id
            AND d.subject_id = given_subject AND d.status = 'pending'
          ORDER BY d.sequence DESC LIMIT 1
            FOR SHARE;
        is_first := NOT FOUND;
        -- What a disabled endpoint misses is held, not dropped.
        INSERT INTO callbacks_delivery (id, organization_id, event_id, endpoint_id, subject_id, sequence, status,
                                        is_head, attempts, due_at, created_at, last_error)
        VALUES ((stamp || right(gen_random_uuid()::text, 18))::uuid, given_organization, given_event, listener.id,
                given_subject, given_sequence, CASE listener.status WHEN 'active' THEN 'pending' ELSE 'held' END,
                is_first AND listener.status = 'active', 0, instant, given_now, '');
    END LOOP;
    RETURN to_send;
END $$;
"""

CLAIM = """
-- Lease up to `wanted` due heads, endpoint after endpoint from `after` on, at most `cap` per endpoint less what is
-- `busy` there already. The last row has no delivery: its endpoint is where to go on, null at the end of the round.
CREATE FUNCTION callbacks_claim(given_owner uuid, wanted integer, lease interval, cap integer, after uuid,
                                busy uuid[], busy_counts integer[])
RETURNS TABLE (delivery_id uuid, organization_id uuid, endpoint_id uuid, event_id uuid, attempts smallint,
               type text, body bytea, url text, profile text, secret bytea, previous_secret bytea, auth_key bytea)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
    position uuid := after;
    turn record;
    room integer;
    taken uuid[];
    claimed uuid[] := '{}';
BEGIN
    FOR visits IN 1..256 LOOP
        SELECT e.id, e.organization_id, e.status INTO turn FROM callbacks_endpoint e
         WHERE e.id = (SELECT d.endpoint_id FROM callbacks_delivery d
                        WHERE d.status = 'pending' AND d.is_head AND d.endpoint_id > position
                        ORDER BY d.endpoint_id LIMIT 1);
        position := turn.id;
        EXIT WHEN position IS NULL;
        IF turn.status <> 'active' THEN
            -- Left over, or published while somebody disabled it; the lock says that it still is.
            PERFORM FROM callbacks_endpoint e WHERE e.id = position AND e.status <> 'active' FOR SHARE SKIP LOCKED;
            CONTINUE WHEN NOT FOUND;
            UPDATE callbacks_delivery d SET status = 'held', is_head = false
             WHERE d.id = ANY (ARRAY(
                   SELECT h.id FROM callbacks_delivery h
                    WHERE h.organization_id = turn.organization_id AND h.endpoint_id = position
                      AND h.status = 'pending' AND (h.lease_until IS NULL OR h.lease_until < instant)
                    LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED));
            CONTINUE;
        END IF;
        room := least(wanted, cap - coalesce(busy_counts[array_position(busy, position)], 0));
        CONTINUE WHEN room <= 0;
        taken := ARRAY(
            SELECT d.id FROM callbacks_delivery d
             WHERE d.endpoint_id = position AND d.status = 'pending' AND d.is_head AND d.due_at <= instant
               AND (d.lease_until IS NULL OR d.lease_until < instant)
             ORDER BY d.due_at LIMIT room
               FOR NO KEY UPDATE SKIP LOCKED);
        claimed := claimed || taken;
        wanted := wanted - cardinality(taken);
        EXIT WHEN wanted <= 0;
    END LOOP;
    UPDATE callbacks_delivery d SET lease_owner = given_owner, lease_until = instant + lease
     WHERE d.id = ANY (claimed);
    RETURN QUERY
        SELECT d.id, d.organization_id, d.endpoint_id, d.event_id, d.attempts, v.type::text, v.body, e.url::text,
               e.profile::text, e.secret, CASE WHEN e.previous_secret_until > instant THEN e.previous_secret END,
               o.callback_auth_key
          FROM callbacks_delivery d
          JOIN callbacks_callbackevent v ON v.id = d.event_id
          JOIN callbacks_endpoint e ON e.id = d.endpoint_id
          JOIN tenancy_organization o ON o.id = d.organization_id
         WHERE d.id = ANY (claimed)
         ORDER BY d.due_at;
    endpoint_id := position;
    delivery_id := NULL;
    RETURN NEXT;
END $$;
"""

FINISH = """
-- Record attempts and what follows from them, for those deliveries whose lease is still the owner's. Returns the ids
-- that are settled (written, or no longer the owner's); the others are locked just now and are to be tried again.
-- `outcomes` are statuses: 'pending' means another attempt after `waits`, 'held' that the endpoint refuses for good.
CREATE FUNCTION callbacks_finish(given_owner uuid, ids uuid[], attempt_ids uuid[], outcomes text[],
                                 waits interval[], starts timestamptz[], durations double precision[],
                                 addresses text[], codes integer[], errors text[], details text[], answers bytea[])
RETURNS TABLE (settled uuid, written boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
    locked uuid[];
    ending uuid[];
    successors uuid[];
    free_successors uuid[];
BEGIN
    locked := ARRAY(
        SELECT d.id FROM callbacks_delivery d
         WHERE d.id = ANY (ids) AND d.lease_owner = given_owner AND d.status = 'pending'
           FOR NO KEY UPDATE SKIP LOCKED);
    -- A statement of its own: it sees what publishers committed before the locks were granted.
    SELECT array_agg(d.id), array_agg(n.id) INTO ending, successors
      FROM unnest(ids, outcomes) r (id, outcome)
      JOIN callbacks_delivery d ON d.id = r.id
      CROSS JOIN LATERAL (
            SELECT s.id FROM callbacks_delivery s
             WHERE s.organization_id = d.organization_id AND s.endpoint_id = d.endpoint_id
               AND s.subject_id = d.subject_id AND s.status = 'pending' AND s.id <> d.id
             ORDER BY s.sequence, s.id LIMIT 1) n
     WHERE r.id = ANY (locked) AND r.outcome <> 'pending';
    IF successors IS NOT NULL THEN
        free_successors := ARRAY(
            SELECT s.id FROM callbacks_delivery s
             WHERE s.id = ANY (successors) AND s.status = 'pending' FOR NO KEY UPDATE SKIP LOCKED);
        locked := ARRAY(
            SELECT l.id FROM unnest(locked) l (id)
             WHERE NOT EXISTS (SELECT FROM unnest(ending, successors) e (id, successor)
                                WHERE e.id = l.id AND e.successor <> ALL (free_successors)));
        UPDATE callbacks_delivery s SET is_head = true
          FROM unnest(ending, successors) e (id, successor)
         WHERE s.id = e.successor AND e.id = ANY (locked) AND NOT s.is_head;
    END IF;
    INSERT INTO callbacks_attempt (id, organization_id, delivery_id, number, at, seconds, address, status_code, error,
                                   detail, response)
    SELECT r.attempt_id, d.organization_id, d.id, d.attempts + 1, r.start, r.duration, r.address, r.code, r.error,
           r.detail, r.answer
      FROM unnest(ids, attempt_ids, starts, durations, addresses, codes, errors, details, answers)
           r (id, attempt_id, start, duration, address, code, error, detail, answer)
      JOIN callbacks_delivery d ON d.id = r.id
     WHERE r.id = ANY (locked);
    UPDATE callbacks_delivery d
       SET status = r.outcome, is_head = r.outcome = 'pending', attempts = d.attempts + 1,
           due_at = CASE WHEN r.outcome = 'pending' THEN instant + r.wait ELSE d.due_at END,
           finished_at = CASE WHEN r.outcome IN ('delivered', 'dead') THEN instant END,
           lease_owner = NULL, lease_until = NULL, last_status_code = r.code, last_error = left(r.detail, 255)
      FROM unnest(ids, outcomes, waits, codes, details) r (id, outcome, wait, code, detail)
     WHERE d.id = r.id AND r.id = ANY (locked);
    -- The other deliveries of such an endpoint are held when their turn comes.
    IF 'held' = ANY (outcomes) THEN
        UPDATE callbacks_endpoint e
           SET status = 'disabled', disabled_at = instant,
               disabled_reason = 'The receiver answered 410 Gone: it wants no more callbacks.'
         WHERE e.status = 'active' AND e.id IN (
               SELECT d.endpoint_id FROM unnest(ids, outcomes) r (id, outcome)
                 JOIN callbacks_delivery d ON d.id = r.id
                WHERE r.outcome = 'held' AND r.id = ANY (locked));
    END IF;
    RETURN QUERY
        SELECT i.id, i.id = ANY (locked) FROM unnest(ids) i (id)
         WHERE i.id = ANY (locked)
            OR NOT EXISTS (SELECT FROM callbacks_delivery d
                            WHERE d.id = i.id AND d.lease_owner = given_owner AND d.status = 'pending');
END $$;
"""

# Rows change several times in a short life: room on the page keeps those changes heap-only.
STORAGE = "ALTER TABLE callbacks_delivery SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);"
NO_STORAGE = "ALTER TABLE callbacks_delivery RESET (fillfactor, autovacuum_vacuum_scale_factor);"
DROP = """
DROP FUNCTION callbacks_finish;
DROP FUNCTION callbacks_claim;
DROP FUNCTION callbacks_publish;
"""


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0003_endpoints_and_turns")]

    operations = [migrations.RunSQL(PUBLISH + CLAIM + FINISH, DROP), migrations.RunSQL(STORAGE, NO_STORAGE)]
