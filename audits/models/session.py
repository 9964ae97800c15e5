from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import JSONObject, Now
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.models.task import Task
from audits.plans import BoundPlan
from labelops.tenancy.models import Membership, TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager
from labelops.tenancy.permissions import Permission, Role


def _digits(number: int) -> str:
    return number_format(number, force_grouping=True)


TALLIED = ("accepted", "fixed", "rejected", "withdrawn")


@dataclass(frozen=True)
class Progress:
    """How far a session is, out of its tallies: cost does not grow with its size."""

    size: int
    accepted: int = 0
    fixed: int = 0
    rejected: int = 0
    withdrawn: int = 0

    @property
    def done(self) -> int:
        return self.accepted + self.fixed + self.rejected

    @property
    def remaining(self) -> int:
        return max(0, self.size - self.done - self.withdrawn)

    @property
    def total(self) -> int:
        return self.size - self.withdrawn

    @property
    def words(self) -> str:
        return _("%(done)s of %(total)s judged") % {"done": _digits(self.done), "total": _digits(self.total)}

    @property
    def left_words(self) -> str:
        return _("%(number)s left") % {"number": _digits(self.remaining)} if self.remaining else _("all done")

    @property
    def of_words(self) -> str:
        if self.withdrawn:
            gone = {"total": _digits(self.total), "withdrawn": _digits(self.withdrawn)}
            return _("of %(total)s, %(withdrawn)s withdrawn") % gone
        return _("of %(total)s") % {"total": _digits(self.total)}


class AuditSessionQuerySet(TenantQuerySet):
    def open(self) -> Self:
        return self.filter(status=AuditSession.Status.OPEN)

    def newest_first(self) -> Self:
        return self.order_by("-id")

    def joinable_by(self, member: Membership) -> Self:
        """For its opener, leads and its auditors; without named ones for all who may audit a task of it."""
        if member.may(Permission.MANAGE_SESSIONS):
            return self
        if not member.may(Permission.AUDIT):
            return self.filter(created_by_id=member.user_id)
        invited = SessionAuditor.objects.filter(organization_id=OuterRef("organization_id"), session_id=OuterRef("pk"))
        open_to_all = ~Exists(invited)
        if member.role == Role.AUDITOR and member.organization.auditors_need_assignment:
            items = SessionItem.objects.filter(organization_id=OuterRef("organization_id"), session_id=OuterRef("pk"))
            open_to_all &= Exists(items.filter(task__project__auditors__user_id=member.user_id))
        open_to_all |= Exists(invited.filter(user_id=member.user_id))
        return self.filter(Q(created_by_id=member.user_id) | open_to_all)

    def with_people(self) -> Self:
        return self.select_related("created_by")

    def with_auditors(self) -> Self:
        """With those whom each is restricted to, as `invited`."""
        invited = SessionAuditor.objects.select_related("user").order_by("id")
        return self.prefetch_related(models.Prefetch("invited", invited))

    def with_progress(self) -> Self:
        """The tallies in the same statement, for the hot path and for lists."""
        tallies = SessionTally.objects.filter(
            organization_id=OuterRef("organization_id"), session_id=OuterRef("pk")
        ).order_by()
        sums = JSONObject(**{name: Sum(name) for name in TALLIED})
        return self.annotate(tallied=Subquery(tallies.values("session_id").annotate(sums=sums).values("sums")))


class AuditSession(TenantModel):
    """A drawn sample and the queue over it. The manifest lets anybody repeat and prove the draw."""

    class Status(models.TextChoices):
        OPEN = "open", gettext_lazy("Open")
        FINISHED = "finished", gettext_lazy("Finished")
        ABANDONED = "abandoned", gettext_lazy("Abandoned")

    class Decision(models.TextChoices):
        RELEASE = "release", gettext_lazy("Release")
        HOLD = "hold", gettext_lazy("Hold")

    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # Empty: everybody who may audit draws from this queue.
    auditors = models.ManyToManyField(User, through="SessionAuditor", related_name="+")
    name = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.OPEN)
    filter = models.JSONField(default=dict)
    seed = models.BigIntegerField()
    population = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    # filter, seed, frame size and hash, algorithm version, inclusion probability, drawn_at
    manifest = models.JSONField(default=dict)
    # No item before this position is open. Claims start here: the index still holds the dead entries of what is done.
    first_open = models.BigIntegerField(default=0)
    # The acceptance plan that the session was opened with (audits/plans.py), never changed; None: there is none.
    plan = models.JSONField(null=True, blank=True)
    # Of a session with a plan, once it is finished: what is to be done with the lot, and what that rests on.
    decision = models.CharField(max_length=16, choices=Decision, blank=True, db_default="")
    decided_on = models.JSONField(default=dict, db_default={})
    # So many of its tasks are to be audited twice, by two people.
    second_size = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(AuditSessionQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["open", "finished", "abandoned"]), name="session_status_known"
            ),
            models.CheckConstraint(condition=Q(decision__in=["", "release", "hold"]), name="session_decision_known"),
        ]
        indexes = [models.Index(F("organization"), F("status"), F("id").desc(), name="session_by_status")]

    def __str__(self) -> str:
        return self.name or self.id.hex

    @property
    def public_id(self) -> str:
        return self.id.hex

    @property
    def title(self) -> str:
        """What people read: the given name, else what was drawn."""
        drawn = {
            "size": _digits(self.size), "population": _digits(self.population),
            "date": date_format(self.created_at, "j M Y"),
        }  # fmt: skip
        return self.name or _("%(size)s of %(population)s tasks, %(date)s") % drawn

    @property
    def bound_plan(self) -> BoundPlan | None:
        return BoundPlan.from_json(self.plan) if self.plan else None

    @property
    def is_sequential(self) -> bool:
        """Whether a verdict may be the last one before the queue is empty."""
        return bool(self.plan) and self.plan["kind"] == BoundPlan.SEQUENTIAL

    @property
    def progress(self) -> Progress:
        """Out of `with_progress`, else one statement."""
        if not hasattr(self, "tallied"):
            sums = self.tallies.aggregate(**{name: Sum(name) for name in TALLIED})
            return Progress(self.size, **{name: number or 0 for name, number in sums.items()})
        return Progress(self.size, **(self.tallied or {}))


