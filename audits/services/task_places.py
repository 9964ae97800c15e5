"""Where a new task goes: project, batch and version of the parameters in one statement, which every creation runs."""

from audits.models import Batch, Project, ProjectVersion
from labelops.tenancy.models import Organization
from labelops.tenancy.rows import fetch, instance

Place = tuple[Project, Batch | None, ProjectVersion | None]

# A version that is not there is NULL. Without a number it is the newest.
_VERSION = """
LEFT JOIN LATERAL (SELECT one FROM audits_projectversion one
                    WHERE one.organization_id = p.organization_id AND one.project_id = p.id
                      AND one.version = coalesce(%s, one.version)
                    ORDER BY one.version DESC LIMIT 1) v ON true
"""
_BY_PROJECT = f"""
SELECT p AS project, v.one AS version FROM audits_project p {_VERSION} WHERE p.organization_id = %s AND p.name = %s
"""  # noqa: S608
_BY_BATCH = f"""
SELECT p AS project, v.one AS version, b AS batch
FROM audits_batch b JOIN audits_project p ON p.id = b.project_id AND p.organization_id = b.organization_id {_VERSION}
WHERE b.organization_id = %s AND b.name = %s
"""  # noqa: S608


def place_of_project(organization: Organization, name: str, version: int | None) -> Place | None:
    return _find(_BY_PROJECT, organization, name, version)


def place_of_batch(organization: Organization, name: str, version: int | None) -> Place | None:
    return _find(_BY_BATCH, organization, name, version)


def _find(sql: str, organization: Organization, name: str, version: int | None) -> Place | None:
    row = next(iter(fetch(sql, [version, organization.pk, name])), None)
    if row is None:
        return None
    project, batch = instance(Project, row["project"]), instance(Batch, row.get("batch"))
    project.organization = organization
    if batch:
        batch.organization, batch.project = organization, project
    return project, batch, instance(ProjectVersion, row["version"])
