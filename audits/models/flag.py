from typing import Self

from django.db import models
from django.db.models import F, Q

from audits.models.session import AuditSession
from audits.models.task import Task
from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


class FlagQuerySet(TenantQuerySet):
    def open(self) -> Self:
        """Neither answered nor judged: a verdict moves the task's version past the one that was flagged."""
        return self.filter(answered_at=None, task__version=F("task_version"))

    def with_people(self) -> Self:
        return self.select_related("task", "task__project", "session", "raised_by", "assignee")


class Flag(TenantModel):
    """A task that one auditor hands to a colleague, with a note."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="flags", db_constraint=False, db_index=False)
    # The version that was flagged.
    task_version = models.PositiveIntegerField()
    session = models.ForeignKey(
        AuditSession, null=True, on_delete=models.CASCADE, related_name="flags", db_constraint=False, db_index=False
    )
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.TextField()
    created_at = models.DateTimeField()
    # Given back without a verdict, and what was said to it.
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)

    objects = TenantManager.from_queryset(FlagQuerySet)()

    class Meta:
        indexes = [
            models.Index(
                fields=["organization", "assignee", "id"], name="flag_assignee", condition=Q(answered_at__isnull=True)
            ),
            models.Index(fields=["organization", "task", "id"], name="flag_task"),
            models.Index(
                fields=["organization", "session", "id"], name="flag_session", condition=Q(session__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} for {self.assignee_id}"