class SessionAuditor(TenantModel):
    """Somebody to whom this session's queue is restricted."""

    session = models.ForeignKey(AuditSession, on_delete=models.CASCADE, related_name="invited", db_constraint=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "session", "user"], name="session_auditor_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.session_id}"


class SessionItem(TenantModel):
    """One task of a session's queue.

    No full index begins with (organization, session, position): with one, PostgreSQL walked the items that are done
    instead of using the partial index, and a claim cost as much as the session had history.
    """

    class State(models.IntegerChoices):
        OPEN = 0, gettext_lazy("Open")
        DONE = 1, gettext_lazy("Done")
        WITHDRAWN = 2, gettext_lazy("Withdrawn")
        # Handed out to nobody until the colleague takes it up or gives it back.
        FLAGGED = 3, gettext_lazy("Waits for a colleague")

    session = models.ForeignKey(
        AuditSession, on_delete=models.CASCADE, related_name="items", db_constraint=False, db_index=False
    )
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    position = models.BigIntegerField()
    state = models.SmallIntegerField(choices=State, default=State.OPEN)
    skips = models.PositiveSmallIntegerField(default=0)
    skip_reason = models.CharField(max_length=500, blank=True)
    audit_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "session", "task"], name="session_item_once")]
        indexes = [
            models.Index(
                fields=["organization", "session", "position"], name="session_item_open", condition=Q(state=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} in {self.session_id}"


class SessionTally(TenantModel):
    """Counts of one session, spread over slots so that its auditors do not queue for one row.

    So many that two hardly ever share one: whoever does waits for the other's commit. Those that nobody counted in are
    not there.
    """

    SLOTS = 4093

    session = models.ForeignKey(
        AuditSession, on_delete=models.CASCADE, related_name="tallies", db_constraint=False, db_index=False
    )
    slot = models.PositiveSmallIntegerField()
    accepted = models.PositiveIntegerField(default=0)
    fixed = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "session", "slot"], name="session_tally_slot")]

    def __str__(self) -> str:
        return f"{self.session_id}/{self.slot}"


class TaskLockQuerySet(TenantQuerySet):
    def live(self) -> Self:
        """Judged at read by the database clock, never by a clean-up job."""
        return self.filter(expires_at__gt=Now())

    def of_session(self, session_id: UUID) -> Self:
        return self.filter(session_id=session_id)


class TaskLock(models.Model):
    """The lease one auditor holds on one task, across all sessions and entries. `token` fences late submits."""

    task = models.OneToOneField(
        Task, primary_key=True, on_delete=models.CASCADE, related_name="lock", db_constraint=False
    )
    organization = models.ForeignKey("tenancy.Organization", on_delete=models.PROTECT, related_name="+", db_index=False)
    holder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    # None: the task was opened by itself, from the Tasks page or the API.
    session = models.ForeignKey(
        AuditSession, null=True, on_delete=models.CASCADE, related_name="locks", db_constraint=False, db_index=False
    )
    token = models.BigIntegerField()
    acquired_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    active_seconds = models.FloatField(default=0)
    expires_at = models.DateTimeField()

    objects = TenantManager.from_queryset(TaskLockQuerySet)()

    class Meta:
        # No other is unique: an upsert minds the conflicts in one index, and of two that come at once one failed in the
        # other.
        indexes = [models.Index(fields=["organization", "session", "holder"], name="task_lock_session")]

    def __str__(self) -> str:
        return f"{self.task_id} held by {self.holder_id}"
