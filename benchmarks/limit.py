"""The limit: claim and submit as two prepared statements, without application, policies, events or callbacks."""

import os
import re
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from django.db import connection

from labelops.embedded.postgres import found_programs

TABLES = """
DROP TABLE IF EXISTS bench_audit, bench_item, bench_task;
CREATE TABLE bench_task (id bigint PRIMARY KEY, status text, review text, response jsonb, updated_at timestamptz)
    WITH (fillfactor = 80);
CREATE TABLE bench_item (session_id int, position bigint, task_id bigint, state smallint DEFAULT 0, holder int,
    expires_at timestamptz, token bigint, PRIMARY KEY (session_id, task_id)) WITH (fillfactor = 80);
CREATE INDEX bench_item_open ON bench_item (session_id, position) WHERE state = 0;
CREATE TABLE bench_audit (id bigserial PRIMARY KEY, task_id bigint, auditor int, verdict text, at timestamptz);
INSERT INTO bench_task SELECT n, 'completed', '', '{"category": "duck"}', now() FROM generate_series(1, 200000) n;
INSERT INTO bench_item (session_id, position, task_id) SELECT 1, n, n FROM generate_series(1, 200000) n;
"""
SCRIPT = r"""
WITH next AS (SELECT session_id, task_id FROM bench_item WHERE session_id = 1 AND state = 0 ORDER BY position LIMIT 1
              FOR UPDATE SKIP LOCKED)
UPDATE bench_item i SET state = 1, holder = :client_id, expires_at = now() + interval '15 min', token = 1
FROM next WHERE i.session_id = next.session_id AND i.task_id = next.task_id RETURNING i.task_id \gset
WITH item AS (UPDATE bench_item SET state = 2 WHERE session_id = 1 AND task_id = :task_id AND holder = :client_id
              AND state = 1 RETURNING task_id),
     task AS (UPDATE bench_task SET review = 'accepted', updated_at = now() FROM item WHERE id = item.task_id
              RETURNING id)
INSERT INTO bench_audit (task_id, auditor, verdict, at) SELECT id, :client_id, 'accepted', now() FROM task;
"""


@cache
def _prepare() -> Path:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute("ANALYZE bench_item")
    return written(SCRIPT)


def written(script: str) -> Path:
    """The script as a file that pgbench reads."""
    path = Path(tempfile.mkdtemp(prefix="labelops-bench-")) / "unit.sql"
    path.write_text(script)
    return path


def pgbench_units_per_second(clients: int, *, seconds: float) -> float:
    return units_per_second(_prepare(), clients, seconds=seconds)


def units_per_second(script: Path, clients: int, *, seconds: float) -> float:
    """How often so many clients get through this script of pgbench."""
    command = [str(found_programs() / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T",
               str(max(1, int(seconds))), "-f", str(script), os.environ["DATABASE_URL"]]  # fmt: skip
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"tps = ([\d.]+)", output).group(1))
