from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


def export_path(export: "Export", filename: str) -> str:
    return f"{export.organization_id.hex}/exports/{uuid7().hex}"


class ExportQuerySet(TenantQuerySet):
    def newest_first(self) -> Self:
        return self.order_by("-id")

    def of_listings(self, names: list[str]) -> Self:
        return self.filter(listing__in=names)

    def unfinished(self) -> Self:
        return self.filter(status__in=[Export.Status.WAITING, Export.Status.RUNNING])

    def without_a_runner(self) -> Self:
        """Unfinished ones that nobody works on: not begun, or whose runner's lease is over."""
        return self.unfinished().filter(Q(lease_until=None) | Q(lease_until__lt=Now()))

    def outlived(self) -> Self:
        """Finished ones whose file's time is over."""
        return self.filter(status=Export.Status.FINISHED, expires_at__lte=Now())


class Export(TenantModel):
    """One list or report as a file, made in the background and kept for some days. A killed run begins again."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        FAILED = "failed", _("Stopped")
        EXPIRED = "expired", _("Expired")

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        JSONL = "jsonl", _("JSON Lines")
        PARQUET = "parquet", _("Parquet")

    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    # A name of reports.exporting.listings; no `choices`, so that a new list needs no migration.
    listing = models.CharField(max_length=40)
    format = models.CharField(max_length=8, choices=Format)
    # The filter, as keys and values of the list's address.
    query = models.TextField(blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.WAITING)
    failure = models.TextField(blank=True)
    # None: not counted (yet).
    total = models.PositiveBigIntegerField(null=True)
    rows = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    file = models.FileField(upload_to=export_path, max_length=255, blank=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(ExportQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "running", "finished", "failed", "expired"]),
                name="export_status_known",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="export_newest"),
            models.Index(fields=["organization", "expires_at"], name="export_outlived", condition=Q(status="finished")),
        ]

    def __str__(self) -> str:
        return f"{self.listing} {self.id.hex}"

    @property
    def public_id(self) -> str:
        return self.id.hex

    @property
    def is_unfinished(self) -> bool:
        return self.status in (self.Status.WAITING, self.Status.RUNNING)

    @property
    def is_ready(self) -> bool:
        return self.status == self.Status.FINISHED

    @property
    def percent(self) -> int | None:
        """None: nobody knows how many rows there will be."""
        if self.status == self.Status.FINISHED:
            return 100
        return min(99, 100 * self.rows // self.total) if self.total else None

    @property
    def file_name(self) -> str:
        return f"{self.listing}-{self.created_at:%Y-%m-%d}-{self.id.hex[-6:]}.{self.format}"
