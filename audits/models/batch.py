from typing import Self

from django.db import models
from django.db.models import OuterRef

from audits.models.project import Project, task_counts
from labelops.tenancy.models import Membership, TenantModel, TenantQuerySet
from labelops.tenancy.models.base import TenantManager


class BatchQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> Self:
        if membership.needs_assignment:
            return self.filter(project__auditors__user_id=membership.user_id)
        return self

    def newest_first(self) -> Self:
        return self.order_by("-id")

    def with_task_counts(self) -> Self:
        """With the project, and annotated as `ProjectQuerySet.with_task_counts` does."""
        return self.select_related("project").annotate(**task_counts(batch_id=OuterRef("pk")))


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
