from collections import Counter
from collections.abc import Iterable
from typing import Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Exists, F, Func, OuterRef, Q, UUIDField, Value

from audits.models.audit import Audit, Verdict
from audits.models.session import AuditSession, SessionItem, TaskLock
from audits.models.task import Task
from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager

# (the first auditor's verdict, the second's) -> number of tasks: what labelops.statistics.agreement takes.
type Pairs = Counter[tuple[str, str]]


class SecondAuditQuerySet(TenantQuerySet):
    def with_first(self) -> Self:
        """Those whose task was judged in the session, as `first_id`, `first_verdict` and `first_auditor`."""
        items = SessionItem.objects.filter(
            organization_id=OuterRef("organization_id"), session_id=OuterRef("session_id"), task_id=OuterRef("task_id")
        )
        found = self.annotate(first_id=models.Subquery(items.values("audit_id")[:1]))
        firsts = Audit.objects.standing().filter(organization_id=OuterRef("organization_id"), pk=OuterRef("first_id"))
        return found.annotate(
            first_verdict=models.Subquery(firsts.values("verdict")[:1]),
            first_auditor=models.Subquery(firsts.values("auditor_id")[:1]),
        ).filter(first_verdict__isnull=False)

    def judged(self) -> Self:
        return self.exclude(verdict="")

    def waiting_for(self, user_id: UUID) -> Self:
        """Judged once, by somebody else; the task is still done, by somebody else, and in no other auditor's hands."""
        others = TaskLock.objects.live().exclude(holder_id=user_id)
        held = others.filter(organization_id=OuterRef("organization_id"), task_id=OuterRef("task_id"))
        open_ones = self.filter(verdict="", task__status=Task.Status.COMPLETED).with_first()
        own = Q(task__completed_by__user_id=user_id) & Q(task__completed_by__user_id__isnull=False)
        return open_ones.exclude(first_auditor=user_id).exclude(own).filter(~Exists(held))

    def in_hand(self, user_id: UUID) -> Self:
        """Handed to this person and not judged yet."""
        return self.filter(judged_at__isnull=True, handed_to__len__gt=0, handed_to__contains=[user_id])

    def blinding(self, user_id: UUID) -> Self:
        """Handed to this person, who has not judged it, and nobody else has: its first verdict is not for their eyes.

        Not where they gave that verdict themselves, it was taken back, or no second one can come any more.
        """
        open_ones = self.in_hand(user_id).exclude(session__status=AuditSession.Status.ABANDONED)
        return open_ones.filter(task__status=Task.Status.COMPLETED).with_first().exclude(first_auditor=user_id)

    def hand_to(self, user_id: UUID) -> None:
        """Remember who has it in hand."""
        ids = ArrayField(UUIDField())
        appended = Func(F("handed_to"), Value(user_id, UUIDField()), function="array_append", output_field=ids)
        self.exclude(handed_to__contains=[user_id]).update(handed_to=appended)

    def pairs(self) -> Pairs:
        """Of those judged twice. Looks each one's first verdict up: for one session, or one range of `judged_at`."""
        groups = self.judged().with_first().order_by().values_list("first_verdict", "verdict")
        return Counter({(first, second): number for first, second, number in groups.annotate(number=Count("pk"))})

    def pairs_of_people(self) -> list[tuple[str, str, UUID, UUID, int]]:
        """(first's verdict, second's verdict, first auditor, second auditor, number of tasks) of those judged twice."""
        groups = self.judged().with_first().order_by()
        groups = groups.values_list("first_verdict", "verdict", "first_auditor", "auditor_id")
        return list(groups.annotate(number=Count("pk")))

    def pairs_by_auditor(self) -> dict[UUID, Pairs]:
        """The same for each person who took part in a pair, as first or as second: always (theirs, the other's)."""
        return by_auditor(self.pairs_of_people())


def by_auditor(groups: Iterable[tuple[str, str, UUID, UUID, int]]) -> dict[UUID, Pairs]:
    found: dict[UUID, Pairs] = {}
    for first, second, one, two, number in groups:
        found.setdefault(one, Counter())[first, second] += number
        found.setdefault(two, Counter())[second, first] += number
    return found


class SecondAudit(TenantModel):
    """A task of a session that another auditor judges again without knowing the first verdict.

    It measures how far two auditors agree and changes nothing: not the task, its response, its figures or callbacks.
    Until somebody takes it, `auditor` is None and `verdict` empty.
    """

    session = models.ForeignKey(
        AuditSession, on_delete=models.CASCADE, related_name="second_audits", db_constraint=False, db_index=False
    )
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    position = models.PositiveIntegerField()
    auditor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    comment = models.TextField(blank=True)
    # Of “Make Changes”: what this auditor would have made of the response that the first one saw. Never applied.
    response = models.JSONField(null=True, blank=True)
    lock_token = models.BigIntegerField(null=True, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)
    # Everybody who had the task in hand for this: until it is judged, they do not get to see the first verdict.
    handed_to = ArrayField(models.UUIDField(), default=list, blank=True)
    active_seconds = models.FloatField(null=True, blank=True)

    objects = TenantManager.from_queryset(SecondAuditQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "session", "task"], name="second_audit_once"),
            models.CheckConstraint(
                condition=Q(verdict="", judged_at__isnull=True) | Q(judged_at__isnull=False, auditor__isnull=False),
                name="second_audit_has_auditor",
            ),
        ]
        indexes = [
            models.Index(F("organization"), F("session"), F("position"), name="second_audit_queue"),
            models.Index(
                F("organization"), F("judged_at"), name="second_audit_judged", condition=Q(judged_at__isnull=False)
            ),
            # Few at any time: as many as second audits are in people's hands.
            models.Index(
                F("organization"),
                F("task"),
                name="second_audit_handed",
                condition=Q(judged_at__isnull=True, handed_to__len__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} again in {self.session_id}"
