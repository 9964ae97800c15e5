from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from audits.models.batch import Batch
from audits.models.project import Project
from labelops.tenancy.models import Membership, TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


class QualityTaskQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> Self:
        if membership.needs_assignment:
            return self.filter(project__auditors__user_id=membership.user_id)
        return self

    def of_kind(self, kind: str) -> Self:
        return self.filter(kind=kind)

    def with_names(self) -> Self:
        return self.select_related("project", "batch")

    def newest_first(self) -> Self:
        return self.order_by("-id")


class QualityTask(TenantModel):
    """A task whose right response is known beforehand: it trains the crowd, or measures it unseen."""

    class Kind(models.TextChoices):
        EVALUATION = "evaluation", "Evaluation"
        TRAINING = "training", "Training"

    kind = models.CharField(max_length=16, choices=Kind)
    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    type = models.CharField(max_length=64)
    instruction = models.TextField(blank=True)
    params = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    tags = ArrayField(models.CharField(max_length=255), null=True, blank=True)
    unique_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001  (as a task's)
    expected_response = models.JSONField()
    # What a reviewer finds, where the task measures reviewers: then the expected response is what they make of it.
    initial_response = models.JSONField(null=True, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = TenantManager.from_queryset(QualityTaskQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "unique_id"],
                name="quality_task_unique_id_unique",
                condition=Q(unique_id__isnull=False),
            ),
            models.CheckConstraint(condition=Q(kind__in=["evaluation", "training"]), name="quality_task_kind_known"),
        ]
        indexes = [models.Index(fields=["organization", "kind", "-id"], name="quality_task_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id.hex}"
