from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from audits.models.project import Project
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


def import_path(task_import: "TaskImport", filename: str) -> str:
    return f"{task_import.organization_id.hex}/imports/{uuid7().hex}"


class TaskImportQuerySet(TenantQuerySet):
    def unfinished(self) -> Self:
        return self.filter(status__in=[TaskImport.Status.WAITING, TaskImport.Status.RUNNING])

    def without_a_runner(self) -> Self:
        """Unfinished ones that nobody works on: not begun, or whose runner's lease is over."""
        return self.unfinished().filter(Q(lease_until=None) | Q(lease_until__lt=Now()))

    def newest_first(self) -> Self:
        return self.order_by("-id")


class TaskImport(TenantModel):
    """One file of tasks on its way in; a killed import goes on from its checkpoint, `records` and `bytes_read`."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        FAILED = "failed", _("Failed")

    class Format(models.TextChoices):
        JSON = "json", _("JSON")
        JSONL = "jsonl", _("JSON Lines")
        CSV = "csv", _("CSV")

    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    file = models.FileField(upload_to=import_path, max_length=255)
    format = models.CharField(max_length=8, choices=Format)
    size = models.PositiveBigIntegerField(default=0)
    notify = models.BooleanField(default=False)
    # Replaces the file's own callback_url where set.
    callback_url = models.CharField(max_length=2048, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.WAITING)
    failure = models.TextField(blank=True)
    # Records read so far (also the place to go on from), and the bytes they took, for the progress bar.
    records = models.PositiveBigIntegerField(default=0)
    bytes_read = models.PositiveBigIntegerField(default=0)
    imported = models.PositiveBigIntegerField(default=0)
    duplicates = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    # What a run must remember beside the counters: `project` (a name), `folder`, `batches` (ids), `unknown` (keys).
    notes = models.JSONField(default=dict)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(TaskImportQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="task_import_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_unfinished(self) -> bool:
        return self.status in (self.Status.WAITING, self.Status.RUNNING)

    @property
    def percent(self) -> int:
        return 100 if self.status == self.Status.FINISHED else min(99, 100 * self.bytes_read // max(1, self.size))


class RefusedLineQuerySet(TenantQuerySet):
    def after_line(self, line: int) -> Self:
        """The keyset step through one import's report."""
        return self.filter(line__gt=line).order_by("line")


class RefusedLine(TenantModel):
    """A record that was not imported, and why."""

    task_import = models.ForeignKey(
        TaskImport, on_delete=models.CASCADE, related_name="refused_lines", db_constraint=False
    )
    line = models.PositiveBigIntegerField()
    reason = models.TextField()
    record = models.TextField()

    objects = TenantManager.from_queryset(RefusedLineQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "task_import", "line"], name="refused_line_once")
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
