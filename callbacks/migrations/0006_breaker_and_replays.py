"""The functions of 0004 with what the engine has learned since: breakers, priorities, replays, deleted endpoints.

The queue of one (endpoint, subject) works as before: exactly its first pending row is the head. What is replayed
(`priority` 2) forms a second queue of the same kind, which publishers do not look at.
"""

import importlib

from django.db import migrations

BEFORE = importlib.import_module("callbacks.migrations.0004_functions")

PUBLISH = (
    BEFORE.PUBLISH.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    .replace(
        "WHERE e.organization_id = given_organization AND NOT e.is_ad_hoc\n",
        "WHERE e.organization_id = given_organization AND NOT e.is_ad_hoc AND e.status <> 'deleted'\n",
    )
    .replace(
        "AND d.subject_id = given_subject AND d.status = 'pending'\n",
        "AND d.subject_id = given_subject AND d.status = 'pending' AND d.priority < 2\n",
    )
)

CLAIM = """
-- Changes with everything that a deliverer has to know of an endpoint: whoever has seen the same need not look again.
CREATE FUNCTION callbacks_target(e callbacks_endpoint, o tenancy_organization, h callbacks_endpointhealth,
                                 instant timestamptz)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT e.id::text || ' ' || md5(ROW(e.url, e.profile, e.secret, e.previous_secret, e.older_secret,
               coalesce(e.previous_secret_until > instant, false), coalesce(e.older_secret_until > instant, false),
               e.signing_key, e.header_name, e.header_value, e.has_toloka_signature, e.client_certificate,
               e.timeout_seconds, o.callback_auth_key)::text)
           || CASE WHEN h.failures > 0 OR h.open_until IS NOT NULL OR h.in_flight_cap IS NOT NULL
                   THEN ' troubled' ELSE '' END
$$;

-- Lease up to `wanted` due heads, endpoint after endpoint from `after` on. Of each at most `cap` (or what its health
-- allows), shared among `slots` deliverers, less what is `busy` there already; of replays at most `replays` in all.
-- New ones go first, then late retries, then replays. An endpoint whose breaker is half open gets one probe. The last
-- row has no delivery: its endpoint is where to go on, null at the end of the round.
CREATE FUNCTION callbacks_claim(given_owner uuid, wanted integer, lease interval, cap integer, slots integer,
                                after uuid, busy uuid[], busy_counts integer[], replays integer)
RETURNS TABLE (delivery_id text, endpoint_id text, message_id text, attempts smallint, priority smallint,
               is_probe boolean, type text, body bytea, target text)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
    position uuid := after;
    turn record;
    room integer;
    kind integer;
    most integer;
    tokens_now double precision;
    is_probing boolean;
    taken uuid[];
    fitting uuid[];
    claimed uuid[] := '{}';
    probes uuid[] := '{}';
    visited uuid[] := '{}';
    targets text[] := '{}';
    lasting interval := lease;
BEGIN
    FOR visits IN 1..256 LOOP
        SELECT e.id, e.organization_id, e.status, e.timeout_seconds, e.rate_limit, h.open_until, h.in_flight_cap,
               callbacks_target(e, o, h, instant) AS target
          INTO turn
          FROM callbacks_endpoint e
          JOIN tenancy_organization o ON o.id = e.organization_id
          LEFT JOIN callbacks_endpointhealth h ON h.endpoint_id = e.id
         WHERE e.id = (SELECT d.endpoint_id FROM callbacks_delivery d
                        WHERE d.status = 'pending' AND d.is_head AND d.endpoint_id > position
                        ORDER BY d.endpoint_id LIMIT 1);
        position := turn.id;
        EXIT WHEN position IS NULL;
        IF turn.status <> 'active' THEN
            PERFORM callbacks_hold(turn.id, turn.organization_id, instant);
            CONTINUE;
        END IF;
        CONTINUE WHEN turn.open_until > instant;
        is_probing := turn.open_until IS NOT NULL;
        room := least(wanted, (least(cap, coalesce(turn.in_flight_cap, cap)) + slots - 1) / slots
                              - coalesce(busy_counts[array_position(busy, position)], 0));
        CONTINUE WHEN room <= 0;
        IF is_probing THEN
            PERFORM FROM callbacks_endpointhealth h WHERE h.endpoint_id = position AND h.open_until <= instant
                FOR NO KEY UPDATE SKIP LOCKED;
            CONTINUE WHEN NOT FOUND;
            room := 1;
        END IF;
        IF turn.rate_limit IS NOT NULL THEN
            tokens_now := callbacks_tokens(turn.id, turn.organization_id, turn.rate_limit, instant);
            room := least(room, floor(tokens_now)::integer);
            CONTINUE WHEN room <= 0;
        END IF;
        taken := '{}';
        FOR kind IN 0..2 LOOP
            most := room - cardinality(taken);
            EXIT WHEN most <= 0;
            IF kind = 0 AND most > 1 AND random() < 0.125 THEN
                -- New ones without end must not keep a late one waiting for ever.
                taken := ARRAY(
                    SELECT d.id FROM callbacks_delivery d
                     WHERE d.endpoint_id = position AND d.status = 'pending' AND d.is_head AND d.priority = 1
                       AND d.due_at <= instant AND (d.lease_until IS NULL OR d.lease_until < instant)
                     ORDER BY d.due_at LIMIT 1
                       FOR NO KEY UPDATE SKIP LOCKED);
                most := most - cardinality(taken);
            END IF;
            IF kind = 2 THEN
                most := least(most, replays);
            END IF;
            fitting := ARRAY(
                SELECT d.id FROM callbacks_delivery d
                 WHERE d.endpoint_id = position AND d.status = 'pending' AND d.is_head AND d.priority = kind
                   AND d.due_at <= instant AND (d.lease_until IS NULL OR d.lease_until < instant)
                   AND d.id <> ALL (taken)
                 ORDER BY d.due_at LIMIT most
                   FOR NO KEY UPDATE SKIP LOCKED);
            IF kind = 2 THEN
                replays := replays - cardinality(fitting);
            END IF;
            taken := taken || fitting;
        END LOOP;
        CONTINUE WHEN taken = '{}';
        IF is_probing THEN
            probes := probes || taken;
            -- Nobody else probes before this one is answered, or its sender is dead.
            UPDATE callbacks_endpointhealth h SET open_until = instant + lease WHERE h.endpoint_id = position;
        END IF;
        IF turn.rate_limit IS NOT NULL THEN
            UPDATE callbacks_endpointhealth h SET tokens = tokens_now - cardinality(taken), tokens_at = instant
             WHERE h.endpoint_id = position;
        END IF;
        visited := visited || position;
        targets := targets || turn.target;
        lasting := greatest(lasting, make_interval(secs => turn.timeout_seconds + 20));
        claimed := claimed || taken;
        wanted := wanted - cardinality(taken);
        EXIT WHEN wanted <= 0;
    END LOOP;
    UPDATE callbacks_delivery d SET lease_owner = given_owner, lease_until = instant + lasting
     WHERE d.id = ANY (claimed);
    RETURN QUERY
        SELECT d.id::text, d.endpoint_id::text, replace(d.event_id::text, '-', ''), d.attempts, d.priority, d.id = ANY (probes), v.type::text, v.body,
               targets[array_position(visited, d.endpoint_id)]
          FROM callbacks_delivery d JOIN callbacks_callbackevent v ON v.id = d.event_id
         WHERE d.id = ANY (claimed)
         ORDER BY d.priority, d.due_at;
    endpoint_id := position::text;
    delivery_id := NULL;
    RETURN NEXT;
END $$;

-- Of an endpoint that is not active, stop what waits: left over, or published while somebody disabled it.
CREATE FUNCTION callbacks_hold(given_endpoint uuid, given_organization uuid, instant timestamptz)
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
CREATE FUNCTION callbacks_tokens(given_endpoint uuid, given_organization uuid, rate integer, instant timestamptz)
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

CREATE FUNCTION callbacks_ensure_health(given_endpoint uuid, given_organization uuid)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO callbacks_endpointhealth (endpoint_id, organization_id, last_error, last_detail, failures,
        window_attempts, window_failures, day_attempts, day_failures, prior_day_attempts, prior_day_failures, trips,
        tokens, alerted)
    VALUES (given_endpoint, given_organization, '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}')
        ON CONFLICT (endpoint_id) DO NOTHING
$$;
"""

