from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


class BulkAction(models.TextChoices):
    """What can be done with many tasks at once."""

    CANCEL = "cancel", _("Cancel tasks")
    ADD_TAGS = "add_tags", _("Add tags")
    REMOVE_TAGS = "remove_tags", _("Remove tags")
    REDO = "redo", _("Send back for a redo")


class BulkJobQuerySet(TenantQuerySet):
    def unfinished(self) -> Self:
        return self.filter(status__in=[BulkJob.Status.WAITING, BulkJob.Status.RUNNING])

    def without_a_runner(self) -> Self:
        """Unfinished ones that nobody works on: not begun, or whose runner's lease is over."""
        return self.unfinished().filter(Q(lease_until=None) | Q(lease_until__lt=Now()))


class BulkJob(TenantModel):
    """One action on every task that matched a filter when asked for; a killed job goes on from its checkpoint."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        FAILED = "failed", _("Stopped")

    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    action = models.CharField(max_length=16, choices=BulkAction)
    tags = models.JSONField(default=list)
    # Keys of TaskFilter as a session keeps them. Tasks made later than the job are none of its.
    filter = models.JSONField(default=dict)
    status = models.CharField(max_length=16, choices=Status, default=Status.WAITING)
    failure = models.TextField(blank=True)
    total = models.PositiveIntegerField(null=True)
    # The checkpoint: every matching task up to this id has been looked at.
    last_id = models.UUIDField(null=True)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(BulkJobQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="bulk_job_newest")]

    def __str__(self) -> str:
        return f"{self.action} {self.id.hex}"

    @property
    def is_unfinished(self) -> bool:
        return self.status in (self.Status.WAITING, self.Status.RUNNING)

    @property
    def seen(self) -> int:
        return self.changed + self.unchanged

    @property
    def percent(self) -> int:
        return 100 if self.status == self.Status.FINISHED else min(99, 100 * self.seen // max(1, self.total or 1))
