from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from labelops.tenancy.models.base import TenantManager, TenantModel, TenantQuerySet
from labelops.tenancy.models.user import User


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
    TASK_ERROR = "task.error"
    TASK_CHANGED = "task.changed"
    TASK_AUDITED = "task.audited"
    TASK_AUDITED_AGAIN = "task.audited_again"
    TASK_AUDIT_REVERTED = "task.audit_reverted"
    TASK_RECALLED = "task.recalled"
    TASK_FLAGGED = "task.flagged"
    TASK_FLAG_ANSWERED = "task.flag_answered"
    LOCK_ACQUIRED = "lock.acquired"
    LOCK_RELEASED = "lock.released"
    LOCK_TAKEN_AWAY = "lock.taken_away"
    ITEM_SKIPPED = "item.skipped"
    SESSION_OPENED = "session.opened"
    SESSION_FINISHED = "session.finished"
    SESSION_ABANDONED = "session.abandoned"
    SESSION_RESUMED = "session.resumed"
    QUALITY_TASK_CREATED = "quality_task.created"
    FILE_STORED = "file.stored"
    FILE_REQUESTED = "file.requested"
    FILE_FETCHED = "file.fetched"
    FILE_FAILED = "file.failed"
    IMPORT_STARTED = "import.started"
    IMPORT_FINISHED = "import.finished"
    BULK_STARTED = "bulk.started"
    BULK_FINISHED = "bulk.finished"
    EXPORT_STARTED = "export.started"
    EXPORT_FINISHED = "export.finished"
    EXPORT_DOWNLOADED = "export.downloaded"
    EXPORT_DELETED = "export.deleted"
    ENDPOINT_CREATED = "endpoint.created"
    ENDPOINT_CHANGED = "endpoint.changed"
    ENDPOINT_DISABLED = "endpoint.disabled"
    ENDPOINT_ENABLED = "endpoint.enabled"
    ENDPOINT_SECRET_ROTATED = "endpoint.secret_rotated"  # noqa: S105
    ENDPOINT_SECRETS_REVOKED = "endpoint.old_secrets_revoked"
    ENDPOINT_DELETED = "endpoint.deleted"
    SETTINGS_CHANGED = "settings.changed"
    MEMBER_INVITED = "member.invited"
    INVITATION_REVOKED = "member.invitation_revoked"
    MEMBER_ADDED = "member.added"
    MEMBER_ROLE_CHANGED = "member.role_changed"
    MEMBER_REMOVED = "member.removed"
    KEY_CREATED = "key.created"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    POOL_CREATED = "pool.created"
    POOL_CHANGED = "pool.changed"
    POOL_OPENED = "pool.opened"
    POOL_CLOSED = "pool.closed"
    POOL_ARCHIVED = "pool.archived"
    RULES_CHANGED = "rules.changed"
    PERFORMER_CREATED = "performer.created"
    PERFORMER_CHANGED = "performer.changed"
    PERFORMER_INVITED = "performer.invited"
    PERFORMER_SIGNED_UP = "performer.signed_up"
    PERFORMER_LOGIN_ENDED = "performer.login_ended"
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

    # One of EventType; no `choices`, so that a new kind of event needs no migration.
    type = models.CharField(max_length=40)
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
        # The table was made when the log was the audits' own; functions of the database write to it by this name.
        db_table = "audits_event"
        # In the database the primary key is (organization, id): the order in which the log is read.
        indexes = [
            models.Index(
                fields=["organization", "task_id", "id"], name="event_task", condition=Q(task_id__isnull=False)
            ),
            models.Index(
                fields=["organization", "session_id", "id"], name="event_session", condition=Q(session_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.type
