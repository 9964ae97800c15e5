"""Publish, finish, and what a claim asks of an endpoint: the claim itself stands in 0005.

The queue of one (endpoint, subject) works as before: exactly its first pending row is the head. What is replayed
(`priority` 2) forms a second queue of the same kind, which publishers do not look at.
"""

from django.db import migrations

PUBLISH = """
-- One event and a delivery per listener; returns how many are to be sent, without those that are held. Nothing is written
-- where nobody listens.
-- Ids made here keep the event's time and take fresh random bits: version 7 like those made in Python.
CREATE OR REPLACE FUNCTION callbacks_publish(given_organization uuid, given_event uuid, given_type text, given_subject uuid,
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
         WHERE e.organization_id = given_organization AND NOT e.is_ad_hoc AND e.status <> 'deleted'
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
            AND d.subject_id = given_subject AND d.status = 'pending' AND d.priority < 2
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

ENDPOINTS = """
-- Changes with everything that a deliverer has to know of an endpoint: whoever has seen the same need not look again.
CREATE OR REPLACE FUNCTION callbacks_target(e callbacks_endpoint, o tenancy_organization, h callbacks_endpointhealth,
                                 instant timestamptz)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT e.id::text || ' ' || md5(ROW(e.url, e.profile, e.secret, e.previous_secret, e.older_secret,
               coalesce(e.previous_secret_until > instant, false), coalesce(e.older_secret_until > instant, false),
               e.signing_key, e.header_name, e.header_value, e.has_toloka_signature, e.client_certificate,
               e.timeout_seconds, o.callback_auth_key)::text)
           || CASE WHEN h.failures > 0 OR h.open_until IS NOT NULL OR h.in_flight_cap IS NOT NULL
                   THEN ' troubled' ELSE '' END
$$;

