"""The statements that turn tasks and their audits into facts, and facts into cells.

One statement does a portion: it compares what the facts remember with what the rows say now, adds the difference to the
cells and puts the new facts down. It may run twice over the same tasks, and hear of them in any order.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from audits.services.draw_statements import DIGEST

# ruff: noqa: S608  (all parts are written here, values are parameters)

# Facts as the rows say. {tasks} and {audits} narrow both to a portion.
FACTS = """
audited AS (
    SELECT a.task_id, count(*)::int AS reviews, count(*) FILTER (WHERE a.verdict = 'accepted')::int AS accepted,
           count(*) FILTER (WHERE a.verdict = 'fixed')::int AS fixed,
           count(*) FILTER (WHERE a.verdict = 'rejected')::int AS rejected,
           coalesce(sum((a.active_seconds * 1000)::bigint), 0)::bigint AS milliseconds,
           jsonb_agg(jsonb_build_array(a.auditor_id, a.verdict, (a.audited_at AT TIME ZONE %(zone)s)::date,
                                       coalesce((a.active_seconds * 1000)::bigint, 0)) ORDER BY a.id) AS audits
      FROM audits_audit a
     WHERE a.organization_id = %(organization)s AND a.reverted_at IS NULL {audits}
     GROUP BY a.task_id),
drawn AS (
    SELECT DISTINCT ON (a.task_id) a.task_id, a.verdict, a.session_id
      FROM audits_audit a
      JOIN reports_frame f ON f.organization_id = a.organization_id AND f.session_id = a.session_id AND f.is_random
       AND f.reached_at IS NULL
     WHERE a.organization_id = %(organization)s AND a.reverted_at IS NULL {audits}
     ORDER BY a.task_id, a.id DESC),
sampled AS (
    SELECT d.task_id, d.verdict, array_agg(f.session_id ORDER BY f.session_id) AS sessions
      FROM drawn d
      JOIN audits_task t ON t.organization_id = %(organization)s AND t.id = d.task_id
      JOIN reports_frame f ON f.organization_id = %(organization)s AND f.is_random
       AND (f.session_id = d.session_id OR (t.completed_at <= f.drawn_at
            AND (f.reached_at IS NULL OR (t.completed_at, t.id) <= (f.reached_at, f.reached_id))
            AND (f.completed_after IS NULL OR t.completed_at >= f.completed_after)
            AND (f.completed_before IS NULL OR t.completed_at <= f.completed_before)
            AND (f.created_after IS NULL OR t.created_at >= f.created_after)
            AND (f.created_before IS NULL OR t.created_at <= f.created_before)
            AND (f.projects IS NULL OR t.project_id = ANY (f.projects))
            AND (f.batches IS NULL OR t.batch_id = ANY (f.batches))
            AND (f.performers IS NULL OR t.completed_by_id = ANY (f.performers))
            AND (f.types IS NULL OR t.type = ANY (f.types))
            AND (f.tags IS NULL OR t.tags && f.tags)))
     GROUP BY d.task_id, d.verdict),
found AS (
    SELECT t.id, t.organization_id, t.completed_at, (t.completed_at AT TIME ZONE %(zone)s)::date AS day, t.project_id,
           t.batch_id, t.type, t.completed_by_id, t.tags, t.review_status, coalesce(a.reviews, 0) AS reviews,
           coalesce(a.accepted, 0) AS accepted, coalesce(a.fixed, 0) AS fixed, coalesce(a.rejected, 0) AS rejected,
           coalesce(a.milliseconds, 0) AS milliseconds, a.audits, coalesce(s.verdict, '') AS sampled,
           coalesce(md5(array_to_string(s.sessions, ','))::uuid, '00000000-0000-0000-0000-000000000000') AS design
      FROM audits_task t
      LEFT JOIN audited a ON a.task_id = t.id
      LEFT JOIN sampled s ON s.task_id = t.id
     WHERE t.organization_id = %(organization)s AND t.status = 'completed' {tasks})
