from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


class EventType(models.TextChoices):
    """`subject.what-happened`; the log is append-only, so a name is for ever."""

    PROJECT_CREATED = "project.created"
    PROJECT_CHANGED = "project.changed"
    BATCH_CREATED = "batch.created"
    BATCH_CHANGED = "batch.changed"
    BATCH_COMPLETED = "batch.completed"
    TASK_CREATED = "task.created"
    TASK_IMPORTED = "task.imported"
    TASK_COMPLETED = "task.completed"
    TASK_CANCELED = "task.canceled"
    TASK_CHANGED = "task.changed"
    TASK_AUDITED = "task.audited"
    LOCK_ACQUIRED = "lock.acquired"
    LOCK_RELEASED = "lock.released"
    LOCK_TAKEN_AWAY = "lock.taken_away"
    ITEM_SKIPPED = "item.skipped"
    SESSION_OPENED = "session.opened"
    SESSION_FINISHED = "session.finished"
    SESSION_ABANDONED = "session.abandoned"
    SESSION_RESUMED = "session.resumed"
    IMPORT_STARTED = "import.started"
    IMPORT_FINISHED = "import.finished"
    SETTINGS_CHANGED = "settings.changed"
    POOL_CREATED = "pool.created"
    POOL_CHANGED = "pool.changed"
    POOL_OPENED = "pool.opened"
    POOL_CLOSED = "pool.closed"
    POOL_ARCHIVED = "pool.archived"
    RULES_CHANGED = "rules.changed"
    PERFORMER_CREATED = "performer.created"
    PERFORMER_CHANGED = "performer.changed"
    SKILL_CREATED = "skill.created"
    SKILL_CHANGED = "skill.changed"
    SKILL_SET = "skill.set"
    RESTRICTION_SET = "restriction.set"
    RESTRICTION_LIFTED = "restriction.lifted"
    RESTRICTION_UNDONE = "restriction.undone"
    ASSIGNMENT_ACCEPTED = "assignment.accepted"
    ASSIGNMENT_REJECTED = "assignment.rejected"


class EventQuerySet(TenantQuerySet):
    def about_task(self, task_id: UUID) -> Self:
        return self.filter(task_id=task_id).select_related("actor").order_by("at", "id")


class Event(TenantModel):
    """Who did what, when, and what stood before and after; one row per change of state, in its transaction."""

    type = models.CharField(max_length=40, choices=EventType)
    at = models.DateTimeField()
    # None: the system (a sweep, an import).
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    task_id = models.UUIDField(null=True)
    session_id = models.UUIDField(null=True)
    subject_id = models.UUIDField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    objects = TenantManager.from_queryset(EventQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "id"], name="event_order"),
            models.Index(
                fields=["organization", "task_id", "id"], name="event_task", condition=Q(task_id__isnull=False)
            ),
            models.Index(
                fields=["organization", "session_id", "id"], name="event_session", condition=Q(session_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.type