-- Of an endpoint that is not active, stop what waits: left over, or published while somebody disabled it.
CREATE OR REPLACE FUNCTION callbacks_hold(given_endpoint uuid, given_organization uuid, instant timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    state text;
BEGIN
    -- The lock says that it still is so.
    SELECT e.status INTO state FROM callbacks_endpoint e
     WHERE e.id = given_endpoint AND e.status <> 'active' FOR SHARE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE callbacks_delivery d SET is_head = false,
           status = CASE state WHEN 'deleted' THEN 'canceled' ELSE 'held' END
     WHERE d.id = ANY (ARRAY(
           SELECT h.id FROM callbacks_delivery h
            WHERE h.organization_id = given_organization AND h.endpoint_id = given_endpoint
              AND h.status = 'pending' AND (h.lease_until IS NULL OR h.lease_until < instant)
            LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED));
END $$;

-- How many requests the endpoint's rate allows now; none while another deliverer is counting.
CREATE OR REPLACE FUNCTION callbacks_tokens(given_endpoint uuid, given_organization uuid, rate integer, instant timestamptz)
RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
    left_over double precision;
    counted_at timestamptz;
BEGIN
    PERFORM callbacks_ensure_health(given_endpoint, given_organization);
    SELECT h.tokens, h.tokens_at INTO left_over, counted_at FROM callbacks_endpointhealth h
     WHERE h.endpoint_id = given_endpoint FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    RETURN CASE WHEN counted_at IS NULL THEN rate
                ELSE least(rate, left_over + rate * extract(epoch FROM instant - counted_at)) END;
END $$;

CREATE OR REPLACE FUNCTION callbacks_ensure_health(given_endpoint uuid, given_organization uuid)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO callbacks_endpointhealth (endpoint_id, organization_id, last_error, last_detail, failures,
        window_attempts, window_failures, day_attempts, day_failures, prior_day_attempts, prior_day_failures, trips,
        tokens, alerted)
    VALUES (given_endpoint, given_organization, '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}')
        ON CONFLICT DO NOTHING
$$;
"""

FINISH = """
-- Record attempts and what follows from them, for those deliveries whose lease is still the owner's. Returns the ids
-- that are settled (written, or no longer the owner's); the others are locked just now and are to be tried again.
-- `outcomes` are statuses: 'pending' means another attempt after `waits`, 'held' that the endpoint refuses for good.
CREATE OR REPLACE FUNCTION callbacks_finish(given_owner uuid, ids uuid[], attempt_ids uuid[], outcomes text[],
                                 waits double precision[], starts timestamptz[], durations double precision[],
                                 addresses text[], codes integer[], errors text[], details text[], answers bytea[],
                                 headers text[], name_times double precision[], connect_times double precision[],
                                 tls_times double precision[], first_byte_times double precision[],
                                 has_replays boolean)
RETURNS TABLE (settled text, written boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
    locked uuid[];
    ending uuid[];
    successors uuid[];
    free_successors uuid[];
    refused boolean := 'held' = ANY (outcomes);
    gone uuid[];
BEGIN
    locked := ARRAY(
        SELECT d.id FROM callbacks_delivery d
         WHERE d.id = ANY (ids) AND d.lease_owner = given_owner AND d.status = 'pending'
           FOR NO KEY UPDATE SKIP LOCKED);
    IF refused THEN
        gone := ARRAY(SELECT r.id FROM unnest(ids, outcomes) r (id, outcome) WHERE r.outcome = 'held');
    END IF;
    IF has_replays THEN
        -- What a canceled replay was sending ends as it was before, unless it arrived.
        outcomes := ARRAY(
            SELECT CASE WHEN p.status = 'canceled' AND r.outcome <> 'delivered' THEN d.status_before ELSE r.outcome END
              FROM unnest(ids, outcomes) WITH ORDINALITY r (id, outcome, place)
              LEFT JOIN callbacks_delivery d ON d.id = r.id
              LEFT JOIN callbacks_replay p ON p.id = d.replay_id
             ORDER BY r.place);
    END IF;
    -- A statement of its own: it sees what publishers committed before the locks were granted.
    SELECT array_agg(d.id), array_agg(n.id) INTO ending, successors
      FROM unnest(ids, outcomes) r (id, outcome)
      JOIN callbacks_delivery d ON d.id = r.id
      CROSS JOIN LATERAL (
            SELECT s.id FROM callbacks_delivery s
             WHERE s.organization_id = d.organization_id AND s.endpoint_id = d.endpoint_id
               AND s.subject_id = d.subject_id AND s.status = 'pending' AND s.id <> d.id
               AND (s.priority = 2) = (d.priority = 2)
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
                                   detail, response, request_headers, dns_seconds, connect_seconds, tls_seconds,
                                   first_byte_seconds, next_attempt_at)
    SELECT r.attempt_id, d.organization_id, d.id, d.attempts + 1, r.start, r.duration, r.address, r.code, r.error,
           r.detail, r.answer, r.header, r.name_time, r.connect_time, r.tls_time, r.first_byte_time,
           CASE WHEN r.outcome = 'pending' THEN instant + make_interval(secs => r.wait) END
      FROM unnest(ids, attempt_ids, outcomes, waits, starts, durations, addresses, codes, errors, details, answers,
                  headers, name_times, connect_times, tls_times, first_byte_times)
           r (id, attempt_id, outcome, wait, start, duration, address, code, error, detail, answer,
              header, name_time, connect_time, tls_time, first_byte_time)
      JOIN callbacks_delivery d ON d.id = r.id
     WHERE r.id = ANY (locked);
    IF has_replays THEN
        UPDATE callbacks_replay p SET delivered = p.delivered + n.delivered, failed = p.failed + n.failed
          FROM (SELECT d.replay_id, count(*) FILTER (WHERE r.outcome = 'delivered') AS delivered,
                       count(*) FILTER (WHERE r.outcome = 'dead') AS failed
                  FROM unnest(ids, outcomes) r (id, outcome) JOIN callbacks_delivery d ON d.id = r.id
                 WHERE r.id = ANY (locked) AND d.replay_id IS NOT NULL
                 GROUP BY 1 ORDER BY 1) n
         WHERE p.id = n.replay_id;
    END IF;
    UPDATE callbacks_delivery d
       SET status = r.outcome, is_head = r.outcome = 'pending', attempts = d.attempts + 1,
           -- From the fourth attempt on it goes behind what is new.
           priority = CASE WHEN d.priority = 0 AND r.outcome = 'pending' AND d.attempts >= 2 THEN 1 ELSE d.priority END,
           due_at = CASE WHEN r.outcome = 'pending' THEN instant + make_interval(secs => r.wait) ELSE d.due_at END,
           finished_at = CASE WHEN r.outcome IN ('delivered', 'dead') THEN instant END,
           lease_owner = NULL, lease_until = NULL, last_status_code = r.code, last_error = left(r.detail, 255)
      FROM unnest(ids, outcomes, waits, codes, details) r (id, outcome, wait, code, detail)
     WHERE d.id = r.id AND r.id = ANY (locked);
    -- The other deliveries of such an endpoint are held when their turn comes.
    IF refused THEN
        UPDATE callbacks_endpoint e
           SET status = 'disabled', disabled_at = instant, is_disabled_by_engine = true,
               disabled_reason = 'The receiver answered 410 Gone: it wants no more callbacks.'
         WHERE e.status = 'active' AND e.id IN (
               SELECT d.endpoint_id FROM callbacks_delivery d
                WHERE d.id = ANY (gone) AND d.id = ANY (locked));
    END IF;
    RETURN QUERY
        SELECT i.id::text, i.id = ANY (locked) FROM unnest(ids) i (id)
         WHERE i.id = ANY (locked)
            OR NOT EXISTS (SELECT FROM callbacks_delivery d
                            WHERE d.id = i.id AND d.lease_owner = given_owner AND d.status = 'pending');
END $$;
"""

# Rows change several times in a short life: room on the page keeps those changes heap-only.
STORAGE = "ALTER TABLE callbacks_delivery SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);"
NO_STORAGE = "ALTER TABLE callbacks_delivery RESET (fillfactor, autovacuum_vacuum_scale_factor);"
# Of an instance that was made before there were shares.
OLD_CLAIM = """
DROP FUNCTION IF EXISTS callbacks_claim(uuid, integer, interval, integer, integer, uuid, uuid[], integer[], integer);
"""
DROP = """
DROP FUNCTION callbacks_finish;
DROP FUNCTION callbacks_ensure_health;
DROP FUNCTION callbacks_tokens;
DROP FUNCTION callbacks_hold;
DROP FUNCTION callbacks_target;
DROP FUNCTION callbacks_publish;
"""


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0002_tenancy")]

    operations = [
        migrations.RunSQL(OLD_CLAIM + PUBLISH + ENDPOINTS + FINISH, DROP),
        migrations.RunSQL(STORAGE, NO_STORAGE),
    ]
