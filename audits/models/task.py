from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audits.models.batch import Batch, open_to
from audits.models.project import Project
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.models import Membership, TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


class Performer(TenantModel):
    """Somebody who did tasks, known by the organization's own name for them; may have a login."""

    external_id = models.CharField(max_length=255)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "external_id"], name="performer_external_id_unique"),
            models.UniqueConstraint(fields=["organization", "user"], name="performer_user_once"),
        ]

    def __str__(self) -> str:
        return self.external_id


def _standing_audits() -> models.Prefetch:
    # Looked up by name: the audit module needs this one.
    audits = apps.get_model("audits", "Audit").objects.standing()
    return models.Prefetch("audits", audits.select_related("auditor").newest_first())


class TaskQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """All, but for those who need an assignment: of their projects, what is not given to other groups."""
        if membership.needs_assignment:
            mine = self.filter(project__auditors__user_id=membership.user_id)
            return mine.filter(open_to(membership.user_id, "batch_id"))
        return self

    def completed(self) -> Self:
        return self.filter(status=Task.Status.COMPLETED)

    def completed_before_created(self) -> Self:
        """The few (mostly none) that were done elsewhere before they came here."""
        return self.filter(completed_at__lt=F("created_at"))

    def redone(self, state: str = "") -> Self:
        """Those that were sent back: `waiting` for their response, `done` again, or both."""
        found = self.filter(attempt__gt=1)
        status = {"waiting": Task.Status.PENDING, "done": Task.Status.COMPLETED}.get(state)
        return found.filter(status=status) if status else found

    def ready_to_audit(self) -> Self:
        return self.completed().filter(review_status="")

    def with_names(self) -> Self:
        """With what a list or the wire format shows of the neighbours."""
        return self.select_related("project", "batch", "completed_by")

    def with_audits(self) -> Self:
        return self.prefetch_related(_standing_audits())

    def count_by_status(self) -> dict[str, int]:
        """status -> number of tasks; statuses without any are absent."""
        rows = self.order_by().values("status").annotate(number=models.Count("*"))
        return {row["status"]: row["number"] for row in rows}

    def count_by_batch(self, batch_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
        """Batch id -> number of tasks and of completed ones; batches without any are absent."""
        rows = self.filter(batch_id__in=list(batch_ids)).order_by().values("batch_id")
        done = models.Count("pk", filter=Q(status=Task.Status.COMPLETED))
        found = rows.annotate(number=models.Count("*"), done=done)
        return {row["batch_id"]: (row["number"], row["done"]) for row in found}

    def count_up_to(self, most: int) -> tuple[int, bool]:
        """How many, and whether that is an estimate: exact up to `most`, beyond that as the planner sees it."""
        with connection.cursor() as cursor:
            try:
                sql, values = self.order_by().values("pk").query.sql_with_params()
            except EmptyResultSet:
                return 0, False
            cursor.execute("SELECT * FROM audits_count_up_to(%s, %s)", [cursor.mogrify(sql, values).decode(), most])
            return cursor.fetchone()

    def review_figures(self) -> dict[str, int]:
        """population, and of it ready, accepted, fixed, rejected by the newest verdict; completed tasks only."""
        by_status = {"ready": "", "accepted": "accepted", "fixed": "fixed", "rejected": "rejected"}
        counts = {name: models.Count("pk", filter=Q(review_status=value)) for name, value in by_status.items()}
        return self.completed().order_by().aggregate(population=models.Count("pk"), **counts)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")

    def before(self, created_at: datetime, task_id: UUID) -> Self:
        """The keyset step: what comes after this row, newest first."""
        # The first condition lets the index begin at the row; the second alone would be read as a filter.
        later = Q(created_at__lt=created_at) | Q(id__lt=task_id)
        return self.filter(later, created_at__lte=created_at)

    def called(self, reference: str) -> Self:
        """By public id or, as users of the original are used to, by unique id; the id comes first."""
        task_id = parse_public_id(reference)
        if task_id is None:
            return self.filter(unique_id=reference)
        is_id = models.ExpressionWrapper(Q(pk=task_id), models.BooleanField())
        return self.filter(Q(pk=task_id) | Q(unique_id=reference)).order_by(is_id.desc())

    def with_unique_ids(self, unique_ids: Iterable[str]) -> Self:
        return self.filter(unique_id__in=list(unique_ids))


class Task(TenantModel):
    """One thing to label and its current result. What happened to it is in its audits and its events."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        COMPLETED = "completed", _("Completed")
        CANCELED = "canceled", _("Canceled")
        ERROR = "error", _("Error")

    class ReviewStatus(models.TextChoices):
        READY = "", _("Ready to audit")
        ACCEPTED = "accepted", _("Accepted")
        FIXED = "fixed", _("Fixed")
        REJECTED = "rejected", _("Rejected")

    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tasks",
        db_constraint=False,
        db_index=False,
    )
    project_version = models.PositiveIntegerField(null=True, blank=True)
    batch = models.ForeignKey(
        Batch,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tasks",
        db_constraint=False,
        db_index=False,
    )
    type = models.CharField(max_length=64)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    instruction = models.TextField(blank=True)
    params = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    tags = ArrayField(models.CharField(max_length=255), null=True, blank=True)
    # NULL, not empty, where there is none: only so may many tasks be without one.
    unique_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    callback_url = models.CharField(max_length=2048, blank=True)
    urgency = models.CharField(max_length=32, default="standard")

    response = models.JSONField(null=True, blank=True)
    # The earlier responses, oldest first: what Make Changes replaced.
    prior_responses = models.JSONField(default=list)
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey(
        Performer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tasks",
        db_constraint=False,
        db_index=False,
    )
    # Verdict of the newest standing audit.
    review_status = models.CharField(max_length=16, choices=ReviewStatus, default=ReviewStatus.READY, blank=True)
    # Moves with every change of status, response or verdict: a form made for an older one is refused.
    version = models.PositiveIntegerField(default=0)
    # Which time it is done; the first is 1, each redo begins another, with the audits from this version on.
    attempt = models.PositiveSmallIntegerField(default=1, db_default=1)
    attempt_from = models.PositiveIntegerField(default=0, db_default=0)
    # Order of this task's callbacks.
    callback_sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = TenantManager.from_queryset(TaskQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "unique_id"], name="task_unique_id_unique", condition=Q(unique_id__isnull=False)
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "completed", "canceled", "error"]), name="task_status_known"
            ),
            models.CheckConstraint(
                condition=Q(review_status__in=["", "accepted", "fixed", "rejected"]), name="task_review_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(completed_at__isnull=False, response__isnull=False),
                name="task_completed_has_response",
            ),
        ]
        # Lists begin with the newest: they read these from their ends. If the indexes began with them, each of their
        # pages would stay half empty.
        indexes = [
            models.Index(fields=["organization", "created_at", "id"], name="task_newest"),
            models.Index(fields=["organization", "project", "created_at", "id"], name="task_by_project"),
            # Which of them wait for their audit stands in the index too: others are passed over there.
            models.Index(
                fields=["organization", "project", "status", "created_at", "id"],
                include=["review_status"],
                name="task_by_project_status",
            ),
            # With the status beside it: of a batch's completed tasks the others are passed over there.
            models.Index(
                fields=["organization", "batch", "created_at", "id", "status", "review_status"],
                condition=Q(batch__isnull=False),
                name="task_in_batch",
            ),
            # Most are completed in the end; what is not must be found, or known to be nowhere, among very many.
            models.Index(
                fields=["organization", "batch", "status", "created_at", "id"],
                condition=Q(batch__isnull=False) & ~Q(status="completed"),
                name="task_open_in_batch",
            ),
            # Only what has a verdict: a new task is not written into it.
            models.Index(
                fields=["organization", "review_status", "created_at", "id"],
                condition=~Q(review_status=""),
                name="task_audited",
            ),
            models.Index(
                fields=["organization", "completed_at", "id", "review_status"],
                name="task_done",
                condition=Q(status="completed"),
            ),
            models.Index(
                fields=["organization", "review_status", "completed_at", "id"],
                name="task_by_verdict",
                condition=Q(status="completed") & ~Q(review_status=""),
            ),
            models.Index(fields=["organization", "completed_by"], name="task_by_performer"),
            # Most tasks are completed, and those have their own.
            models.Index(
                fields=["organization", "status", "created_at", "id"],
                name="task_by_status",
                condition=~Q(status="completed"),
            ),
            models.Index(fields=["organization", "type", "created_at", "id"], name="task_by_type"),
            models.Index(fields=["organization", "updated_at"], name="task_by_change"),
            models.Index(
                fields=["organization"], condition=Q(completed_at__lt=F("created_at")), name="task_completed_earlier"
            ),
            # The few that were sent back.
            models.Index(
                fields=["organization", "created_at", "id"],
                name="task_redone",
                condition=Q(attempt__gt=1),
            ),
        ]

    def __str__(self) -> str:
        return self.id.hex

    @property
    def public_id(self) -> str:
        return self.id.hex

    @property
    def known_audits(self) -> list[Any]:
        """As fetched with the task, newest first; else one statement. A related manager is made anew each time."""
        fetched = self.__dict__.get("_prefetched_objects_cache", {}).get("audits")
        return list(self.audits.all() if fetched is None else fetched)

    @property
    def may_have_audits(self) -> bool:
        """False only where a look at them is not worth its statement."""
        return bool(self.review_status) or self.attempt > 1

    @property
    def waits_for_redo(self) -> bool:
        return self.attempt > 1 and self.status == self.Status.PENDING
