from typing import Self

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models

from audits.models.batch import Batch
from audits.models.project import Project
from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


class ProjectGroupQuerySet(TenantQuerySet):
    def with_members(self) -> Self:
        """With their people in `memberships`, each with `user`: one more statement however many groups."""
        people = ProjectGroupMember.objects.select_related("user").order_by("user__email")
        return self.prefetch_related(models.Prefetch("memberships", people)).order_by("id")


class ProjectGroup(TenantModel):
    """Some of a project's people under a name; batches are given to groups."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="groups", db_constraint=False)
    name = models.CharField(max_length=255)
    created_at = models.DateTimeField()

    objects = TenantManager.from_queryset(ProjectGroupQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "project", "name"], name="project_group_unique")]

    def __str__(self) -> str:
        return self.name


class ProjectGroupMember(TenantModel):
    group = models.ForeignKey(ProjectGroup, on_delete=models.CASCADE, related_name="memberships", db_constraint=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "group", "user"], name="project_group_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"


class BatchGroupQuerySet(TenantQuerySet):
    def names_by_batch(self, batches: list[Batch]) -> dict[object, list[str]]:
        """Batch id -> the names of its groups, in order; batches without any are absent."""
        rows = self.filter(batch_id__in=[batch.pk for batch in batches]).order_by().values("batch_id")
        found = rows.annotate(names=ArrayAgg("group__name", order_by="group__name"))
        return {row["batch_id"]: row["names"] for row in found}


class BatchGroup(TenantModel):
    """Says that this group works on this batch; a batch without any is everybody's."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="groups", db_constraint=False)
    group = models.ForeignKey(ProjectGroup, on_delete=models.CASCADE, related_name="+", db_constraint=False)

    objects = TenantManager.from_queryset(BatchGroupQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "batch", "group"], name="batch_group_once")]

    def __str__(self) -> str:
        return f"{self.batch_id} for {self.group_id}"
