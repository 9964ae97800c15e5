from django.db import models
from django.db.models.functions import Now

from labelops.tenancy.models import TenantModel


class Feed(TenantModel):
    """How far an organization's events are counted. Its one reader holds this row while it counts."""

    # Days are counted in this zone; where the organization has moved to another one, all is counted anew.
    zone = models.CharField(max_length=64)
    # Events with smaller ids are never looked at again.
    position = models.UUIDField()
    # The oldest transaction that was under way at the last look (xid8): what is younger may not have been seen.
    oldest_transaction = models.BigIntegerField()
    read_at = models.DateTimeField()
    # When a figure last moved: what an open page looks at.
    counted_at = models.DateTimeField()
    # When something beside the tasks last changed: a name, a batch's status. What a filter offers is of then.
    named_at = models.DateTimeField(db_default=Now())
    # The last comparison with the rows, and how much differed then.
    recounted_at = models.DateTimeField(null=True, blank=True)
    differences = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization"], name="feed_once")]

    def __str__(self) -> str:
        return f"{self.organization_id} as of {self.read_at}"