"""
COLUMNS = """id, organization_id, completed_at, day, project_id, batch_id, type, completed_by_id, tags, review_status,
 reviews, accepted, fixed, rejected, milliseconds, audits, sampled, design"""
NAMES = [name.strip() for name in COLUMNS.split(",")]
COUNTS = ("tasks", "reviews", "accepted", "fixed", "rejected", "milliseconds", "sampled_accepted", "sampled_fixed",
          "sampled_rejected", "digest")  # fmt: skip
VERDICTS = ("accepted", "fixed", "rejected")
NO_DESIGN = "'00000000-0000-0000-0000-000000000000'::uuid"
# Of fewer it is not worth a statement to find out which of them are new.
MANY = 200
_OWN = ("reviews", "accepted", "fixed", "rejected", "milliseconds")
_SUMS = ", ".join([
    "sum(m.sign) AS tasks", *(f"sum(m.sign * m.{name}) AS {name}" for name in _OWN),
    *(f"sum(m.sign) FILTER (WHERE m.sampled = '{name}') AS sampled_{name}" for name in VERDICTS),
    "sum(m.sign * m.digest) AS digest",
])  # fmt: skip
_SUMS_OF_SUMS = ", ".join(f"sum(m.{name}) AS {name}" for name in COUNTS)
_JUDGED = ", ".join(f"(e.audit ->> 1 = '{name}')::int AS {name}" for name in VERDICTS)
# Cells of the facts in `moved`, each times its sign.
CELLS = f"""
alike AS (
    SELECT m.day, m.project_id, m.batch_id, m.type, m.completed_by_id, m.tags, m.review_status, m.design, {_SUMS}
      FROM (SELECT *, {DIGEST.format(id="id")} AS digest FROM moved OFFSET 0) m
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8),
by_task AS (
    SELECT x.dimension, x.value, m.day, m.review_status AS status, m.design, {_SUMS_OF_SUMS}
      FROM alike m
     CROSS JOIN LATERAL (
         VALUES ('all', ''), ('project', m.project_id::text), ('batch', m.batch_id::text), ('type', m.type),
                ('performer', m.completed_by_id::text)
          UNION ALL SELECT DISTINCT 'tag', tag FROM unnest(m.tags) tag) x (dimension, value)
     WHERE x.value IS NOT NULL
     GROUP BY 1, 2, 3, 4, 5),
judged AS (
    SELECT m.sign, m.id, m.day, m.batch_id, m.review_status AS status, e.audit ->> 0 AS auditor,
           (e.audit ->> 2)::date AS audit_day, (e.audit ->> 3)::bigint AS milliseconds, {_JUDGED}
      FROM moved m CROSS JOIN LATERAL jsonb_array_elements(m.audits) e (audit) WHERE m.reviews > 0),
by_audit AS (
    SELECT x.dimension, x.value, x.day, x.status, '00000000-0000-0000-0000-000000000000'::uuid AS design,
           sum(x.tasks) AS tasks, sum(x.reviews) AS reviews, sum(x.accepted) AS accepted, sum(x.fixed) AS fixed,
           sum(x.rejected) AS rejected, sum(x.milliseconds) AS milliseconds,
           0 AS sampled_accepted, 0 AS sampled_fixed, 0 AS sampled_rejected, 0 AS digest
      FROM (SELECT d.dimension, d.value, d.day, d.status, j.sign AS tasks, sum(j.sign) AS reviews,
                   sum(j.sign * accepted) AS accepted, sum(j.sign * fixed) AS fixed, sum(j.sign * rejected) AS rejected,
                   sum(j.sign * milliseconds) AS milliseconds
              FROM judged j
             CROSS JOIN LATERAL (
                 VALUES ('auditor', j.auditor, j.day, j.status),
                        ('batch_auditor', j.batch_id || ':' || j.auditor, j.day, ''),
                        ('batch_pace', j.batch_id::text, j.audit_day, '')) d (dimension, value, day, status)
             WHERE d.value IS NOT NULL
             GROUP BY j.id, j.sign, d.dimension, d.value, d.day, d.status) x
     GROUP BY 1, 2, 3, 4),
cells AS (
    SELECT c.dimension, c.value, g.grain, g.day, c.status, c.design,
           {", ".join(f"coalesce(sum(c.{name}), 0) AS {name}" for name in COUNTS)}
      FROM (SELECT * FROM by_task UNION ALL SELECT * FROM by_audit) c
     CROSS JOIN LATERAL (VALUES ('d', c.day), ('m', date_trunc('month', c.day)::date), ('a', '0001-01-01'::date))
                        g (grain, day)
     WHERE c.dimension NOT IN ('batch_auditor', 'batch_pace')
        OR (c.dimension, g.grain) IN (('batch_auditor', 'a'), ('batch_pace', 'd'))
     GROUP BY 1, 2, 3, 4, 5, 6)
"""
KEY = "organization_id, dimension, grain, value, day, status, design"
PUT_CELLS = f"""
INSERT INTO reports_cell AS c ({KEY}, {", ".join(COUNTS)})
SELECT %(organization)s, dimension, grain, value, day, status, design, {", ".join(COUNTS)} FROM cells
 WHERE ({", ".join(COUNTS)}) IS DISTINCT FROM ({", ".join("0" for _ in COUNTS)})
 ORDER BY dimension, grain, value, day, status, design
ON CONFLICT ({KEY}) DO UPDATE SET {", ".join(f"{name} = c.{name} + excluded.{name}" for name in COUNTS)}
"""
PUT_DESIGNS = """
designs AS (
    INSERT INTO reports_design (organization_id, digest, sessions)
    SELECT DISTINCT %(organization)s::uuid, md5(array_to_string(sessions, ','))::uuid, sessions FROM sampled
    ON CONFLICT (organization_id, digest) DO NOTHING)
