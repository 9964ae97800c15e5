from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from callbacks.models.endpoint import Endpoint
from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


class ReplayQuerySet(TenantQuerySet):
    def newest_first(self) -> Self:
        return self.select_related("endpoint", "created_by").order_by("-id")


class Replay(TenantModel):
    """A range of an endpoint's deliveries that is sent again, behind everything new; the deliverer feeds it."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        CANCELED = "canceled", "Canceled"

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="replays", db_constraint=False, db_index=False
    )
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    # Of the events' times: since <= time < until.
    since = models.DateTimeField()
    until = models.DateTimeField()
    # Empty: every type. Statuses are among delivered, dead and canceled.
    event_types = ArrayField(models.CharField(max_length=64), default=list)
    statuses = ArrayField(models.CharField(max_length=16))
    status = models.CharField(max_length=16, choices=Status, default=Status.RUNNING)
    # Counted at the start; then how many were put in the queue, and what came of them.
    total = models.PositiveIntegerField()
    queued = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    # The last event that was put in the queue.
    position = models.UUIDField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(ReplayQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "endpoint", "id"], name="replay_endpoint"),
            # The deliverer feeds the running ones of all organizations.
            models.Index(fields=["id"], name="replay_running", condition=models.Q(status="running")),
        ]

    def __str__(self) -> str:
        return f"replay to {self.endpoint_id} from {self.since:%Y-%m-%d}"
