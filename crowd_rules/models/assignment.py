from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from audits.models import Performer
from crowd_rules.models.pool import Pool
from crowd_rules.models.pool_task import PoolTask, TaskSuite
from labelops.tenancy.models import TenantModel, TenantQuerySet
from labelops.tenancy.models.base import TenantManager


class AssignmentQuerySet(TenantQuerySet):
    def of_performer(self, performer: Performer) -> Self:
        return self.filter(performer_id=performer.pk)

    def active(self) -> Self:
        """In hand, by the database's clock."""
        return self.filter(status=Assignment.Status.ACTIVE, expires_at__gt=Now())

    def to_review(self) -> Self:
        """Submitted and undecided, oldest first."""
        return self.filter(status=Assignment.Status.SUBMITTED).order_by("submitted_at", "id")

    def newest_first(self) -> Self:
        return self.order_by("-id")

    def with_names(self) -> Self:
        return self.select_related("pool__project", "performer", "suite")

    def with_suite(self) -> Self:
        return self.select_related("suite")

    def with_solutions(self) -> Self:
        """With solutions in the order of the page, their pool tasks and audits tasks: three statements in all."""
        ordered = Solution.objects.order_by("position").select_related("pool_task__task")
        return self.prefetch_related(models.Prefetch("solutions", ordered))


class Assignment(TenantModel):
    """One performer's issue of one suite."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", "Active"
        SUBMITTED = "SUBMITTED", "Submitted"
        ACCEPTED = "ACCEPTED", "Accepted"
        REJECTED = "REJECTED", "Rejected"
        SKIPPED = "SKIPPED", "Skipped"
        EXPIRED = "EXPIRED", "Expired"

    pool = models.ForeignKey(
        Pool, on_delete=models.PROTECT, related_name="assignments", db_constraint=False, db_index=False
    )
    suite = models.ForeignKey(
        TaskSuite, on_delete=models.PROTECT, related_name="assignments", db_constraint=False, db_index=False
    )
    performer = models.ForeignKey(
        Performer, on_delete=models.PROTECT, related_name="assignments", db_constraint=False, db_index=False
    )
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    reward = models.DecimalField(max_digits=12, decimal_places=4)
    # What the performer reads after a review.
    public_comment = models.TextField(blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    # When it is accepted by itself, unless somebody decides before.
    accept_by = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    rejected_at = models.DateTimeField(null=True, blank=True)
    skipped_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(AssignmentQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "pool", "performer"],
                name="assignment_one_active",
                condition=Q(status="ACTIVE"),
            ),
            models.CheckConstraint(
                condition=Q(status__in=["ACTIVE", "SUBMITTED", "ACCEPTED", "REJECTED", "SKIPPED", "EXPIRED"]),
                name="assignment_status_known",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "pool", "status", "id"], name="assignment_by_pool"),
            models.Index(fields=["organization", "performer", "id"], name="assignment_by_performer"),
            models.Index(fields=["organization", "suite"], name="assignment_by_suite"),
            models.Index(
                fields=["organization", "pool", "expires_at"], name="assignment_lease", condition=Q(status="ACTIVE")
            ),
            models.Index(
                fields=["organization", "accept_by"], name="assignment_accept_by", condition=Q(status="SUBMITTED")
            ),
        ]

    def __str__(self) -> str:
        return self.id.hex

    @property
    def public_id(self) -> str:
        return self.id.hex


class SolutionQuerySet(TenantQuerySet):
    def standing(self) -> Self:
        """Answers that count for their task: given, and not rejected."""
        given = [Assignment.Status.SUBMITTED, Assignment.Status.ACCEPTED]
        return self.filter(output_values__isnull=False, assignment__status__in=given)


class Solution(TenantModel):
    """One performer's issue of one task: first the reserved slot, then the answer. Kept for ever, but for expiries."""

    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="solutions", db_constraint=False, db_index=False
    )
    pool_task = models.ForeignKey(
        PoolTask, on_delete=models.PROTECT, related_name="solutions", db_constraint=False, db_index=False
    )
    performer = models.ForeignKey(
        Performer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # Place on the page, from 0.
    position = models.PositiveSmallIntegerField()
    output_values = models.JSONField(null=True, blank=True)
    # Of a control or training task: whether the answer is a known solution.
    is_correct = models.BooleanField(null=True)
    # Newest standing verdict of an audit on this answer; empty: none.
    audit_verdict = models.CharField(max_length=16, blank=True)
    # The issue has expired: the same task may come to the same performer again.
    is_released = models.BooleanField(default=False)

    objects = TenantManager.from_queryset(SolutionQuerySet)()

    class Meta:
        constraints = [
            # The last judge: no performer gets a task twice, skipped ones included.
            models.UniqueConstraint(
                fields=["organization", "pool_task", "performer"],
                name="solution_once_per_performer",
                condition=Q(is_released=False),
            ),
        ]
        indexes = [models.Index(fields=["organization", "assignment", "position"], name="solution_by_assignment")]

    def __str__(self) -> str:
        return f"{self.pool_task_id} by {self.performer_id}"
