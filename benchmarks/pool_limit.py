"""The limit of a hand-out: two prepared statements, without application, policies, rules, events or callbacks.

The first chooses a task with a free slot that this performer never had, and writes the assignment with its two
solutions (a real task, a control task); the second writes the answers, counts them and pays. No hand-out does less.
"""

from functools import cache
from pathlib import Path

from django.db import connection

from benchmarks.limit import units_per_second, written

TABLES = """
DROP TABLE IF EXISTS bench_solution, bench_assignment, bench_reward, bench_place, bench_pool_task;
CREATE TABLE bench_pool_task (id bigint PRIMARY KEY, turn bigint, overlap int DEFAULT 2, issued int DEFAULT 0,
    answered int DEFAULT 0, response jsonb) WITH (fillfactor = 80);
CREATE INDEX bench_pool_task_open ON bench_pool_task (turn) WHERE issued < overlap;
CREATE TABLE bench_place (performer int PRIMARY KEY, turn bigint, submitted int DEFAULT 0) WITH (fillfactor = 50);
CREATE TABLE bench_assignment (id bigserial PRIMARY KEY, performer int, status text, created_at timestamptz,
    expires_at timestamptz, submitted_at timestamptz) WITH (fillfactor = 80);
CREATE UNIQUE INDEX bench_assignment_active ON bench_assignment (performer) WHERE status = 'ACTIVE';
CREATE TABLE bench_solution (assignment bigint, task bigint, performer int, place int, output jsonb,
    PRIMARY KEY (task, performer, assignment)) WITH (fillfactor = 80);
CREATE INDEX bench_solution_assignment ON bench_solution (assignment);
CREATE TABLE bench_reward (assignment bigint PRIMARY KEY, performer int, amount numeric, at timestamptz);
INSERT INTO bench_pool_task (id, turn) SELECT n, hashint8(n) FROM generate_series(1, 200000) n;
INSERT INTO bench_place SELECT n, -3000000000 FROM generate_series(0, 31) n;
"""
SCRIPT = r"""
WITH place AS (SELECT performer, turn FROM bench_place WHERE performer = :client_id FOR UPDATE),
     next AS (SELECT t.id, t.turn FROM bench_pool_task t
               WHERE t.issued < t.overlap AND t.turn > (SELECT turn FROM place)
                 AND NOT EXISTS (SELECT FROM bench_solution s WHERE s.task = t.id AND s.performer = :client_id)
               ORDER BY t.turn LIMIT 1 FOR UPDATE OF t SKIP LOCKED),
     moved AS (UPDATE bench_place p SET turn = next.turn FROM next WHERE p.performer = :client_id),
     taken AS (UPDATE bench_pool_task t SET issued = t.issued + 1 FROM next WHERE t.id = next.id RETURNING t.id),
     given AS (INSERT INTO bench_assignment (performer, status, created_at, expires_at)
               SELECT :client_id, 'ACTIVE', now(), now() + interval '10 min' FROM taken RETURNING id),
     page AS (INSERT INTO bench_solution SELECT given.id, one.task, :client_id, one.place FROM given, taken,
              LATERAL (VALUES (taken.id, 0), (-taken.id, 1)) AS one (task, place))
SELECT given.id AS assignment FROM given \gset
WITH done AS (UPDATE bench_assignment SET status = 'ACCEPTED', submitted_at = now() WHERE id = :assignment
              AND performer = :client_id AND status = 'ACTIVE' RETURNING id),
     answered AS (UPDATE bench_solution s SET output = '{"result": "OK"}' FROM done WHERE s.assignment = done.id
                  RETURNING s.task),
     counted AS (UPDATE bench_pool_task t SET answered = t.answered + 1 FROM answered WHERE t.id = answered.task),
     mine AS (UPDATE bench_place SET submitted = submitted + 1 FROM done WHERE performer = :client_id)
INSERT INTO bench_reward SELECT id, :client_id, 0.01, now() FROM done;
"""


@cache
def _prepare() -> Path:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute("ANALYZE bench_pool_task")
    return written(SCRIPT)


def hand_outs_per_second(clients: int, *, seconds: float) -> float:
    """Of pgbench on the same server; a unit is a hand-out and its submit."""
    return units_per_second(_prepare(), clients, seconds=seconds)