"""
MOVE = f"""
WITH {FACTS.format(tasks="AND t.id = ANY (%(ids)s::uuid[])", audits="AND a.task_id = ANY (%(ids)s::uuid[])")},
known AS (
    SELECT {COLUMNS} FROM reports_taskfact WHERE organization_id = %(organization)s AND id = ANY (%(ids)s::uuid[])),
fresh AS (SELECT f.* FROM found f LEFT JOIN known k ON k.id = f.id WHERE k.id IS NULL OR f IS DISTINCT FROM k),
stale AS (SELECT k.* FROM known k LEFT JOIN found f ON f.id = k.id WHERE f.id IS NULL OR f IS DISTINCT FROM k),
moved AS (SELECT 1 AS sign, * FROM fresh UNION ALL SELECT -1, * FROM stale),
{PUT_DESIGNS},
gone AS (
    DELETE FROM reports_taskfact t USING stale s
     WHERE t.id = s.id AND t.organization_id = %(organization)s AND NOT EXISTS (SELECT FROM fresh f WHERE f.id = s.id)),
put AS (
    INSERT INTO reports_taskfact ({COLUMNS}) SELECT {COLUMNS} FROM fresh
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in NAMES[2:])}),
{CELLS}
{PUT_CELLS}
"""
# Tasks that are what they were when they came, so without an audit ever, and that have no fact yet: there is nothing to
# compare them with. Answers with the ids of the others.
ADD = f"""
WITH given AS MATERIALIZED (SELECT %(ids)s::uuid[] AS ids),
known AS MATERIALIZED (
    SELECT k.id FROM reports_taskfact k
     WHERE k.organization_id = %(organization)s AND k.id = ANY ((SELECT ids FROM given)::uuid[])),
fresh AS MATERIALIZED (
    SELECT t.id, t.organization_id, t.completed_at, (t.completed_at AT TIME ZONE %(zone)s)::date AS day, t.project_id,
           t.batch_id, t.type, t.completed_by_id, t.tags, t.review_status, 0 AS reviews, 0 AS accepted, 0 AS fixed,
           0 AS rejected, 0::bigint AS milliseconds, NULL::jsonb AS audits, '' AS sampled, {NO_DESIGN} AS design
      FROM audits_task t
     WHERE t.organization_id = %(organization)s AND t.id = ANY ((SELECT ids FROM given)::uuid[])
       AND t.status = 'completed' AND t.version = 0 AND t.id NOT IN (SELECT id FROM known)),
moved AS (SELECT 1 AS sign, * FROM fresh),
put AS (INSERT INTO reports_taskfact ({COLUMNS}) SELECT {COLUMNS} FROM fresh),
{CELLS},
put_cells AS ({PUT_CELLS})
SELECT CASE WHEN cardinality(ids) = (SELECT count(*) FROM fresh) THEN ARRAY[]::text[]
            ELSE array(SELECT id::text FROM unnest(ids) one (id) WHERE id NOT IN (SELECT id FROM fresh)) END
  FROM given
"""
FILL = f"""
WITH {FACTS.format(tasks="", audits="")}, {PUT_DESIGNS}
INSERT INTO reports_taskfact ({COLUMNS}) SELECT {COLUMNS} FROM found
"""
FILL_CELLS = f"""
WITH moved AS (SELECT 1 AS sign, * FROM reports_taskfact WHERE organization_id = %(organization)s), {CELLS} {PUT_CELLS}
"""


def move_tasks(organization_id: UUID, *, zone: str, ids: Sequence[str]) -> None:
    """Bring facts and cells of these tasks up to what their rows say, in the caller's transaction."""
    others = _add_new(organization_id, zone, ids) if len(ids) >= MANY else ids
    if others:
        _run(MOVE, organization_id, zone, ids=list(others))


def _add_new(organization_id: UUID, zone: str, ids: Sequence[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(ADD, {"organization": organization_id, "zone": zone, "ids": list(ids)})
        return cursor.fetchone()[0]


def count_anew(organization_id: UUID, *, zone: str) -> None:
    """Throw away what was counted and count every task, in the caller's transaction."""
    with connection.cursor() as cursor:
        # Sums over all tasks: in memory where they fit, for this transaction only.
        cursor.execute("SET LOCAL work_mem = '128MB'")
        for table in ("reports_cell", "reports_taskfact", "reports_design"):
            cursor.execute(f"DELETE FROM {table} WHERE organization_id = %s", [organization_id])
    _run(FILL, organization_id, zone)
    _run(FILL_CELLS, organization_id, zone)


def _run(sql: str, organization_id: UUID, zone: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"organization": organization_id, "zone": zone, **values})
