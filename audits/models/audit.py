from datetime import datetime
from typing import Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audits.models.session import AuditSession
from audits.models.task import Task
from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager
from labelops.tenancy.rows import fetch, instance


class Verdict(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    FIXED = "fixed", _("Fixed")
    REJECTED = "rejected", _("Rejected")


class Unnest(models.Func):
    """One row per element of an array."""

    function = "unnest"
    output_field = models.CharField()
    set_returning = True


class AuditQuerySet(TenantQuerySet):
    def standing(self) -> Self:
        """Without the reverted ones."""
        return self.filter(reverted_at=None)

    def newest_first(self) -> Self:
        """By the version they judged: ids are made before the task's row is locked, so two at once may be reversed."""
        return self.order_by("-task_version")

    def since(self, moment: datetime) -> Self:
        return self.filter(audited_at__gte=moment)

    def count_by_verdict(self) -> dict[str, int]:
        """reviews, accepted, fixed, rejected: every standing audit counts, also several of one task."""
        counts = {verdict.value: models.Count("pk", filter=Q(verdict=verdict)) for verdict in Verdict}
        return self.standing().order_by().aggregate(reviews=models.Count("pk"), **counts)

    def by_auditor(self) -> Self:
        """One dict per auditor: email, counts by verdict, mean of the active seconds."""
        counts = {verdict.value: models.Count("pk", filter=Q(verdict=verdict)) for verdict in Verdict}
        groups = self.standing().order_by().values(email=models.F("auditor__email"))
        figures = groups.annotate(reviews=models.Count("pk"), seconds=models.Avg("active_seconds"), **counts)
        return figures.order_by("-reviews", "email")

    def count_reasons(self) -> list[tuple[str, int]]:
        """(reason, number of standing audits that name it), the most common first."""
        named = self.standing().exclude(reasons=[]).order_by().annotate(reason=Unnest("reasons"))
        counted = named.values("reason").annotate(number=models.Count("pk")).order_by("-number", "reason")
        return list(counted.values_list("reason", "number"))


def attach_audits(tasks: list[Task]) -> None:
    """Give one organization's tasks their standing audits, newest first: what `with_audits` does, without its cost."""
    if not tasks:
        return
    rows = fetch(
        """SELECT a AS audit, u AS auditor FROM audits_audit a JOIN tenancy_user u ON u.id = a.auditor_id
           WHERE a.organization_id = %s AND a.task_id = ANY(%s::uuid[]) AND a.reverted_at IS NULL
           ORDER BY a.task_version DESC""",
        [tasks[0].organization_id, [task.pk for task in tasks]],
    )
    found: dict[UUID, list[Audit]] = {task.pk: [] for task in tasks}
    for row in rows:
        audit = instance(Audit, row["audit"])
        audit.auditor = instance(User, row["auditor"])
        found[audit.task_id].append(audit)
    for task in tasks:
        put_audits(task, found[task.pk])


def put_audits(task: Task, audits: list["Audit"]) -> None:
    """As a prefetch leaves them, newest first; building its query set would cost more than all the rest here."""
    task._prefetched_objects_cache = {"audits": audits}


class Audit(TenantModel):
    """One verdict on a completed task; never changed but for being reverted."""

    class Source(models.TextChoices):
        CUSTOMER = "customer", _("Audit page")
        API = "api", _("API")

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="audits", db_constraint=False, db_index=False)
    session = models.ForeignKey(
        AuditSession, null=True, on_delete=models.PROTECT, related_name="audits", db_constraint=False, db_index=False
    )
    # `audit_auditor` below finds them too.
    auditor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    verdict = models.CharField(max_length=16, choices=Verdict)
    comment = models.TextField(blank=True)
    # Only of a fixed task: what stood there before and what the auditor made of it.
    prior_response = models.JSONField(null=True, blank=True)
    response = models.JSONField(null=True, blank=True)
    # The task's version that the auditor judged.
    task_version = models.PositiveIntegerField()
    # The lock it was submitted under; unique, so that the same submit sent twice leaves one audit.
    lock_token = models.BigIntegerField(null=True, blank=True)
    # Digest of verdict, comment and response: tells the same submit from another one under the same lock.
    body_digest = models.BinaryField(default=bytes)
    source = models.CharField(max_length=16, choices=Source, default=Source.CUSTOMER)
    opened_at = models.DateTimeField(null=True, blank=True)
    audited_at = models.DateTimeField()
    # From the server's events: from opening to verdict, and of that the time in use (idle gaps are cut off).
    seconds = models.FloatField(default=0)
    active_seconds = models.FloatField(null=True, blank=True)
    reverted_at = models.DateTimeField(null=True, blank=True)
    # Out of the project's list, as it was called then; with a default of the database, since a function inserts.
    reasons = ArrayField(models.CharField(max_length=120), default=list, db_default=[])
    # Comments that point at an annotation or a span: see audits/pins.py.
    pins = models.JSONField(default=list, db_default=[])

    objects = TenantManager.from_queryset(AuditQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "lock_token"], name="audit_once_per_lock", condition=Q(lock_token__isnull=False)
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=["accepted", "fixed", "rejected"]), name="audit_verdict_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict="fixed", response__isnull=False, prior_response__isnull=False)
                | (~Q(verdict="fixed") & Q(response__isnull=True, prior_response__isnull=True)),
                name="audit_response_only_if_fixed",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "task", "-task_version"], name="audit_task"),
            models.Index(
                fields=["organization", "session", "id"], name="audit_session", condition=Q(session__isnull=False)
            ),
            models.Index(fields=["organization", "auditor", "audited_at"], name="audit_auditor"),
            # The few that name a reason: what common errors are counted from.
            models.Index(fields=["organization", "audited_at"], name="audit_reasons", condition=~Q(reasons=[])),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.task_id}"


class Draft(TenantModel):
    """Work on a task that is not a verdict yet, or was refused as one: kept until it is used or thrown away."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="drafts", db_constraint=False, db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=16, blank=True)
    comment = models.TextField(blank=True)
    response = models.JSONField(null=True, blank=True)
    reasons = ArrayField(models.CharField(max_length=120), default=list, db_default=[])
    pins = models.JSONField(default=list, db_default=[])
    task_version = models.PositiveIntegerField()
    # Why it is a draft, in a sentence, where a verdict was refused; empty while typing.
    refusal = models.TextField(blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "task", "user"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.task_id} by {self.user_id}"