FINISH = """
-- Record attempts and what follows from them, for those deliveries whose lease is still the owner's. Returns the ids
-- that are settled (written, or no longer the owner's); the others are locked just now and are to be tried again.
-- `outcomes` are statuses: 'pending' means another attempt after `waits`, 'held' that the endpoint refuses for good.
CREATE FUNCTION callbacks_finish(given_owner uuid, ids uuid[], attempt_ids uuid[], outcomes text[],
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
    IF 'held' = ANY (outcomes) THEN
        UPDATE callbacks_endpoint e
           SET status = 'disabled', disabled_at = instant, is_disabled_by_engine = true,
               disabled_reason = 'The receiver answered 410 Gone: it wants no more callbacks.'
         WHERE e.status = 'active' AND e.id IN (
               SELECT d.endpoint_id FROM unnest(ids, outcomes) r (id, outcome)
                 JOIN callbacks_delivery d ON d.id = r.id
                WHERE r.outcome = 'held' AND r.id = ANY (locked));
    END IF;
    RETURN QUERY
        SELECT i.id::text, i.id = ANY (locked) FROM unnest(ids) i (id)
         WHERE i.id = ANY (locked)
            OR NOT EXISTS (SELECT FROM callbacks_delivery d
                            WHERE d.id = i.id AND d.lease_owner = given_owner AND d.status = 'pending');
END $$;
"""

