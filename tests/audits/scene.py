"""The standing cast of the audit tests: one organization, its people, one project with completed tasks."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from audits.models import AuditSession, Project, Task
from audits.services.projects import create_project
from audits.services.sampling import SampleSize
from audits.services.sessions import open_session
from audits.services.tasks import NewTask, complete_task, create_task
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Membership, Organization
from labelops.tenancy.scope import organization_scope
from labelops.tenancy.services.organizations import create_organization
from labelops.tenancy.services.people import add_member, create_user

PARAMS = {"attachment_type": "text", "attachment": "A duck, or a goose?", "categories": ["duck", "goose", "swan"]}


@dataclass
class Scene:
    """`members` by name; every call opens its own scope, as a request does."""

    organization: Organization
    members: dict[str, Membership]
    project: Project
    tasks: list[Task] = field(default_factory=list)

    def scope(self) -> Any:
        return organization_scope(self.organization.id)

    def add_task(self, *, done: bool = True, **new: Any) -> Task:
        new = {"type": "categorization", "params": PARAMS, "project": self.project, **new}
        now = timezone.now()
        with self.scope():
            task = create_task(organization=self.organization, actor=None, new=NewTask(**new), now=now)
            if done:
                response = {"category": "duck"}
                task = complete_task(
                    organization=self.organization, actor=None, task_id=task.id, response=response, now=now
                )
        self.tasks.append(task)
        return task

    def session(self, opener: str = "owner", **options: Any) -> AuditSession:
        options = {"filter": {}, "size": SampleSize(), "now": timezone.now(), **options}
        with self.scope():
            return open_session(opener=self.members[opener], **options)

    def reload(self, task: Task) -> Task:
        with self.scope():
            return Task.objects.for_organization(self.organization).with_names().with_audits().get(pk=task.pk)


def make_scene(*, tasks: int = 3, roles: dict[str, str] | None = None, now: datetime | None = None) -> Scene:
    """An organization with `tasks` completed tasks; members owner, alice and bob (auditors) unless `roles` given."""
    now, mark = now or timezone.now(), uuid7().hex[-8:]
    owner = create_user(email=f"owner@{mark}.example", password="a long password")
    organization = create_organization(name=f"Organization {mark}", slug=f"org-{mark}", owner=owner, now=now)
    members = {}
    with organization_scope(organization.id):
        members["owner"] = Membership.objects.for_organization(organization).select_related("user").get(user=owner)
        project = create_project(
            organization=organization, actor=owner, name="birds", type="categorization", params={}, now=now
        )
    for name, role in (roles or {"alice": "auditor", "bob": "auditor"}).items():
        user = create_user(email=f"{name}@{mark}.example", password="a long password")
        members[name] = add_member(organization=organization, user=user, role=role, now=now)
    for member in members.values():
        member.organization = organization
    scene = Scene(organization, members, project)
    for _ in range(tasks):
        scene.add_task()
    return scene
