from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import OuterRef
from django.db.models.functions import Coalesce

from audits.models.project import Project, version_of
from labelops.tenancy.models import Membership, TenantModel, TenantQuerySet
from labelops.tenancy.models.base import TenantManager
from labelops.tenancy.permissions import Role


def _number_of(tasks: models.QuerySet) -> Coalesce:
    grouped = tasks.values("organization_id").annotate(number=models.Count("*")).values("number")
    return Coalesce(models.Subquery(grouped), 0)


class BatchQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> Self:
        if membership.role == Role.AUDITOR and membership.organization.auditors_need_assignment:
            return self.filter(project__auditors__user_id=membership.user_id)
        return self

    def with_version(self, number: int | None) -> Self:
        """With `given_version` of the project, as `ProjectQuerySet.with_version` gives it."""
        return self.annotate(given_version=version_of("project_id", number))

    def newest_first(self) -> Self:
        return self.order_by("-id")

    def with_task_counts(self) -> Self:
        """Annotates `task_count` and `ready_count` (completed and not audited yet)."""
        tasks = apps.get_model("audits", "Task").objects.order_by()
        own = tasks.filter(organization_id=OuterRef("organization_id"), batch_id=OuterRef("pk"))
        ready = own.filter(status="completed", review_status="")
        return self.select_related("project").annotate(task_count=_number_of(own), ready_count=_number_of(ready))


class Batch(TenantModel):
    """A set of tasks of one project that is finished, and called back, together."""

    class Status(models.TextChoices):
        STAGING = "staging", "Staging"
        IN_PROGRESS = "in_progress", "In progress"
        COMPLETED = "completed", "Completed"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches", db_constraint=False)
    name = models.CharField(max_length=255)
    status = models.CharField(max_length=16, choices=Status, default=Status.IN_PROGRESS)
    callback_url = models.CharField(max_length=2048, blank=True)
    metadata = models.JSONField(default=dict)
    is_calibration = models.BooleanField(default=False)
    is_self_label = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(BatchQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="batch_name_unique"),
            models.CheckConstraint(
                condition=models.Q(status__in=["staging", "in_progress", "completed"]), name="batch_status_known"
            ),
        ]
        indexes = [models.Index(fields=["organization", "project"], name="batch_project")]

    def __str__(self) -> str:
        return self.name
