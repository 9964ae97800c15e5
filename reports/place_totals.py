"""How many tasks each project or batch of a page has, out of what was counted ahead.

`PLACE_TOTALS` of the settings names `totals_of_places`, since the pages of projects and batches lie below the reports.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

# ruff: noqa: S608  (all parts are written here, values are parameters)
from labelops.tenancy.models import Organization
from reports.services.following import NEWS

# With more than this not yet counted the rows themselves are the shorter way.
MOST_NEWS = 5_000
# All in one statement, that is of one moment: the cells, of each task that they may not know yet what it is now instead
# of what they hold of it, and the tasks that are not completed, of which there is an index.
TOTALS = f"""
WITH feed AS MATERIALIZED (
    SELECT f.* FROM reports_feed f WHERE f.organization_id = %(organization)s AND f.zone = %(zone)s),
news AS MATERIALIZED (
    SELECT array(SELECT DISTINCT e.task_id FROM feed f, audits_event e
                  WHERE {NEWS} AND e.task_id IS NOT NULL LIMIT {MOST_NEWS + 1}) AS ids)
SELECT place, sum(tasks)::bigint, sum(ready)::bigint FROM (
    SELECT value::uuid AS place, tasks, CASE WHEN status = '' THEN tasks ELSE 0 END AS ready FROM reports_cell
     WHERE organization_id = %(organization)s AND dimension = %(dimension)s AND grain = 'a'
       AND value = ANY (%(ids)s::text[])
    UNION ALL
    SELECT {{place}}, 1, (review_status = '')::int FROM audits_task
     WHERE organization_id = %(organization)s AND status = 'completed' AND id = ANY ((SELECT ids FROM news)::uuid[])
    UNION ALL
    SELECT {{place}}, -1, -(review_status = '')::int FROM reports_taskfact
     WHERE organization_id = %(organization)s AND id = ANY ((SELECT ids FROM news)::uuid[])
    UNION ALL
    SELECT {{place}}, count(*), 0 FROM audits_task
     WHERE organization_id = %(organization)s AND status <> 'completed' AND {{place}} = ANY (%(ids)s::uuid[])
     GROUP BY 1) c, news n, feed
 WHERE cardinality(n.ids) <= {MOST_NEWS}
 GROUP BY place
"""


def totals_of_places(
    organization: Organization, kind: str, ids: Collection[UUID]
) -> dict[UUID, tuple[int, int]] | None:
    """Id of each "project" or "batch" -> its tasks, and of these the ready ones; others may be among them.

    None: nothing was counted ahead, or too much has happened since.
    """
    values = {"organization": organization.pk, "zone": organization.time_zone, "dimension": kind,
              "ids": [str(one) for one in ids]}  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(TOTALS.format(place=f"{kind}_id"), values)
        found = {place: (tasks, ready) for place, tasks, ready in cursor.fetchall()}
    # Without a row it may be that there is no task, or no count: the rows know.
    return found or None
