from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from audits.models import Verdict
from audits.services.draw_statements import TAIL
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization, TenantModel
from labelops.tenancy.models.base import TenantManager, TenantQuerySet

NO_DESIGN = UUID(int=0)


class FactQuerySet(TenantQuerySet):
    def audited(self) -> "FactQuerySet":
        return self.filter(reviews__gt=0)


class TaskFact(models.Model):
    """One completed task as it is counted: what the filters ask for and what its audits say, without its contents.

    It remembers what the cells hold of the task. So whatever happened to it, in whatever order it is heard of, the
    difference between the two is what has to be added: counting the same twice changes nothing.
    """

    # The task's. No foreign keys: rows are written by the ten thousand, from rows that have them.
    id = models.UUIDField(primary_key=True, default=uuid7)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    completed_at = models.DateTimeField()
    day = models.DateField()
    project_id = models.UUIDField(null=True)
    batch_id = models.UUIDField(null=True)
    type = models.CharField(max_length=64)
    completed_by_id = models.UUIDField(null=True)
    tags = ArrayField(models.CharField(max_length=255), null=True)
    review_status = models.CharField(max_length=16, blank=True)
    # Standing audits, and their active time.
    reviews = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    fixed = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    milliseconds = models.BigIntegerField(default=0)
    # [auditor, verdict, local day, active milliseconds] of each; NULL where there is none.
    audits = models.JSONField(null=True)
    # The newest verdict given in a random session, and which sessions could have drawn the task.
    sampled = models.CharField(max_length=16, choices=Verdict, blank=True, default="")
    design = models.UUIDField(default=NO_DESIGN)
    # The last eight digits of the id, by which samples are drawn: see audits/draws.py.
    tail = models.GeneratedField(
        expression=models.Func("id", template=f"({TAIL.format(id='%(expressions)s')})"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    objects = TenantManager.from_queryset(FactQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "completed_at"], name="fact_completed"),
            models.Index(fields=["organization", "project_id", "completed_at"], name="fact_project"),
            models.Index(fields=["organization", "batch_id"], name="fact_batch"),
            models.Index(fields=["organization", "completed_by_id", "completed_at"], name="fact_performer"),
            models.Index(
                fields=["organization", "completed_at", "id"], name="fact_audited", condition=models.Q(reviews__gt=0)
            ),
            # What samples are filtered by most stands in it, so that no row need be looked at. Tags may be too long.
            models.Index(
                fields=["organization", "tail", "id"],
                include=["completed_at", "review_status", "type", "project_id"],
                name="fact_tail",
            ),
            # Draws from all tasks look at nothing else.
            models.Index(fields=["organization", "tail", "id"], name="fact_place"),
            # The few that were judged more than once.
            models.Index(
                fields=["organization", "completed_at"], name="fact_paired", condition=models.Q(reviews__gt=1)
            ),
        ]

    def __str__(self) -> str:
        return self.id.hex


class FrameQuerySet(TenantQuerySet):
    def spreading(self) -> "FrameQuerySet":
        return self.filter(reached_at__isnull=False)


class Frame(TenantModel):
    """What an audit session was drawn from, with names looked up: tells which tasks it could have drawn.

    NULL means any. The audit status is not part of it: a task that was audited before the draw had its chance earlier.
    """

    session_id = models.UUIDField()
    # Off: drawn by verdict or chosen by hand, so that it speaks for nothing but itself.
    is_random = models.BooleanField()
    drawn_at = models.DateTimeField()
    population = models.PositiveIntegerField()
    completed_after = models.DateTimeField(null=True)
    completed_before = models.DateTimeField(null=True)
    created_after = models.DateTimeField(null=True)
    created_before = models.DateTimeField(null=True)
    projects = ArrayField(models.UUIDField(), null=True)
    batches = ArrayField(models.UUIDField(), null=True)
    performers = ArrayField(models.UUIDField(), null=True)
    types = ArrayField(models.CharField(max_length=64), null=True)
    tags = ArrayField(models.CharField(max_length=255), null=True)
    # The facts have it in their designs up to this one, in the order of completion; NULL: all have it. Before that the
    # session speaks in no estimate.
    reached_at = models.DateTimeField(null=True)
    reached_id = models.UUIDField(null=True)

    objects = TenantManager.from_queryset(FrameQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "session_id"], name="frame_once")]
        indexes = [
            models.Index(fields=["organization"], name="frame_spreading", condition=models.Q(reached_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.session_id.hex


class Design(models.Model):
    """A set of sessions each of which could have drawn the same tasks; `digest` tells it from others."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    digest = models.UUIDField()
    sessions = ArrayField(models.UUIDField())

    objects = TenantManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "digest"], name="design_once")]

    def __str__(self) -> str:
        return self.digest.hex
