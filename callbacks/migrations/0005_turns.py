"""A claim goes full circle, and says whom it passed because of its organization's share: the next one begins there."""

from django.db import migrations

CLAIM = """
-- Lease up to `wanted` due heads, endpoint after endpoint from `after` on and round to it. Of each at most `cap` (or
-- what its health allows), shared among `slots` deliverers, less what is `busy` there already; of replays at most
-- `replays` in all.
-- New ones go first, then late retries, then replays. An endpoint whose breaker is half open gets one probe. The last
-- row has no delivery: its endpoint is where to go on, null where it went full circle; its message is the endpoint
-- before the first that was passed because its organization has `share` under way: that one's turn is next.
CREATE OR REPLACE FUNCTION callbacks_claim(given_owner uuid, wanted integer, lease interval, cap integer, slots integer,
                                after uuid, busy uuid[], busy_counts integer[], replays integer,
                                share integer, crowd uuid[], crowd_counts integer[])
RETURNS TABLE (delivery_id text, endpoint_id text, message_id text, attempts smallint, priority smallint,
               is_probe boolean, type text, body bytea, target text)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
    position uuid := after;
    until uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    before uuid;
    passed uuid;
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
    spot integer;
BEGIN
    FOR visits IN 1..256 LOOP
        before := position;
        SELECT e.id, e.organization_id, e.status, e.timeout_seconds, e.rate_limit, h.open_until, h.in_flight_cap
          INTO turn
          FROM callbacks_endpoint e
          LEFT JOIN callbacks_endpointhealth h ON h.endpoint_id = e.id
         WHERE e.id = (SELECT d.endpoint_id FROM callbacks_delivery d
                        WHERE d.status = 'pending' AND d.is_head AND d.endpoint_id > position AND d.endpoint_id <= until
                          AND d.due_at <= instant
                        ORDER BY d.endpoint_id LIMIT 1);
        position := turn.id;
        IF position IS NULL THEN
            EXIT WHEN until = after OR after = '00000000-0000-0000-0000-000000000000';
            -- The other part of the circle.
            position := '00000000-0000-0000-0000-000000000000';
            until := after;
            CONTINUE;
        END IF;
        IF turn.status <> 'active' THEN
            PERFORM callbacks_hold(turn.id, turn.organization_id, instant);
            CONTINUE;
        END IF;
        CONTINUE WHEN turn.open_until > instant;
        -- Of one organization at most `share`, of which it has `crowd_counts` under way: there is room for others.
        spot := array_position(crowd, turn.organization_id);
        most := share - coalesce(crowd_counts[spot], 0);
        IF most <= 0 THEN
            passed := coalesce(passed, before);
            CONTINUE;
        END IF;
        is_probing := turn.open_until IS NOT NULL;
        room := least(wanted, most, (least(cap, coalesce(turn.in_flight_cap, cap)) + slots - 1) / slots
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
        IF spot IS NULL THEN
            crowd := crowd || turn.organization_id;
            crowd_counts := crowd_counts || cardinality(taken);
        ELSE
            crowd_counts[spot] := crowd_counts[spot] + cardinality(taken);
        END IF;
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
        lasting := greatest(lasting, make_interval(secs => turn.timeout_seconds + 20));
        claimed := claimed || taken;
        wanted := wanted - cardinality(taken);
        EXIT WHEN wanted <= 0;
    END LOOP;
    UPDATE callbacks_delivery d SET lease_owner = given_owner, lease_until = instant + lasting
     WHERE d.id = ANY (claimed);
    targets := ARRAY(
        SELECT callbacks_target(e, o, h, instant)
          FROM unnest(visited) WITH ORDINALITY v (id, number)
          JOIN callbacks_endpoint e ON e.id = v.id
          JOIN tenancy_organization o ON o.id = e.organization_id
          LEFT JOIN callbacks_endpointhealth h ON h.endpoint_id = e.id
         ORDER BY v.number);
    RETURN QUERY
        SELECT d.id::text, d.endpoint_id::text, replace(d.event_id::text, '-', ''), d.attempts, d.priority,
               d.id = ANY (probes), v.type::text, v.body, targets[array_position(visited, d.endpoint_id)]
          FROM callbacks_delivery d JOIN callbacks_callbackevent v ON v.id = d.event_id
         WHERE d.id = ANY (claimed)
         ORDER BY d.priority, d.due_at;
    endpoint_id := position::text;
    message_id := passed::text;
    delivery_id := NULL;
    RETURN NEXT;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0004_health_and_replays")]

    operations = [migrations.RunSQL(CLAIM, "DROP FUNCTION callbacks_claim;")]