HEALTH = """
-- What came of attempts, per endpoint and in the order of their ends: counts, how many failed since the last success
-- among them, whether a probe was among them, whether the receiver asked for less. Opens and closes the breaker, lowers
-- and raises the number at once, disables after five days without a success.
CREATE FUNCTION callbacks_note_health(ids uuid[], attempts integer[], failures integer[], tails integer[],
                                      last_successes timestamptz[], last_failures timestamptz[], errors text[],
                                      details text[], probes boolean[], asked boolean[],
                                      deaths timestamptz[], cap integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    instant timestamptz := clock_timestamp();
    today timestamptz := date_trunc('day', instant, 'UTC');
    note record;
    h callbacks_endpointhealth;
    was_open boolean;
BEGIN
    FOR note IN
        SELECT e.organization_id, n.*
          FROM unnest(ids, attempts, failures, tails, last_successes, last_failures, errors, details, probes, asked,
                      deaths)
               n (id, attempts, failures, tail, succeeded_at, failed_at, error, detail, is_probe, has_asked, dead_at)
          JOIN callbacks_endpoint e ON e.id = n.id
         ORDER BY n.id
    LOOP
        PERFORM callbacks_ensure_health(note.id, note.organization_id);
        SELECT * INTO h FROM callbacks_endpointhealth WHERE endpoint_id = note.id FOR NO KEY UPDATE;
        was_open := h.open_until IS NOT NULL;
        IF h.window_started_at IS NULL OR h.window_started_at < instant - interval '5 minutes' THEN
            h.window_started_at := instant; h.window_attempts := 0; h.window_failures := 0;
        END IF;
        IF h.day_started_at IS DISTINCT FROM today THEN
            h.prior_day_attempts := h.day_attempts; h.prior_day_failures := h.day_failures;
            h.day_started_at := today; h.day_attempts := 0; h.day_failures := 0;
        END IF;
        h.window_attempts := h.window_attempts + note.attempts;
        h.window_failures := h.window_failures + note.failures;
        h.day_attempts := h.day_attempts + note.attempts;
        h.day_failures := h.day_failures + note.failures;
        IF note.failures > 0 THEN
            h.last_failure_at := note.failed_at; h.last_error := note.error; h.last_detail := left(note.detail, 255);
        END IF;
        IF note.succeeded_at IS NOT NULL THEN
            h.last_success_at := greatest(h.last_success_at, note.succeeded_at);
            h.failures := note.tail; h.alerted := '{}'; h.trips := 0; h.open_until := NULL;
            h.failing_since := CASE WHEN note.tail > 0 THEN note.failed_at END;
            IF was_open THEN
                h.in_flight_cap := 1; h.window_started_at := NULL; h.window_attempts := 0; h.window_failures := 0;
                PERFORM callbacks_release(note.id, instant);
            ELSIF NOT note.has_asked AND h.in_flight_cap IS NOT NULL THEN
                h.in_flight_cap := CASE WHEN h.in_flight_cap * 2 < cap THEN h.in_flight_cap * 2 END;
            END IF;
        ELSE
            h.failures := h.failures + note.failures;
            h.failing_since := coalesce(h.failing_since, note.failed_at);
        END IF;
        IF note.has_asked THEN
            h.in_flight_cap := greatest(1, least(cap, coalesce(h.in_flight_cap, cap)) / 2);
        END IF;
        -- A failure from before it opened opens it no wider; a failed probe does.
        IF note.tail > 0 AND (h.open_until IS NULL OR note.is_probe) AND (note.is_probe OR h.failures >= 10
                OR (h.window_attempts >= 10 AND h.window_failures >= 0.7 * h.window_attempts)) THEN
            h.open_until := instant + least(interval '10 minutes', interval '30 seconds' * 2 ^ least(h.trips, 10));
            h.trips := least(h.trips + 1, 1000);
        END IF;
        UPDATE callbacks_endpointhealth SET
            last_success_at = h.last_success_at, last_failure_at = h.last_failure_at,
            last_dead_at = greatest(h.last_dead_at, note.dead_at), last_error = h.last_error,
            last_detail = h.last_detail, failing_since = h.failing_since, failures = h.failures,
            window_started_at = h.window_started_at, window_attempts = h.window_attempts,
            window_failures = h.window_failures, day_started_at = h.day_started_at, day_attempts = h.day_attempts,
            day_failures = h.day_failures, prior_day_attempts = h.prior_day_attempts,
            prior_day_failures = h.prior_day_failures, open_until = h.open_until, trips = h.trips,
            in_flight_cap = h.in_flight_cap, alerted = h.alerted
         WHERE endpoint_id = note.id;
        IF note.tail > 0 AND h.failures >= 10 AND h.failing_since < instant - interval '5 days' THEN
            UPDATE callbacks_endpoint SET status = 'disabled', disabled_at = instant, is_disabled_by_engine = true,
                   disabled_reason = 'No callback has arrived for five days.'
             WHERE id = note.id AND status = 'active';
        END IF;
    END LOOP;
END $$;

-- The receiver is back: what waits for a late retry is due at once.
CREATE FUNCTION callbacks_release(given_endpoint uuid, instant timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kind integer;
BEGIN
    FOR kind IN 0..2 LOOP
        UPDATE callbacks_delivery d SET due_at = instant
         WHERE d.id = ANY (ARRAY(
               SELECT w.id FROM callbacks_delivery w
                WHERE w.endpoint_id = given_endpoint AND w.status = 'pending' AND w.is_head AND w.priority = kind
                  AND w.due_at > instant
                ORDER BY w.due_at LIMIT 5000 FOR NO KEY UPDATE SKIP LOCKED));
    END LOOP;
END $$;
"""

