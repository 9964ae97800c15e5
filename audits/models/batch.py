from datetime import datetime
from typing import Self
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from audits.models.project import Project, task_counts
from labelops.tenancy.models import Membership, TenantModel, TenantQuerySet
from labelops.tenancy.models.base import TenantManager


def open_to(user_id: UUID, batch: str) -> Q:
    """The rows whose batch (in the field of this name) is given to no group, or to one that this person is in."""
    # Looked up by name: that module needs this one.
    groups = apps.get_model("audits", "BatchGroup").objects
    given = groups.filter(organization_id=OuterRef("organization_id"), batch_id=OuterRef(batch))
    return Q(~Exists(given)) | Q(Exists(given.filter(group__memberships__user_id=user_id)))


class BatchQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """All, but for those who need an assignment: of their projects, what is not given to other groups."""
        if membership.needs_assignment:
            mine = self.filter(project__auditors__user_id=membership.user_id)
            return mine.filter(open_to(membership.user_id, "pk"))
        return self

    def newest_first(self) -> Self:
        return self.order_by("-id")

    def unfinished(self) -> Self:
        return self.exclude(status=Batch.Status.COMPLETED)

    def by_priority(self) -> Self:
        """In the order in which they are worked on: those with a place, then calibration, then the oldest."""
        return self.order_by(models.F("priority").asc(nulls_last=True), "-is_calibration", "id")

    def before(self, created_at: datetime, batch_id: UUID) -> Self:
        """The keyset step: what comes after this row, newest first; ids sort as they were made."""
        return self.filter(id__lt=batch_id)

    def with_project(self) -> Self:
        return self.select_related("project")

    def with_task_counts(self) -> Self:
        """With the project, and annotated as `ProjectQuerySet.with_task_counts` does."""
        return self.select_related("project").annotate(**task_counts(batch_id=OuterRef("pk")))


class Batch(TenantModel):
    """A set of tasks of one project that is finished, and called back, together."""

    class Status(models.TextChoices):
        STAGING = "staging", _("Staging")
        IN_PROGRESS = "in_progress", _("In progress")
        COMPLETED = "completed", _("Completed")

    class Halt(models.TextChoices):
        PAUSED = "paused", _("Paused")
        CANCELLED = "cancelled", _("Cancelled")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches", db_constraint=False)
    name = models.CharField(max_length=255)
    status = models.CharField(max_length=16, choices=Status, default=Status.IN_PROGRESS)
    callback_url = models.CharField(max_length=2048, blank=True)
    metadata = models.JSONField(default=dict)
    # Beside the status, of which the original's v1 knows three: only its v2 pauses and cancels.
    halted = models.CharField(max_length=16, choices=Halt, default="", blank=True)
    # Place among the unfinished batches, 1 first; none: calibration first, then the oldest.
    priority = models.PositiveIntegerField(null=True, blank=True)
    is_calibration = models.BooleanField(default=False)
    is_self_label = models.BooleanField(default=False)
    # Order of its callbacks: grows with each completion.
    callback_sequence = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(BatchQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="batch_name_unique"),
            models.CheckConstraint(
                condition=models.Q(status__in=["staging", "in_progress", "completed"]), name="batch_status_known"
            ),
            models.CheckConstraint(condition=models.Q(halted__in=["", "paused", "cancelled"]), name="batch_halt_known"),
        ]
        indexes = [models.Index(fields=["organization", "project"], name="batch_project")]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return self.id.hex
