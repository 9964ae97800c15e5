from django.db import models

from labelops.tenancy.models import Organization
from labelops.tenancy.models.base import TenantManager, TenantQuerySet
from reports.models.fact import NO_DESIGN


class Dimension(models.TextChoices):
    """What a cell is about; its `value` is an id or, for a type and a tag, the name."""

    ALL = "all"
    PROJECT = "project"
    BATCH = "batch"
    TYPE = "type"
    PERFORMER = "performer"
    TAG = "tag"
    # Counts this person's audits only, and the tasks that have one.
    AUDITOR = "auditor"
    # value "batch:auditor"; as a whole only.
    BATCH_AUDITOR = "batch_auditor"
    # By the day of the audit, not of the task: a batch's pace.
    BATCH_PACE = "batch_pace"


class Grain(models.TextChoices):
    DAY = "d"
    MONTH = "m"
    WHOLE = "a"


class CellQuerySet(TenantQuerySet):
    def of(self, dimension: str, *values: str) -> "CellQuerySet":
        found = self.filter(dimension=dimension)
        return (
            found.filter(value=values[0]) if len(values) == 1 else found.filter(value__in=values) if values else found
        )


class Cell(models.Model):
    """Counts of the tasks of one value that were completed in one day, month or ever; one row per newest verdict.

    Written by one reader of the event log only, so that auditors never wait for a row here.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    dimension = models.CharField(max_length=16, choices=Dimension)
    # By bytes, so that a batch's auditors are one range of the index in every database.
    value = models.CharField(max_length=255, blank=True, db_collation="C")
    grain = models.CharField(max_length=1, choices=Grain)
    day = models.DateField()
    status = models.CharField(max_length=16, blank=True)
    design = models.UUIDField(default=NO_DESIGN)
    tasks = models.BigIntegerField()
    reviews = models.BigIntegerField()
    accepted = models.BigIntegerField()
    fixed = models.BigIntegerField()
    rejected = models.BigIntegerField()
    milliseconds = models.BigIntegerField()
    # Tasks by what a random session found.
    sampled_accepted = models.BigIntegerField()
    sampled_fixed = models.BigIntegerField()
    sampled_rejected = models.BigIntegerField()
    # Of the tasks: the sum of their ids' digests, see audits/draws.py.
    digest = models.DecimalField(max_digits=40, decimal_places=0, db_default=0)

    objects = TenantManager.from_queryset(CellQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "dimension", "grain", "value", "day", "status", "design"], name="cell_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "dimension", "grain", "day"], name="cell_day")]

    def __str__(self) -> str:
        return f"{self.dimension} {self.value} {self.grain} {self.day}"
