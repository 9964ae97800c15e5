"""The reader of the event log: what happened since the last look is counted, in each organization by one reader.

An event's id is made before its commit, so that an event may appear behind one that was read. What may not have been
seen is told by transactions: everything written by one that is not older than the oldest that was under way at the last
look is read again. Counting twice changes nothing.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection

from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope, system_scope
from reports.models import Feed, Frame
from reports.services.counting import count_anew, move_tasks
from reports.services.frames import write_frames
from reports.services.spreading import spread_chances

# The longest that a transaction may live from its event's id to its commit. The nightly recount finds what is later.
LATE = timedelta(seconds=60)
PORTION = 20_000
# Seconds.
TURN = 1.0
# More than this at once is cheaper counted anew.
TOO_MANY = 1_000_000
_NEWS = """e.organization_id = f.organization_id AND e.id > f.position AND {unseen}
   AND (e.type LIKE 'task.%%' AND e.task_id IS NOT NULL
        OR e.type LIKE 'batch.%%' OR e.type LIKE 'project.%%' OR e.type LIKE 'member.%%')"""
# xmin is a transaction's number without its epoch: compared in the circle of 2^32.
NEWS = _NEWS.format(
    unseen="""((e.xmin::text::bigint - f.oldest_transaction %% 4294967296 + 4294967296) %% 4294967296) < 2147483648"""
)
# The same for whoever looks through the events of an import: what can be said once for all of them is.
_NEWS_OF_MANY = _NEWS.format(unseen="age(e.xmin) <= f.oldest_age")
_FEEDS = "SELECT *, age((oldest_transaction %% 4294967296)::text::xid) AS oldest_age FROM reports_feed"
# The newest first: where there is news, they are the end of the log.
BEHIND = f"""
SELECT o.id FROM tenancy_organization o LEFT JOIN ({_FEEDS} OFFSET 0) f ON f.organization_id = o.id
 WHERE f.id IS NULL OR f.zone <> o.time_zone
    OR (SELECT e.id FROM audits_event e WHERE {_NEWS_OF_MANY} ORDER BY e.id DESC LIMIT 1) IS NOT NULL
    OR EXISTS (SELECT FROM reports_frame r WHERE r.organization_id = o.id AND r.reached_at IS NOT NULL)
"""  # noqa: S608
# One pass over the events: an import makes a hundred thousand of them.
READ = f"""
WITH news AS MATERIALIZED (
    SELECT e.task_id, CASE WHEN e.type = 'task.audited' THEN e.session_id END AS session_id
      FROM ({_FEEDS} WHERE organization_id = %(organization)s OFFSET 0) f, audits_event e WHERE {_NEWS_OF_MANY})
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, clock_timestamp(),
       array(SELECT DISTINCT task_id::text FROM news WHERE task_id IS NOT NULL),
       array(SELECT DISTINCT n.session_id FROM news n
              WHERE n.session_id IS NOT NULL
                AND NOT EXISTS (SELECT FROM reports_frame r
                                 WHERE r.organization_id = %(organization)s AND r.session_id = n.session_id)),
       EXISTS (SELECT FROM news WHERE task_id IS NULL)
"""  # noqa: S608
# Whether these are the figures of this moment: nobody has counted since, and there is nothing to count.
STANDING = f"""
SELECT EXISTS (SELECT FROM reports_feed f WHERE f.organization_id = %(organization)s AND f.counted_at = %(counted_at)s
                AND NOT EXISTS (SELECT FROM audits_event e WHERE {NEWS}))
"""  # noqa: S608
LOCK = "SELECT id FROM reports_feed WHERE organization_id = %s FOR UPDATE {wait}"
# Those that had nothing new are up to date as of the look, and need not look through the same events again.
TOUCH = """
UPDATE reports_feed SET read_at = %s, position = greatest(position, %s) WHERE id IN (
    SELECT id FROM reports_feed WHERE organization_id <> ALL (%s::uuid[]) AND read_at < %s FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True)
