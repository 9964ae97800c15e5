from collections.abc import Iterable
from typing import Any, Self

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef
from django.db.models.functions import Coalesce

from labelops.tenancy.models import Membership, TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager

# The crowd dialect's `task_spec`: it says of what form tasks are, and is no part of one.
TASK_SPEC = ("input_spec", "output_spec", "view_spec")
# Of it, what the form of a task is made of.
ORDERS = {"input_spec": "input_order", "output_spec": "output_order"}


def in_order(spec: dict[str, Any], order: Iterable[str]) -> dict[str, Any]:
    """The same fields in the given order; those that it does not name behind."""
    known = [name for name in order if name in spec]
    return {name: spec[name] for name in [*known, *(one for one in spec if one not in known)]}


def task_counts(**place: OuterRef) -> dict[str, Coalesce]:
    """`task_count` and `ready_count` (completed and not audited yet) of the tasks at this place, as annotations."""
    tasks = apps.get_model("audits", "Task").objects.order_by()
    own = tasks.filter(organization_id=OuterRef("organization_id"), **place)
    ready = own.filter(status="completed", review_status="")
    return {"task_count": _number_of(own), "ready_count": _number_of(ready)}


def _number_of(tasks: models.QuerySet) -> Coalesce:
    grouped = tasks.values("organization_id").annotate(number=models.Count("*")).values("number")
    return Coalesce(models.Subquery(grouped), 0)


class ProjectQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """All, but for an auditor of an organization where auditors need an assignment: the assigned ones."""
        if membership.needs_assignment:
            return self.filter(auditors__user_id=membership.user_id)
        return self

    def with_versions(self) -> Self:
        """With all versions of the parameters, oldest first, as the wire format shows them."""
        return self.prefetch_related(models.Prefetch("versions", ProjectVersion.objects.order_by("version")))

    def active(self) -> Self:
        return self.filter(archived_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-id")

    def with_task_counts(self) -> Self:
        return self.annotate(**task_counts(project_id=OuterRef("pk")))


class Project(TenantModel):
    """What one kind of task has in common; `name` is unique, `public_name` is what performers see."""

    name = models.CharField(max_length=255)
    public_name = models.CharField(max_length=255, blank=True)
    type = models.CharField(max_length=64)
    callback_url = models.CharField(max_length=2048, blank=True)
    # Whether a verdict is told only when it can no longer be undone; None: as the organization wishes.
    hold_callbacks = models.BooleanField(null=True, blank=True)
    # What auditors choose from when they change or reject, so that common errors can be counted.
    reasons = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    # `input_spec` and `output_spec` of the newest version, where it has such: what the form of a task is made of.
    # JSON in the database has no order of its own: `input_order` and `output_order` are the names in theirs.
    task_fields = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(ProjectQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="project_name_unique")]

    def __str__(self) -> str:
        return self.name

    def fields_of(self, part: str) -> dict[str, Any]:
        """`part`: input_spec or output_spec; the fields in their order, empty where there are none."""
        return in_order(self.task_fields.get(part, {}), self.task_fields.get(ORDERS[part], ()))


class ProjectVersion(TenantModel):
    """One version of a project's parameters (0, 1, 2 …); tasks keep the number they were made under."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="versions", db_constraint=False)
    version = models.PositiveIntegerField()
    instruction = models.TextField(blank=True)
    params = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "project", "version"], name="project_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.project_id} v{self.version}"

    @property
    def task_params(self) -> dict[str, Any]:
        """What tasks take over from the project."""
        return {name: value for name, value in self.params.items() if name not in TASK_SPEC}


class ProjectAuditor(TenantModel):
    """Says that this person may audit this project, where the organization's auditors need an assignment."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="auditors", db_constraint=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "project", "user"], name="project_auditor_once")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.project_id}"
