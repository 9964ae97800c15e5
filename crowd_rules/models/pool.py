from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from audits.models import Project
from labelops.tenancy.models import Organization, TenantModel, TenantQuerySet
from labelops.tenancy.models.base import TenantManager


class PoolQuerySet(TenantQuerySet):
    def open(self) -> Self:
        return self.filter(status=Pool.Status.OPEN)

    def newest_first(self) -> Self:
        return self.order_by("-id")

    def with_project(self) -> Self:
        return self.select_related("project", "training_pool")


class Pool(TenantModel):
    """Tasks on offer to performers, under one set of conditions. The words of choices and settings are Toloka's.

    What no column holds stands in `settings` as the wire brought it (`dynamic_overlap_config`, `metadata`, …).
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "Open"
        CLOSED = "CLOSED", "Closed"
        ARCHIVED = "ARCHIVED", "Archived"

    class Type(models.TextChoices):
        REGULAR = "REGULAR", "Regular"
        TRAINING = "TRAINING", "Training"

    class CloseReason(models.TextChoices):
        MANUAL = "MANUAL", "Closed by hand"
        EXPIRED = "EXPIRED", "Its time is over"
        COMPLETED = "COMPLETED", "All tasks are done"
        FOR_UPDATE = "FOR_UPDATE", "Closed for a change"

    class Aggregation(models.TextChoices):
        MAJORITY = "MAJORITY", "Majority vote"
        DAWID_SKENE = "DAWID_SKENE", "Dawid-Skene"
        NONE = "NONE", "None: responses come from elsewhere"

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="pools", db_constraint=False, db_index=False
    )
    type = models.CharField(max_length=16, choices=Type, default=Type.REGULAR)
    status = models.CharField(max_length=16, choices=Status, default=Status.CLOSED)
    # Empty until the pool has been closed once.
    last_close_reason = models.CharField(max_length=32, choices=CloseReason, blank=True)
    private_name = models.CharField(max_length=255)
    private_comment = models.TextField(blank=True)
    public_description = models.TextField(blank=True)
    # Empty: the project's.
    public_instructions = models.TextField(blank=True)
    may_contain_adult_content = models.BooleanField(default=False)
    priority = models.SmallIntegerField(default=0)

    # Dollars per assignment; fixed for an assignment when it is taken.
    reward = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    will_expire = models.DateTimeField(null=True, blank=True)
    assignment_max_duration_seconds = models.PositiveIntegerField(default=600)
    auto_close_after_complete_delay_seconds = models.PositiveIntegerField(default=0)
    default_overlap = models.PositiveIntegerField(default=1)
    allow_skip = models.BooleanField(default=True)

    # With mixing, suites are put together when they are handed out; without, they are made by hand.
    mixing = models.BooleanField(default=True)
    real_tasks_count = models.PositiveSmallIntegerField(default=1)
    golden_tasks_count = models.PositiveSmallIntegerField(default=0)
    training_tasks_count = models.PositiveSmallIntegerField(default=0)
    min_real_tasks_count = models.PositiveSmallIntegerField(default=1)
    min_golden_tasks_count = models.PositiveSmallIntegerField(default=0)
    min_training_tasks_count = models.PositiveSmallIntegerField(default=0)
    keep_task_order = models.BooleanField(default=False)
    shuffle_tasks_in_task_suite = models.BooleanField(default=True)
    # Of every shuffle in this pool: the same seed places the same tasks the same way.
    seed = models.BigIntegerField()

    auto_accept_solutions = models.BooleanField(default=True)
    # Days from submission to acceptance by itself; only without automatic acceptance.
    auto_accept_period_day = models.PositiveSmallIntegerField(null=True, blank=True)
    # Whether performers see the audit of their work: verdict, comment and corrected response, the auditor unnamed.
    show_audits = models.BooleanField(default=False)

    # {"and": [{"or": [{category, key, operator, value}, …]}, …]} as on the wire; empty: everybody.
    filter = models.JSONField(default=dict, blank=True)
    training_pool = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    training_passing_skill_value = models.PositiveSmallIntegerField(null=True, blank=True)

    aggregation = models.CharField(max_length=16, choices=Aggregation, default=Aggregation.MAJORITY)
    # Equal answers that a majority needs; fewer: too few.
    aggregation_threshold = models.PositiveSmallIntegerField(default=1)
    settings = models.JSONField(default=dict)
    # What `crowd_rules.services.rulebooks` keeps here for each submit; null: not yet.
    rulebook = models.JSONField(null=True, editable=False)

    created_at = models.DateTimeField()
    last_started_at = models.DateTimeField(null=True, blank=True)
    last_stopped_at = models.DateTimeField(null=True, blank=True)
    # When every task had its overlap; moves back to NULL when work comes again.
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(PoolQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=["OPEN", "CLOSED", "ARCHIVED"]), name="pool_status_known"),
            models.CheckConstraint(condition=Q(reward__gte=0), name="pool_reward_not_negative"),
            models.CheckConstraint(
                condition=Q(auto_accept_period_day=None) | Q(auto_accept_period_day__range=(1, 21)),
                name="pool_review_period_range",
            ),
            models.CheckConstraint(
                condition=Q(auto_accept_solutions=True) | Q(auto_accept_period_day__isnull=False),
                name="pool_review_period_given",
            ),
        ]
        indexes = [
            models.Index(F("organization"), F("status"), F("id").desc(), name="pool_by_status"),
            models.Index(F("organization"), F("project"), F("id").desc(), name="pool_by_project"),
        ]

    def __str__(self) -> str:
        return self.private_name

    @property
    def public_id(self) -> str:
        return self.id.hex

    def is_over(self, now: datetime) -> bool:
        return self.will_expire is not None and self.will_expire <= now


def pools_of(organization: Organization) -> PoolQuerySet:
    return Pool.objects.for_organization(organization).with_project()