class News:
    """`oldest` and `at` belong to the snapshot in which the ids were read."""

    oldest: int
    at: datetime
    # As text: an import makes a hundred thousand of them, and nobody here looks into one.
    task_ids: list[str]
    # Those with their first verdict: before it, no task's chance has grown.
    session_ids: list[UUID]
    # A batch's status, a project's name, a new member: what a filter offers beside the tasks.
    has_others: bool


def follow_events() -> int:
    """Count what is new in all organizations; in how many there was something.

    Where a session's chances are on their way, it goes on for a TURN, with what is new then.
    """
    until, behind = time.monotonic() + TURN, _look()
    _follow(behind)
    while (spreading := _spreading()) and time.monotonic() < until:
        _follow(spreading)
    return len(behind)


def _look() -> list[UUID]:
    with system_scope("sweep"), connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        looked_at = cursor.fetchone()[0]
        cursor.execute(BEHIND.replace("%%", "%"))
        behind = [row[0] for row in cursor.fetchall()]
        cursor.execute(TOUCH, [looked_at, first_id_of(looked_at - LATE), behind, looked_at])
    return behind


def _spreading() -> list[UUID]:
    with system_scope("sweep"):
        return list(Frame.objects.spreading().values_list("organization_id", flat=True).distinct())


def _follow(organization_ids: Iterable[UUID]) -> None:
    for organization_id in organization_ids:
        with organization_scope(organization_id):
            follow_organization(Organization.objects.get(pk=organization_id))


def is_behind(organization: Organization, feed: Feed | None) -> bool:
    """Whether something may have happened that the figures of this feed do not have."""
    if feed is None:
        return True
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"organization": organization.pk, "counted_at": feed.counted_at})
        return not cursor.fetchone()[0]


def follow_organization(organization: Organization, *, wait: bool = False) -> None:
    """Count what is new of one, in the caller's transaction; nothing where another reader is at it (unless `wait`)."""
    if not Feed.objects.for_organization(organization).exists():
        Feed.objects.bulk_create([_new_feed(organization)], ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(LOCK.format(wait="" if wait else "SKIP LOCKED"), [organization.pk])
        if cursor.fetchone() is None:
            return
    feed = Feed.objects.for_organization(organization).get()
    news = read_news(organization)
    if feed.zone != organization.time_zone or len(news.task_ids) > TOO_MANY:
        _count_all(organization)
        feed.counted_at = news.at
    elif _count(organization, news) or news.has_others:
        feed.counted_at = news.at
    if news.has_others:
        feed.named_at = news.at
    feed.zone, feed.read_at, feed.oldest_transaction = organization.time_zone, news.at, news.oldest
    feed.position = max(feed.position, first_id_of(news.at - LATE))
    feed.save(update_fields=["zone", "read_at", "counted_at", "named_at", "oldest_transaction", "position"])


def _new_feed(organization: Organization) -> Feed:
    """No zone: everything is to be counted."""
    now = datetime.now(UTC)
    return Feed(organization=organization, zone="", position=UUID(int=0), oldest_transaction=0, read_at=now,
                counted_at=now, named_at=now)  # fmt: skip


def read_news(organization: Organization) -> News:
    with connection.cursor() as cursor:
        cursor.execute(READ, {"organization": organization.pk})
        return News(*cursor.fetchone())


def _count_all(organization: Organization) -> None:
    write_frames(organization)
    Frame.objects.for_organization(organization).spreading().update(reached_at=None, reached_id=None)
    count_anew(organization.pk, zone=organization.time_zone)


def _count(organization: Organization, news: News) -> bool:
    """Whether a figure may have moved."""
    if news.session_ids:
        write_frames(organization, news.session_ids)
    ids, speaks = spread_chances(organization)
    for portion in _portions(sorted({*news.task_ids, *ids})):
        move_tasks(organization.pk, zone=organization.time_zone, ids=portion)
    return speaks or bool(news.task_ids)


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), PORTION):
        yield ids[start : start + PORTION]


def first_id_of(moment: datetime) -> UUID:
    """The smallest id that could have been made then."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
