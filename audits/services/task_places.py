"""Where a new task goes: project, batch and version of the parameters in one statement, which every creation runs."""

from django.db import connection

from audits.models import Batch, Project, ProjectVersion
from labelops.tenancy.models import Organization
from labelops.tenancy.rows import columns, instances

Place = tuple[Project, Batch | None, ProjectVersion | None]

# A version that is not there is a row of NULLs. Without a number it is the newest.
_VERSION = """
LEFT JOIN LATERAL (SELECT v.* FROM audits_projectversion v
                    WHERE v.organization_id = p.organization_id AND v.project_id = p.id
                      AND v.version = coalesce(%(version)s, v.version)
                    ORDER BY v.version DESC LIMIT 1) v ON true
"""
_BY_PROJECT = f"""
SELECT {columns("p", Project)}, {columns("v", ProjectVersion)} FROM audits_project p {_VERSION}
WHERE p.organization_id = %(organization)s AND p.name = %(name)s
"""  # noqa: S608  (column names of our own models)
_BY_BATCH = f"""
SELECT {columns("b", Batch)}, {columns("p", Project)}, {columns("v", ProjectVersion)}
FROM audits_batch b JOIN audits_project p ON p.id = b.project_id AND p.organization_id = b.organization_id {_VERSION}
WHERE b.organization_id = %(organization)s AND b.name = %(name)s
"""  # noqa: S608


def place_of_project(organization: Organization, name: str, version: int | None) -> Place | None:
    found = _find(_BY_PROJECT, organization, name, version, Project, ProjectVersion)
    return (found[0], None, found[1]) if found else None


def place_of_batch(organization: Organization, name: str, version: int | None) -> Place | None:
    found = _find(_BY_BATCH, organization, name, version, Batch, Project, ProjectVersion)
    if found is None:
        return None
    batch, project, given = found
    batch.project = project
    return project, batch, given


def _find(sql: str, organization: Organization, name: str, version: int | None, *kinds: type) -> list | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"organization": organization.pk, "name": name, "version": version})
        row = cursor.fetchone()
    if row is None:
        return None
    found = instances(row, *kinds)
    for one in found:
        if one:
            one.organization = organization
    return found
