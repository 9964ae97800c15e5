from decimal import Decimal

from django.db import models
from django.db.models import Sum

from audits.models import Performer
from crowd_rules.models.assignment import Assignment
from crowd_rules.models.pool import Pool
from labelops.tenancy.models import TenantModel, TenantQuerySet
from labelops.tenancy.models.base import TenantManager


class RewardQuerySet(TenantQuerySet):
    def total(self) -> Decimal:
        return self.aggregate(total=Sum("amount"))["total"] or Decimal(0)


class Reward(TenantModel):
    """An entry of the ledger: appended, never changed and never taken back."""

    class Kind(models.TextChoices):
        REWARD = "REWARD", "Reward"
        BONUS = "BONUS", "Bonus"

    performer = models.ForeignKey(
        Performer, on_delete=models.PROTECT, related_name="rewards", db_constraint=False, db_index=False
    )
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="rewards", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.REWARD)
    amount = models.DecimalField(max_digits=12, decimal_places=4)
    at = models.DateTimeField()

    objects = TenantManager.from_queryset(RewardQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "assignment"], name="reward_once", condition=models.Q(kind="REWARD")
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="reward_never_taken_back"),
        ]
        indexes = [
            models.Index(fields=["organization", "performer", "at"], name="reward_performer"),
            models.Index(fields=["organization", "pool", "at"], name="reward_pool"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.assignment_id}"


class PoolSpending(TenantModel):
    """The part of a pool's ledger that is added up already: all entries until `through` (None: none)."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    through = models.DateTimeField(null=True)
    spent = models.DecimalField(max_digits=16, decimal_places=4, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "pool"], name="pool_spending_once")]

    def __str__(self) -> str:
        return f"{self.spent} in {self.pool_id}"
