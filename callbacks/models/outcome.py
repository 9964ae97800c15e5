from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from labelops.tenancy.models import Organization

ENDED = """
SELECT e.subject_id, bool_and(e.status = 'delivered')
  FROM (SELECT subject_id, status, sequence, max(sequence) OVER (PARTITION BY subject_id) AS newest
          FROM callbacks_delivery
         WHERE organization_id = %s AND subject_id = ANY (%s::uuid[]) AND status IN ('delivered', 'dead')) e
 WHERE e.sequence = e.newest GROUP BY e.subject_id
"""


def outcomes_of(subject_ids: Iterable[UUID], *, organization: Organization) -> dict[UUID, bool]:
    """Per subject, whether its newest event that reached an end reached every listener; no key before an end."""
    with connection.cursor() as cursor:
        cursor.execute(ENDED, [organization.pk, [id.hex for id in subject_ids]])
        return dict(cursor.fetchall())
