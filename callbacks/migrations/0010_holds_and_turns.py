"""What waits for its first attempt on purpose goes on waiting; what a canceled replay was sending ends as it was before;
a round goes only to endpoints where something is due, and no organization takes all places."""

import importlib

from django.db import migrations

BEFORE = importlib.import_module("callbacks.migrations.0006_breaker_and_replays")


def _changed(text: str, *changes: tuple[str, str]) -> str:
    """The functions of 0006, with these words in place of those."""
    text = text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    for old, new in changes:
        if old not in text:
            raise ValueError(old)
        text = text.replace(old, new)
    return text


def _function(text: str, name: str) -> str:
    """Of several functions the one with this name."""
    begin = text.index(f"CREATE FUNCTION {name}(")
    return text[begin : text.index("$$;\n", text.index("AS $$", begin)) + 4]


RELEASE = _function(BEFORE.HEALTH, "callbacks_release")
CLAIM = _function(BEFORE.CLAIM, "callbacks_claim")
ANY_DUE = _function(BEFORE.REPLAYS, "callbacks_any_due")
NEXT_TURN = "AND d.endpoint_id > position\n"
DUE_TURN = "AND d.endpoint_id > position AND d.due_at <= instant\n"

NEW_RELEASE = _changed(RELEASE, ("AND w.due_at > instant\n", "AND w.due_at > instant AND w.attempts > 0\n"))
NEW_CLAIM = _changed(
    CLAIM,
    (NEXT_TURN, DUE_TURN),
    ("after uuid, busy uuid[], busy_counts integer[], replays integer)",
     "after uuid, busy uuid[], busy_counts integer[], replays integer,\n"
     "                                share integer, crowd uuid[], crowd_counts integer[])"),
    ("    lasting interval := lease;\n", "    lasting interval := lease;\n    spot integer;\n"),
    ("        CONTINUE WHEN room <= 0;\n        IF is_probing THEN",
     "        -- Of one organization at most `share`, of which it has `crowd_counts` under way: there is room for others.\n"
     "        spot := array_position(crowd, turn.organization_id);\n"
     "        room := least(room, share - coalesce(crowd_counts[spot], 0));\n"
     "        CONTINUE WHEN room <= 0;\n        IF is_probing THEN"),
    ("        CONTINUE WHEN taken = '{}';\n",
     "        CONTINUE WHEN taken = '{}';\n"
     "        IF spot IS NULL THEN\n"
     "            crowd := crowd || turn.organization_id;\n"
     "            crowd_counts := crowd_counts || cardinality(taken);\n"
     "        ELSE\n"
     "            crowd_counts[spot] := crowd_counts[spot] + cardinality(taken);\n"
     "        END IF;\n"),
)  # fmt: skip
DROP_OLD_CLAIM = (
    "DROP FUNCTION callbacks_claim(uuid, integer, interval, integer, integer, uuid, uuid[], integer[], integer);\n"
)
DROP_NEW_CLAIM = """DROP FUNCTION callbacks_claim(uuid, integer, interval, integer, integer, uuid, uuid[], integer[], integer,
                              integer, uuid[], integer[]);
"""
NEW_ANY_DUE = _changed(ANY_DUE, (NEXT_TURN, DUE_TURN))
NEW_FINISH = _changed(
    BEFORE.FINISH,
    ("    free_successors uuid[];\n", "    free_successors uuid[];\n    refused boolean := 'held' = ANY (outcomes);\n"
                                      "    gone uuid[];\n"),
    ("    -- A statement of its own: it sees",
     """    IF refused THEN
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
    -- A statement of its own: it sees"""),
    ("    IF 'held' = ANY (outcomes) THEN\n", "    IF refused THEN\n"),
    ("SELECT d.endpoint_id FROM unnest(ids, outcomes) r (id, outcome)\n"
     "                 JOIN callbacks_delivery d ON d.id = r.id\n"
     "                WHERE r.outcome = 'held' AND r.id = ANY (locked));",
     "SELECT d.endpoint_id FROM callbacks_delivery d\n"
     "                WHERE d.id = ANY (gone) AND d.id = ANY (locked));"),
)  # fmt: skip
OLD = _changed(RELEASE + CLAIM + ANY_DUE + BEFORE.FINISH)


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0009_no_task_error")]

    operations = [
        migrations.RunSQL(
            DROP_OLD_CLAIM + NEW_RELEASE + NEW_CLAIM + NEW_ANY_DUE + NEW_FINISH,
            DROP_NEW_CLAIM + OLD,
        )
    ]
