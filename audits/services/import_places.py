"""Where imported tasks belong: projects, batches and performers, found or made by name, each once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from audits.importing.fields import TaskFields
from audits.models import Batch, Performer, Project, ProjectVersion
from audits.services.batches import BatchExists, create_batch
from audits.services.projects import ProjectExists, create_project
from labelops.errors import InvalidInput
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization, User

# Names remembered over chunks; forgetting them costs a look-up, keeping them all costs memory.
REMEMBERED = 20_000


@dataclass
class Places:
    """What one import has found so far. `project`: the name that stands for whatever the file says."""

    organization: Organization
    actor: User | None
    project: str = ""
    _projects: dict[str, tuple[Project, ProjectVersion | None]] = field(default_factory=dict)
    _batches: dict[str, Batch] = field(default_factory=dict)
    # Ids in digits.
    _performers: dict[str, str] = field(default_factory=dict)

    def forget(self) -> None:
        """After a transaction that was undone: its rows are gone."""
        for names in (self._projects, self._batches, self._performers):
            names.clear()

    def project_of(self, fields: TaskFields, *, now: datetime) -> tuple[Project | None, ProjectVersion | None]:
        """The task's project, made with the task's type where there is none yet."""
        name = self.project or fields.project
        if not name:
            return None, None
        if name not in self._projects:
            project = self._find_project(name) or self._make_project(name, fields.type, now)
            self._projects[name] = (project, project.versions.order_by("-version").first())
        project, version = self._projects[name]
        if project.archived_at:
            raise InvalidInput(f"The project “{name}” is archived.")
        if fields.type and fields.type != project.type:
            raise InvalidInput(f"The project “{name}” takes tasks of the type {project.type}, not {fields.type}.")
        return project, version

    def _find_project(self, name: str) -> Project | None:
        return Project.objects.for_organization(self.organization).filter(name=name).first()

    def _make_project(self, name: str, type: str, now: datetime) -> Project:
        if not type:
            raise InvalidInput(f"type is missing, and there is no project “{name}” yet that would say it.")
        try:
            return create_project(
                organization=self.organization, actor=self.actor, name=name, type=type, params={}, now=now
            )
        except ProjectExists:
            # Made by somebody else in this moment.
            return Project.objects.for_organization(self.organization).get(name=name)

    def batch_of(self, fields: TaskFields, project: Project | None, *, now: datetime) -> Batch | None:
        if not fields.batch:
            return None
        if project is None:
            raise InvalidInput("A batch belongs to a project: name the project too.")
        if fields.batch not in self._batches:
            self._batches[fields.batch] = self._find_batch(fields.batch) or self._make_batch(fields.batch, project, now)
        batch = self._batches[fields.batch]
        if batch.project_id != project.pk:
            raise InvalidInput(f"The batch “{batch.name}” belongs to another project.")
        if batch.status == Batch.Status.COMPLETED:
            raise InvalidInput(f"The batch “{batch.name}” is completed: put the task into another one.")
        return batch

    def _find_batch(self, name: str) -> Batch | None:
        return Batch.objects.for_organization(self.organization).filter(name=name).first()

    def _make_batch(self, name: str, project: Project, now: datetime) -> Batch:
        try:
            return create_batch(project=project, actor=self.actor, name=name, now=now)
        except BatchExists:
            return Batch.objects.for_organization(self.organization).get(name=name)

    def find_performers(self, names: Iterable[str], *, now: datetime) -> None:
        """Look up, and make, all of these at once; `performer_of` answers from memory then."""
        # In the order of the names, so that two imports cannot wait for each other.
        missing = sorted({name for name in names if name} - self._performers.keys())
        if not missing:
            return
        if len(self._performers) > REMEMBERED:
            self._performers.clear()
        found = Performer.objects.for_organization(self.organization).filter(external_id__in=missing)
        self._performers |= _ids_by_name(found)
        new = [name for name in missing if name not in self._performers]
        if new:
            Performer.objects.bulk_create(
                [
                    Performer(id=uuid7(), organization=self.organization, external_id=name, created_at=now)
                    for name in new
                ],
                ignore_conflicts=True,
            )
            self._performers |= _ids_by_name(found.all())

    def performer_of(self, fields: TaskFields) -> str | None:
        return self._performers[fields.completed_by] if fields.completed_by else None


def _ids_by_name(performers: QuerySet) -> dict[str, str]:
    return {name: id.hex for name, id in performers.values_list("external_id", "pk")}
