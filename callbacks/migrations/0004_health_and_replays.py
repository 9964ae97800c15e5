"""What the deliverers note of an endpoint's health, and how they feed replays."""

from django.db import migrations

HEALTH = """
-- What came of attempts, per endpoint and in the order of their ends: counts, how many failed since the last success
-- among them, whether a probe was among them, whether the receiver asked for less. Opens and closes the breaker, lowers
-- and raises the number at once, disables after five days without a success.
CREATE OR REPLACE FUNCTION callbacks_note_health(ids uuid[], attempts integer[], failures integer[], tails integer[],
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
CREATE OR REPLACE FUNCTION callbacks_release(given_endpoint uuid, instant timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kind integer;
BEGIN
    FOR kind IN 0..2 LOOP
        UPDATE callbacks_delivery d SET due_at = instant
         WHERE d.id = ANY (ARRAY(
               SELECT w.id FROM callbacks_delivery w
                WHERE w.endpoint_id = given_endpoint AND w.status = 'pending' AND w.is_head AND w.priority = kind
                  AND w.due_at > instant AND w.attempts > 0
                ORDER BY w.due_at LIMIT 5000 FOR NO KEY UPDATE SKIP LOCKED));
    END LOOP;
END $$;
"""

REPLAYS = """
-- Put more of the running replays into the queue, `portion` at a time and never more than that waiting of each; ends
-- those that are through. Returns how many were put there.
CREATE OR REPLACE FUNCTION callbacks_feed_replays(portion integer) RETURNS integer LANGUAGE plpgsql SET jit = off AS $$
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
CREATE OR REPLACE FUNCTION callbacks_first_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;

-- Whether a deliverer would find work: a due head that nobody holds, at an endpoint whose breaker lets it through.
CREATE OR REPLACE FUNCTION callbacks_any_due() RETURNS boolean LANGUAGE plpgsql AS $$
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
                        WHERE d.status = 'pending' AND d.is_head AND d.endpoint_id > position AND d.due_at <= instant
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
DROP = """
DROP FUNCTION callbacks_any_due;
DROP FUNCTION callbacks_first_id;
DROP FUNCTION callbacks_feed_replays;
DROP FUNCTION callbacks_release;
DROP FUNCTION callbacks_note_health;
"""


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0003_functions")]

    operations = [migrations.RunSQL(HEALTH + REPLAYS, DROP)]
