"""Projects as the crowd dialect has them: the audits' project, and what only that dialect says of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy

from audits.models import Project, ProjectVersion
from audits.models.project import ORDERS, TASK_SPEC
from audits.services.many import archive_projects
from audits.services.projects import CONTROL, ENDINGS, ProjectExists, create_project, set_project_params
from crowd_rules.models import Collector, Pool, ProjectSettings
from crowd_rules.services.refusals import UnarchivedPools
from crowd_rules.services.rules import set_rules
from labelops.errors import NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Membership, Organization, User

NO_SUCH_PROJECT = gettext_lazy("There is no such project.")
CROWD_TYPE = "custom"


@dataclass(frozen=True)
class Description:
    """What a requester says of a project. `rest`: the wire's fields without a column; `configs`: its rules."""

    public_name: str
    task_spec: dict[str, Any]
    instructions: str = ""
    configs: list[dict[str, Any]] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)

    @property
    def params(self) -> dict[str, Any]:
        return {**self.task_spec, "instruction": self.instructions}


@dataclass(frozen=True)
class Described:
    """A project with everything that the wire shows of it; `collectors` with `standing_rules`."""

    project: Project
    version: ProjectVersion | None
    settings: dict[str, Any]
    collectors: list[Collector]

    @property
    def task_spec(self) -> dict[str, Any]:
        params = self.version.params if self.version else {}
        ordered = {name: self.project.fields_of(name) or params[name] for name in ORDERS if name in params}
        return {name: ordered.get(name, params[name]) for name in TASK_SPEC if name in params}


def describe(organization: Organization, projects: Iterable[Project]) -> list[Described]:
    """These with their newest versions, settings and rules: four statements, however many."""
    found = list(projects)
    ids = [one.pk for one in found]
    versions = {one.project_id: one for one in newest_versions(organization, ids)}
    rows = ProjectSettings.objects.for_organization(organization).filter(project_id__in=ids)
    settings = {one.project_id: one.settings for one in rows}
    collectors: dict[UUID, list[Collector]] = {}
    standing = Collector.objects.for_organization(organization).in_force().filter(project_id__in=ids, pool=None)
    for one in standing.with_rules().in_order():
        collectors.setdefault(one.project_id, []).append(one)
    return [Described(one, versions.get(one.pk), settings.get(one.pk, {}), collectors.get(one.pk, [])) for one in found]


def newest_versions(organization: Organization, project_ids: Iterable[UUID]) -> Sequence[ProjectVersion]:
    """The newest version of each of these projects' parameters."""
    rows = ProjectVersion.objects.for_organization(organization).filter(project_id__in=list(project_ids))
    return list(rows.order_by("project_id", "-version").distinct("project_id"))


def find_project(*, organization: Organization, project_id: Any) -> Project:
    """Raises NotFound."""
    project = Project.objects.for_organization(organization).filter(pk=project_id).first()
    if project is None:
        raise NotFound(NO_SUCH_PROJECT)
    project.organization = organization
    return project


@transaction.atomic(savepoint=False)
def create_crowd_project(
    *, organization: Organization, actor: User | None, given: Description, now: datetime
) -> Described:
    """A project of free tasks; its unique name is the public one, with an end of its own where that is taken.

    Raises InvalidRules.
    """
    project = _make_named(organization, actor, given, now)
    project.organization = organization
    _put(project, actor, given, now)
    return describe(organization, [project])[0]


@transaction.atomic(savepoint=False)
def update_crowd_project(*, project: Project, actor: User | None, given: Description, now: datetime) -> Described:
    """Make this the whole description. A changed `task_spec` is another version. Raises InvalidRules."""
    before = describe(project.organization, [project])[0]
    held = {**before.task_spec, "instruction": before.version.instruction if before.version else ""}
    if held != given.params:
        keep = {name: value for name, value in (before.version.params if before.version else {}).items()
                if name not in TASK_SPEC}  # fmt: skip
        set_project_params(project=project, actor=actor, params={**keep, **given.params}, patch=False, now=now)
    _put(project, actor, given, now)
    return describe(project.organization, [project])[0]


def _make_named(organization: Organization, actor: User | None, given: Description, now: datetime) -> Project:
    name = CONTROL.sub(" ", given.public_name).strip()[:240] or "project"
    # The end of the id is random: no second of this name can have it.
    own = f"{name} {uuid7().hex[-12:]}"
    place = {"organization": organization, "actor": actor, "type": CROWD_TYPE, "params": given.params, "now": now}
    try:
        with transaction.atomic():
            return create_project(name=own if name.endswith(ENDINGS) else name, **place)
    except ProjectExists:
        return create_project(name=own, **place)


def _put(project: Project, actor: User | None, given: Description, now: datetime) -> None:
    before = project.public_name
    if before != given.public_name:
        project.public_name = given.public_name
        project.save(update_fields=["public_name"])
        record_event(EventType.PROJECT_CHANGED, organization=project.organization, actor=actor, now=now,
                     subject_id=project.pk, before={"public_name": before},
                     after={"public_name": given.public_name})  # fmt: skip
    ProjectSettings.objects.update_or_create(
        organization=project.organization, project=project, defaults={"settings": given.rest}
    )
    set_rules(project=project, pool=None, actor=actor, configs=given.configs, now=now)


@transaction.atomic(savepoint=False)
def archive_crowd_project(*, project: Project, by: Membership, now: datetime) -> bool:
    """False where it was archived. Raises UnarchivedPools, Forbidden."""
    pools = Pool.objects.for_organization(project.organization).filter(project=project)
    if pools.exclude(status=Pool.Status.ARCHIVED).exists():
        raise UnarchivedPools
    if project.archived_at:
        return False
    archive_projects(by=by, project_ids=[project.pk], archived=True, now=now)
    return True
