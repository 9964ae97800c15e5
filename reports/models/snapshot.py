from django.db import models

from labelops.tenancy.models import TenantModel, User


class WeeklySnapshot(TenantModel):
    """The figures of one week as they stood on the Monday after it; never changed."""

    monday = models.DateField()
    zone = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # completed, audited, accepted, fixed, rejected, and `auditors`: [{auditor, reviews, accepted, fixed, rejected}]
    figures = models.JSONField(default=dict)
    as_of = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "monday"], name="weekly_snapshot_once")]

    def __str__(self) -> str:
        return f"week of {self.monday}"


class Subscription(TenantModel):
    """Somebody who gets the weekly report by mail."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="subscription_once")]

    def __str__(self) -> str:
        return f"{self.user_id}"
