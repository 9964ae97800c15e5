"""What the API benchmark asks of: one organization with very many tasks, spread over projects, batches and verdicts."""

import os
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from audits.models import Batch, Performer, Project, ProjectVersion
from labelops.tenancy.models import Membership, Organization, Scope
from labelops.tenancy.scope import organization_scope, system_scope
from labelops.tenancy.services.keys import create_api_key
from reports.services.recount import rebuild

# Half of all in one project; four of five completed, three of ten of those audited; a hundred days.
TASKS = """
WITH batches AS (SELECT array_agg(ARRAY[b.project_id, b.id] ORDER BY b.name) AS found FROM audits_batch b
                  WHERE b.organization_id = %(organization)s AND b.name LIKE 'bench %%'),
     performers AS (SELECT array_agg(id) AS found FROM audits_performer
                     WHERE organization_id = %(organization)s AND external_id LIKE 'bench %%'),
     numbers AS (SELECT n, hashint4(n) & 1023 AS h, timezone('UTC', now()) - interval '100 days' * n / %(tasks)s AS born
                   FROM generate_series(%(first)s, %(last)s) n)
INSERT INTO audits_task (id, organization_id, project_id, project_version, batch_id, type, status, instruction, params,
                         metadata, tags, urgency, response, prior_responses, completed_at, completed_by_id,
                         review_status, version, callback_sequence, created_at, updated_at, callback_url, unique_id)
SELECT gen_random_uuid(), %(organization)s, found[place][1], 0, found[place][2],
       (ARRAY['categorization', 'categorization', 'imageannotation', 'textcollection'])[1 + h %% 4], status,
       'Which bird is it?',
       '{"attachment_type": "text", "attachment": "A duck, or a goose?", "categories": ["duck", "goose", "swan"]}',
       jsonb_build_object('frame', n), ARRAY['day' || (n %% 30), 'camera' || (h %% 7)], 'standard',
       CASE WHEN status = 'completed' THEN '{"category": "duck"}'::jsonb END, '[]',
       CASE WHEN status = 'completed' THEN born + interval '1 hour' END,
       CASE WHEN status = 'completed' THEN (SELECT found FROM performers)[1 + h %% 50] END,
       CASE WHEN status = 'completed' THEN verdict ELSE '' END, 1, 1, born, born, '', 'bench-' || n
FROM batches, numbers,
     LATERAL (SELECT CASE WHEN h %% 2 = 0 THEN 1 + h %% 10 ELSE 1 + h %% 40 END AS place,
                     CASE WHEN h %% 5 < 4 THEN 'completed' WHEN h < 900 THEN 'pending' ELSE 'canceled' END AS status,
                     (ARRAY['accepted', 'accepted', 'rejected', '', '', '', '', '', '', ''])[1 + (h / 5) %% 10]
                        AS verdict
             ) one
"""
AUDITS = """
INSERT INTO audits_audit (id, organization_id, task_id, auditor_id, verdict, comment, task_version, body_digest, source,
                          audited_at, seconds)
SELECT gen_random_uuid(), organization_id, id, %(auditor)s, review_status, '', 1, '', 'api', completed_at, 0
  FROM audits_task WHERE organization_id = %(organization)s AND review_status <> ''
"""
SLICE = 50_000


@dataclass
class ApiStage:
    organization: Organization
    owner: Membership
    key: str
    tasks: int

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}


def make_places(organization: Organization) -> None:
    """Four projects of ten batches each, fifty performers."""
    own = {"organization": organization}
    projects = Project.objects.bulk_create(
        Project(name=f"bench {n}", public_name=f"bench {n}", type="categorization", **own) for n in range(4)
    )
    ProjectVersion.objects.bulk_create(
        ProjectVersion(project=project, version=0, instruction="Which bird is it?", **own) for project in projects
    )
    Batch.objects.bulk_create(
        Batch(project=project, name=f"{project.name} / {n}", status=Batch.Status.IN_PROGRESS, **own)
        for project in projects
        for n in range(10)
    )
    Performer.objects.bulk_create(Performer(external_id=f"bench {n}", **own) for n in range(50))


def prepare(*, tasks: int) -> ApiStage:
    with system_scope("command line"):
        organization = Organization.objects.get(slug=os.environ["LABELOPS_ORGANIZATION"])
        owner = Membership.objects.select_related("user", "organization").get(
            organization=organization, user__email=os.environ["LABELOPS_EMAIL"]
        )
        _, key = create_api_key(organization=organization, mode="live", name="benchmark", user=owner.user,
                                scopes=Scope.values, now=timezone.now())  # fmt: skip
    with organization_scope(organization.pk):
        make_places(organization)
    place = {"organization": organization.pk, "auditor": owner.user_id, "tasks": tasks}
    for first in range(0, tasks, SLICE):
        with organization_scope(organization.pk), connection.cursor() as cursor:
            cursor.execute(TASKS, place | {"first": first, "last": min(first + SLICE, tasks) - 1})
    with organization_scope(organization.pk), connection.cursor() as cursor:
        cursor.execute(AUDITS, place)
    _vacuum("audits_task", "audits_audit")
    # No events tell of these tasks: they are counted as an organization is that had tasks before it had figures.
    rebuild(organization_id=organization.pk)
    _vacuum("reports_cell", "reports_taskfact")
    return ApiStage(organization, owner, key, tasks)


def _vacuum(*tables: str) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM (ANALYZE) {table}")
