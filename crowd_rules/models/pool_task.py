from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from audits.models import Task
from crowd_rules.models.pool import Pool
from labelops.tenancy.models import TenantModel, TenantQuerySet
from labelops.tenancy.models.base import TenantManager

# Slots that nobody has taken: the condition of the indexes that a hand-out reads, and of `PoolTaskQuerySet.open`.
HAS_SLOTS = Q(infinite_overlap=True) | Q(issued__lt=F("overlap"))


class TaskSuite(TenantModel):
    """Tasks issued on one page: made by hand with an overlap of its own, or mixed for one assignment."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="suites", db_constraint=False, db_index=False)
    task_ids = ArrayField(models.UUIDField())
    mixed = models.BooleanField(default=False)
    # Order of hand-out; smaller first.
    turn = models.BigIntegerField(default=0)
    # As on the wire: larger first, before `turn`, where suites are issued in the order of their creation.
    issuing_order_override = models.FloatField(default=0)
    overlap = models.PositiveIntegerField(default=1)
    infinite_overlap = models.BooleanField(default=False)
    # Assignments that hold a slot: all but skipped and expired ones.
    issued = models.PositiveIntegerField(default=0)
    # Of those, by where they stand; the collector of the recompletion rules reads them.
    pending = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    # Performer ids; NULL: all.
    reserved_for = ArrayField(models.UUIDField(), null=True, blank=True)
    unavailable_for = ArrayField(models.UUIDField(), null=True, blank=True)
    settings = models.JSONField(default=dict)
    released_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(infinite_overlap=True) | Q(issued__lte=F("overlap")), name="suite_overlap_kept"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "pool", "id"], name="suite_by_pool"),
            models.Index(
                F("organization"),
                F("pool"),
                F("issuing_order_override").desc(),
                F("turn"),
                name="suite_open",
                condition=Q(mixed=False) & HAS_SLOTS,
            ),
        ]

    def __str__(self) -> str:
        return self.id.hex

    @property
    def public_id(self) -> str:
        return self.id.hex


class PoolTaskQuerySet(TenantQuerySet):
    def open(self) -> Self:
        """With slots that nobody has taken."""
        return self.filter(HAS_SLOTS)

    def of_kind(self, *kinds: str) -> Self:
        return self.filter(kind__in=kinds)

    def real(self) -> Self:
        return self.filter(kind=PoolTask.Kind.REAL)

    def controls(self) -> Self:
        return self.filter(kind__in=[PoolTask.Kind.CONTROL, PoolTask.Kind.TRAINING])

    def sent_back(self) -> Self:
        """Those that an audit sent back and that have not all their new answers yet."""
        return self.real().filter(attempt__gt=1, infinite_overlap=False, answered__lt=F("overlap"))

    def with_task(self) -> Self:
        return self.select_related("task")

    def count_by_state(self) -> dict[str, int]:
        """state -> number of real tasks; states without any are absent."""
        rows = self.real().order_by().values("state").annotate(number=models.Count("*"))
        return {row["state"]: row["number"] for row in rows}


class PoolTask(TenantModel):
    """A task in a pool. A real one has its audits task's id, so that both dialects call it by the same name.

    Control and training tasks are no work to be completed: they have no audits task, but for those made from one.
    """

    class Kind(models.TextChoices):
        REAL = "REAL", "Real"
        CONTROL = "CONTROL", "Control"
        TRAINING = "TRAINING", "Training"

    class State(models.TextChoices):
        """What became of a real task's solutions."""

        COLLECTING = "COLLECTING", "Collecting"
        AGREED = "AGREED", "Agreed"
        TIE = "TIE", "Tie"
        TOO_FEW = "TOO_FEW", "Too few"

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="tasks", db_constraint=False, db_index=False)
    task = models.ForeignKey(
        Task, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # Of a task without an audits task: what performers see, in its place.
    params = models.JSONField(null=True, blank=True)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.REAL)
    # The suite made by hand that this task belongs to; NULL: it is mixed.
    suite = models.ForeignKey(
        TaskSuite, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    # Order of hand-out, smaller first: of creation, or of the pool's seeded shuffle.
    turn = models.BigIntegerField(default=0)
    # [{"output_values": {…}, "correctness_weight": 1}, …] of control and training tasks
    known_solutions = models.JSONField(null=True, blank=True)
    # Shown to who answers a training task wrongly.
    message_on_unknown_solution = models.TextField(blank=True)
    overlap = models.PositiveIntegerField(default=1)
    infinite_overlap = models.BooleanField(default=False)
    # Performers who hold a slot (active, submitted, accepted, rejected), and of those the ones who have answered. Not
    # counted where the overlap is infinite: all would write to the few rows of the control tasks.
    issued = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    reserved_for = ArrayField(models.UUIDField(), null=True, blank=True)
    unavailable_for = ArrayField(models.UUIDField(), null=True, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.COLLECTING)
    # 0 to 1: share of the votes, or Dawid-Skene's probability; of an aggregated task.
    confidence = models.FloatField(null=True, blank=True)
    # Which time it is done; the first is 1. An audit's redo begins another: what was answered until `redone_at` stays,
    # and `redone_from` of `answered` are of before.
    attempt = models.PositiveSmallIntegerField(default=1, db_default=1)
    redone_at = models.DateTimeField(null=True, blank=True)
    redone_from = models.PositiveIntegerField(default=0, db_default=0)
    # Wire fields that nothing here decides on (baseline_solutions, traits, …).
    settings = models.JSONField(default=dict)
    # When a slot last became free: whoever had seen everything looks again only at what came after that.
    released_at = models.DateTimeField()
    created_at = models.DateTimeField()

    objects = TenantManager.from_queryset(PoolTaskQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(infinite_overlap=True) | Q(issued__lte=F("overlap")), name="pool_task_overlap_kept"
            ),
            models.CheckConstraint(
                condition=Q(kind="REAL", task__isnull=False) | (~Q(kind="REAL") & Q(known_solutions__isnull=False)),
                name="pool_task_has_what_its_kind_needs",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "pool", "id"], name="pool_task_by_pool"),
            models.Index(
                fields=["organization", "pool", "kind", "turn"],
                name="pool_task_open",
                condition=Q(suite=None) & HAS_SLOTS,
            ),
            models.Index(
                fields=["organization", "pool", "released_at"],
                name="pool_task_released",
                condition=Q(suite=None, kind="REAL") & HAS_SLOTS,
            ),
            models.Index(fields=["organization", "pool", "id"], name="pool_task_controls", condition=~Q(kind="REAL")),
            models.Index(
                fields=["organization", "pool", "state", "id"], name="pool_task_state", condition=Q(kind="REAL")
            ),
            models.Index(fields=["organization", "task"], name="pool_task_task", condition=Q(task__isnull=False)),
            models.Index(fields=["organization", "pool", "id"], name="pool_task_redone", condition=Q(attempt__gt=1)),
        ]

    def __str__(self) -> str:
        return self.id.hex

    @property
    def public_id(self) -> str:
        return self.id.hex

    @property
    def input_values(self) -> dict[str, Any]:
        """What performers see; reads `task` where there is one."""
        return self.params if self.task_id is None else self.task.params

    @property
    def remaining_overlap(self) -> int | None:
        """Slots that nobody has taken; None: no end of them."""
        return None if self.infinite_overlap else max(0, self.overlap - self.issued)