REPLAYS = """
-- Put more of the running replays into the queue, `portion` at a time and never more than that waiting of each; ends
-- those that are through. Returns how many were put there.
CREATE FUNCTION callbacks_feed_replays(portion integer) RETURNS integer LANGUAGE plpgsql SET jit = off AS $$
DECLARE
    instant timestamptz := clock_timestamp();
    job callbacks_replay;
    next_ids uuid[];
    reached uuid;
    fed integer := 0;
BEGIN
    FOR job IN
        SELECT r.* FROM callbacks_replay r JOIN callbacks_endpoint e ON e.id = r.endpoint_id AND e.status = 'active'
         WHERE r.status = 'running' AND r.queued - r.delivered - r.failed < portion
         ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED
    LOOP
        SELECT array_agg(n.id), max(n.event_id::text)::uuid INTO next_ids, reached FROM (
            SELECT d.id, d.event_id FROM callbacks_delivery d
             WHERE d.organization_id = job.organization_id AND d.endpoint_id = job.endpoint_id
               AND d.event_id > coalesce(job.position, callbacks_first_id(job.since))
               AND d.event_id < callbacks_first_id(job.until)
               AND d.status = ANY (job.statuses)
               AND (job.event_types = '{}' OR EXISTS (
                    SELECT FROM callbacks_callbackevent v WHERE v.id = d.event_id AND v.type = ANY (job.event_types)))
             ORDER BY d.event_id LIMIT portion) n;
        IF next_ids IS NULL THEN
            UPDATE callbacks_replay SET status = 'done', finished_at = instant
             WHERE id = job.id AND queued = delivered + failed;
            CONTINUE;
        END IF;
        -- Finishers of earlier replays of these subjects either end before this, or see what is new.
        PERFORM FROM callbacks_delivery s
          WHERE s.organization_id = job.organization_id AND s.endpoint_id = job.endpoint_id AND s.status = 'pending'
            AND s.priority = 2
            AND s.subject_id = ANY (ARRAY(SELECT d.subject_id FROM callbacks_delivery d WHERE d.id = ANY (next_ids)))
            FOR SHARE;
        WITH moved AS (
            UPDATE callbacks_delivery d
               SET status = 'pending', priority = 2, is_head = false, attempts = 0, due_at = instant,
                   finished_at = NULL, replay_id = job.id, status_before = d.status, lease_owner = NULL,
                   lease_until = NULL
             WHERE d.id = ANY (next_ids) AND d.status = ANY (job.statuses) RETURNING d.id)
        UPDATE callbacks_replay SET position = reached, queued = queued + (SELECT count(*) FROM moved)
         WHERE id = job.id;
        UPDATE callbacks_delivery d SET is_head = true
         WHERE d.id = ANY (next_ids) AND d.status = 'pending' AND d.priority = 2
           AND NOT EXISTS (
               SELECT FROM callbacks_delivery s
                WHERE s.organization_id = d.organization_id AND s.endpoint_id = d.endpoint_id
                  AND s.subject_id = d.subject_id AND s.status = 'pending' AND s.priority = 2
                  AND (s.is_head OR (s.sequence, s.id) < (d.sequence, d.id)) AND s.id <> d.id);
        fed := fed + cardinality(next_ids);
    END LOOP;
    RETURN fed;
END $$;

-- The lower bound of the version 7 ids made at this time.
CREATE FUNCTION callbacks_first_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;

-- Whether a deliverer would find work: a due head that nobody holds, at an endpoint whose breaker lets it through.
CREATE FUNCTION callbacks_any_due() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    instant timestamptz := clock_timestamp();
    turn record;
    position uuid := '00000000-0000-0000-0000-000000000000';
    kind integer;
BEGIN
    LOOP
        SELECT e.id, h.open_until INTO turn
          FROM callbacks_endpoint e LEFT JOIN callbacks_endpointhealth h ON h.endpoint_id = e.id
         WHERE e.id = (SELECT d.endpoint_id FROM callbacks_delivery d
                        WHERE d.status = 'pending' AND d.is_head AND d.endpoint_id > position
                        ORDER BY d.endpoint_id LIMIT 1);
        position := turn.id;
        EXIT WHEN position IS NULL;
        CONTINUE WHEN turn.open_until > instant;
        FOR kind IN 0..2 LOOP
            PERFORM FROM callbacks_delivery d
              WHERE d.endpoint_id = position AND d.status = 'pending' AND d.is_head AND d.priority = kind
                AND d.due_at <= instant AND (d.lease_until IS NULL OR d.lease_until < instant) LIMIT 1;
            IF FOUND THEN
                RETURN true;
            END IF;
        END LOOP;
    END LOOP;
    RETURN EXISTS (SELECT FROM callbacks_replay r JOIN callbacks_endpoint e ON e.id = r.endpoint_id
                    WHERE r.status = 'running' AND e.status = 'active' AND r.queued - r.delivered - r.failed < 1);
END $$;
"""

DROP_OLD = """
DROP FUNCTION callbacks_claim(uuid, integer, interval, integer, uuid, uuid[], integer[]);
DROP FUNCTION callbacks_finish(uuid, uuid[], uuid[], text[], interval[], timestamptz[], double precision[], text[],
                               integer[], text[], text[], bytea[]);
"""
DROP_NEW = """
DROP FUNCTION callbacks_any_due;
DROP FUNCTION callbacks_first_id;
DROP FUNCTION callbacks_feed_replays;
DROP FUNCTION callbacks_release;
DROP FUNCTION callbacks_note_health;
DROP FUNCTION callbacks_finish;
DROP FUNCTION callbacks_ensure_health;
DROP FUNCTION callbacks_tokens;
DROP FUNCTION callbacks_hold;
DROP FUNCTION callbacks_claim;
DROP FUNCTION IF EXISTS callbacks_target;
DROP FUNCTION callbacks_publish;
"""


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0005_engine")]

    operations = [
        migrations.RunSQL(
            DROP_OLD + PUBLISH + CLAIM + FINISH + HEALTH + REPLAYS,
            DROP_NEW + BEFORE.PUBLISH + BEFORE.CLAIM + BEFORE.FINISH,
        )
    ]
