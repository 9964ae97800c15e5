"""What the Quality benchmark looks at: two years of tasks with batches, performers and the audits of 200 auditors."""

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from labelops.tenancy.models import Membership, Organization
from labelops.tenancy.scope import organization_scope
from labelops.tenancy.services.organizations import create_organization
from labelops.tenancy.services.people import create_user
from reports.models import Feed
from reports.services.recount import rebuild

DAYS, PROJECTS, PERFORMERS, AUDITORS, WEEKS = 730, 20, 500, 200, 104
# Tasks of one batch, and how many of them are audited.
PER_BATCH, AUDITED = 5000, 0.05
BASE = "2024-11-23T00:00:00Z"
# Numbers become ids that sort as they were made: the task n of `tasks` was completed n/tasks of the way.
ID = "(lpad(to_hex({0}), 12, '0') || '7000a' || substr(md5({1} || {2}::text), 1, 15))::uuid"
PLACES = """
INSERT INTO audits_project (id, organization_id, name, public_name, type, callback_url, reasons, created_at)
SELECT {project}, %(organization)s, 'project ' || p, '', 'categorization', '',
       ARRAY['Wrong label', 'Missed one', 'Too loose', 'Unreadable'], now() FROM generate_series(0, {projects} - 1) p;
INSERT INTO audits_performer (id, organization_id, external_id, created_at)
SELECT {performer}, %(organization)s, 'performer ' || w, now() FROM generate_series(0, {performers} - 1) w;
INSERT INTO audits_batch (id, organization_id, project_id, name, status, callback_url, metadata, halted,
                          is_calibration, is_self_label, created_at)
SELECT {batch}, %(organization)s, {project}, 'batch ' || b,
       CASE WHEN b >= {batches} - {batches} / 20 THEN 'in_progress' ELSE 'completed' END, '', '{{}}', '', false, false,
       now()
  FROM (SELECT b, b %% {projects} AS p FROM generate_series(0, {batches} - 1) b) b;
INSERT INTO tenancy_user (id, password, email, name, is_active, date_joined, language)
SELECT {auditor}, '!', 'auditor' || a || '-' || %(mark)s || '@bench.example', '', true, now(), ''
  FROM generate_series(0, {auditors} - 1) a;
"""
TASKS = """
INSERT INTO audits_task (id, organization_id, project_id, batch_id, type, status, instruction, params, metadata, tags,
                         unique_id, callback_url, urgency, response, prior_responses, completed_at, completed_by_id,
                         review_status, version, callback_sequence, created_at, updated_at)
SELECT {task}, %(organization)s, {project}, {batch}, CASE n %% 3 WHEN 0 THEN 'textcollection' ELSE 'categorization' END,
       'completed', '', '{{"attachment": "A duck, or a goose?"}}', '{{}}',
       CASE n %% 10 WHEN 0 THEN ARRAY['hard', 'night'] WHEN 1 THEN ARRAY['hard'] END, 'n-' || n, '', 'standard',
       '{{"category": "duck"}}', '[]', at, {performer},
       CASE WHEN NOT audited THEN '' WHEN luck < 85 THEN 'accepted' WHEN luck < 93 THEN 'fixed' ELSE 'rejected' END,
       1, 1, at, at
  FROM (SELECT n, n / {per_batch} AS b, (n / {per_batch}) %% {projects} AS p, n * 7919 %% {performers} AS w,
               timestamptz '{base}' + n * (interval '{days} days' / {tasks}) AS at, {is_audited} AS audited,
               abs(hashtextextended(n::text, 2)) %% 100 AS luck
          FROM generate_series(%(first)s::bigint, %(last)s::bigint) n) n
"""
AUDITS = """
INSERT INTO audits_audit (id, organization_id, task_id, session_id, auditor_id, verdict, comment, prior_response,
                          response, task_version, body_digest, source, audited_at, seconds, active_seconds, reasons)
SELECT {audit}, %(organization)s, t.id, CASE WHEN n %% 10 > 0 THEN {session} END, {auditor}, t.review_status,
       CASE WHEN t.review_status = 'rejected' THEN 'The bird in front is a goose, number ' || n %% 40 ELSE '' END,
       CASE WHEN t.review_status = 'fixed' THEN t.response END, CASE WHEN t.review_status = 'fixed' THEN t.response END,
       0, '', 'customer', t.completed_at + interval '2 days', 30, 20 + n %% 30,
       CASE WHEN t.review_status = 'rejected' THEN ARRAY[(ARRAY['Wrong label', 'Missed one', 'Too loose'])[1 + n %% 3]]
            ELSE '{{}}' END
  FROM (SELECT t.*, substr(t.unique_id, 3)::bigint AS n FROM audits_task t
         WHERE t.organization_id = %(organization)s AND t.review_status <> '') t
 CROSS JOIN LATERAL (SELECT n * 31 %% {auditors} AS a, floor(extract(epoch FROM t.completed_at - timestamptz '{base}')
                            / 604800)::int AS s) x
"""
# Each week's sample was drawn from that week's tasks.
SESSIONS = """
INSERT INTO audits_auditsession (id, organization_id, created_by_id, name, status, filter, seed, population, size,
                                 manifest, first_open, created_at, finished_at)
SELECT {session}, %(organization)s, %(owner)s, 'Week ' || s, 'finished',
       jsonb_build_object('completed_after', to_char(begins, {iso}),
                          'completed_before', to_char(begins + interval '7 days - 1 second', {iso})),
       1, greatest(1, {tasks} * 7 / {days}), greatest(1, ({tasks} * 7 / {days} * {share})::int),
       '{{"time_zone": "UTC"}}', 0, (begins + interval '8 days') AT TIME ZONE 'UTC', now()
  FROM (SELECT s, (timestamptz '{base}' + s * interval '7 days') AT TIME ZONE 'UTC' AS begins
          FROM generate_series(0, {weeks}) s) w;
"""
TALLIES = """
INSERT INTO audits_sessiontally (id, organization_id, session_id, slot, accepted, fixed, rejected, withdrawn)
SELECT gen_random_uuid(), %(organization)s, session_id, 0, count(*), 0, 0, 0 FROM audits_audit
 WHERE organization_id = %(organization)s AND session_id IS NOT NULL GROUP BY session_id;
"""
CHUNK = 500_000
TASKS_AND_AUDITS, COUNTED = ("audits_task", "audits_audit"), ("reports_taskfact", "reports_cell")
LISTED = ("audits_batch", "audits_auditsession", "reports_design", "reports_frame")
# All but those that a constraint stands on.
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
 WHERE i.indrelid = ANY (%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


@dataclass
class Stage:
    organization: Organization
    owner: Membership
    tasks: int


@contextmanager
def _without_indexes(tables: Sequence[str]) -> Iterator[None]:
    """Inside, rows are only written down; then each index is made in one go, and the tables are looked over."""
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [list(tables)])
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '512MB'")
            for _, definition in found:
                cursor.execute(definition)
            cursor.execute("RESET maintenance_work_mem")
            cursor.execute(f"VACUUM (ANALYZE) {', '.join(tables)}")


