from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from labelops.tenancy.models import TenantModel, TenantQuerySet
from labelops.tenancy.models.base import TenantManager


class OperationQuerySet(TenantQuerySet):
    def unfinished(self) -> Self:
        return self.filter(status__in=[Operation.Status.PENDING, Operation.Status.RUNNING])

    def without_logs(self) -> Self:
        return self.defer("log")

    def without_a_runner(self) -> Self:
        return self.unfinished().filter(Q(lease_until=None) | Q(lease_until__lt=Now()))


class Operation(TenantModel):
    """Work that is done apart from the request that asked for it, with its progress and its log."""

    class Status(models.TextChoices):
        PENDING = "PENDING", "Pending"
        RUNNING = "RUNNING", "Running"
        SUCCESS = "SUCCESS", "Success"
        FAIL = "FAIL", "Failed"

    # The client's `operation_id`, or our own: unique in the organization, so that a repeat is found.
    number = models.UUIDField()
    # POOL.OPEN, TASK.BATCH_CREATE, ASSIGNMENTS.ACCEPT_ALL, …
    type = models.CharField(max_length=64)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    parameters = models.JSONField(default=dict)
    details = models.JSONField(default=dict)
    # [{"type", "success", "input", "output"}, …]
    log = models.JSONField(default=list)
    # 0 to 100
    progress = models.PositiveSmallIntegerField(default=0)
    submitted_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(OperationQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "number"], name="operation_number_unique")]
        indexes = [models.Index(fields=["organization", "status", "id"], name="operation_by_status")]

    def __str__(self) -> str:
        return f"{self.type} {self.number}"


class AuditFeed(TenantModel):
    """How far the event log has been read for verdicts on the crowd's work. One row per organization with pools."""

    # The id of an event: everything before it, less what may have been committed late, has been seen.
    position = models.UUIDField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization"], name="audit_feed_once")]

    def __str__(self) -> str:
        return str(self.position)
