from typing import Self
from uuid import UUID

from django.db import models

from audits.models.audit import Audit, Verdict
from audits.models.task import Task
from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


class FeedbackType(models.TextChoices):
    """What a feedback item does: only an error counts against the task."""

    ERROR = "error", "Error"
    FLAG = "flag", "Flag: somebody should look"
    CONFIRMATION = "confirmation", "Confirmation"
    COMMENT = "comment", "Comment"


class FeedbackQuerySet(TenantQuerySet):
    def of_task(self, task_id: UUID) -> Self:
        return self.filter(task_id=task_id).select_related("created_by", "audit").order_by("-created_at", "-id")


class Feedback(TenantModel):
    """What a program (a linter, a model) found in one response. With a verdict it is an audit beside."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    # Where the program judged too.
    audit = models.ForeignKey(
        Audit, null=True, on_delete=models.PROTECT, related_name="feedback", db_constraint=False, db_index=False
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Name of the program, for people.
    source = models.CharField(max_length=120, blank=True)
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    comment = models.TextField(blank=True)
    response_url = models.CharField(max_length=2048, blank=True)
    # {id, type, scope?, category?, message?, state?}
    items = models.JSONField(default=list)
    errors = models.PositiveIntegerField(default=0)
    task_version = models.PositiveIntegerField()
    body_digest = models.BinaryField()
    created_at = models.DateTimeField()

    objects = TenantManager.from_queryset(FeedbackQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "task", "-created_at"], name="feedback_task"),
            models.Index(
                fields=["organization", "audit"], name="feedback_audit", condition=models.Q(audit__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source or 'feedback'} on {self.task_id}"