def _id(kind: str, number: str) -> str:
    return ID.format(number, f"'{kind}' || %(mark)s", number)


def build(*, tasks: int) -> Stage:
    """An organization of its own; its rows and its figures."""
    mark = uuid.uuid4().hex[:8]
    owner = create_user(email=f"owner-{mark}@bench.example", password=uuid.uuid4().hex)
    organization = create_organization(name=f"Bench {tasks:,}", slug=f"bench-{mark}", owner=owner, now=timezone.now())
    parts = {
        "project": _id("p", "p"), "performer": _id("w", "w"), "batch": _id("b", "b"), "auditor": _id("a", "a"),
        "task": _id("t", "n"), "session": _id("s", "s"), "audit": _id("u", "n"), "projects": PROJECTS,
        "performers": PERFORMERS, "auditors": AUDITORS, "per_batch": PER_BATCH, "batches": -(-tasks // PER_BATCH),
        "days": DAYS, "tasks": tasks, "base": BASE, "weeks": WEEKS, "share": AUDITED,
        "iso": """'YYYY-MM-DD"T"HH24:MI:SS"Z"'""",
        "is_audited": f"abs(hashtextextended(n::text, 1)) %% 1000 < {AUDITED * 1000:.0f}",
    }  # fmt: skip
    values = {"organization": organization.pk, "owner": owner.pk, "mark": mark}
    with organization_scope(organization.pk), connection.cursor() as cursor:
        cursor.execute(_sql(PLACES, parts), values)
        # Nobody begins to count while half of it is there.
        now, nothing = timezone.now(), uuid.UUID(int=0)
        Feed.objects.create(organization=organization, zone=organization.time_zone, position=nothing,
                            oldest_transaction=0, read_at=now, counted_at=now)  # fmt: skip
    return _fill(organization, owner, parts, values, tasks)


def _sql(text: str, parts: dict) -> str:
    return text.format(**parts)


def _fill(organization, owner, parts, values, tasks: int) -> Stage:
    started = time.perf_counter()
    with _without_indexes(TASKS_AND_AUDITS):
        for first in range(0, tasks, CHUNK):
            with organization_scope(organization.pk), connection.cursor() as cursor:
                cursor.execute(_sql(TASKS, parts), {**values, "first": first, "last": min(tasks, first + CHUNK) - 1})
        with organization_scope(organization.pk), connection.cursor() as cursor:
            for part in (SESSIONS, AUDITS, TALLIES):
                cursor.execute(_sql(part, parts), values)
    filled = time.perf_counter()
    with _without_indexes(COUNTED):
        rebuild(organization_id=organization.pk)
    print(f"{tasks:,} tasks written in {filled - started:.0f} s, counted in {time.perf_counter() - filled:.1f} s")
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(LISTED)}")
    with organization_scope(organization.pk):
        member = Membership.objects.select_related("user", "organization").get(organization=organization, user=owner)
    return Stage(organization, member, tasks)
