from typing import Self

from django.db import models
from django.db.models import F, Q

from audits.models import Performer, Project
from crowd_rules.models.pool import Pool
from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


class CollectorQuerySet(TenantQuerySet):
    def in_force(self) -> Self:
        return self.filter(retired_at=None)

    def of_pool(self, pool: Pool) -> Self:
        """The pool's own and those of its project, which hold in all its pools."""
        return self.filter(Q(pool_id=pool.pk) | Q(pool=None, project_id=pool.project_id))

    def with_rules(self) -> Self:
        """With the rules in force, in their order."""
        rules = Rule.objects.filter(retired_at=None).order_by("position", "id")
        return self.prefetch_related(models.Prefetch("rules", rules, to_attr="standing_rules"))

    def in_order(self) -> Self:
        return self.order_by("position", "id")


class Collector(TenantModel):
    """One `config` of the wire's `quality_control`: what is counted, for one or several rules. Never deleted."""

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # NULL: of the project, for all its pools.
    pool = models.ForeignKey(
        Pool, null=True, blank=True, on_delete=models.PROTECT, related_name="collectors", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    # The wire's name for it; clones of a pool keep it.
    uuid = models.UUIDField()
    type = models.CharField(max_length=64)
    parameters = models.JSONField(default=dict)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(CollectorQuerySet)()

    class Meta:
        indexes = [
            models.Index(
                fields=["organization", "project", "pool"], name="collector_place", condition=Q(retired_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.uuid}"


class Rule(TenantModel):
    """If all conditions hold, then the action. A changed rule is another rule: firings keep the one they came from."""

    collector = models.ForeignKey(
        Collector, on_delete=models.PROTECT, related_name="rules", db_constraint=False, db_index=False
    )
    position = models.PositiveSmallIntegerField(default=0)
    # [{"key", "operator", "value"}, …] and {"type", "parameters"} as on the wire
    conditions = models.JSONField(default=list)
    action = models.JSONField(default=dict)
    # Fires on paper only.
    shadow = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "collector"], name="rule_collector")]

    def __str__(self) -> str:
        return self.id.hex


class CrowdEventQuerySet(TenantQuerySet):
    def about_performer(self, performer: Performer) -> Self:
        return self.filter(performer_id=performer.pk).order_by("at", "id")

    def in_order(self) -> Self:
        return self.order_by("at", "id")


class CrowdEvent(TenantModel):
    """What a performer did, or what was found about it: the append-only history that rules judge and replays read."""

    class Kind(models.TextChoices):
        SKIPPED = "assignment.skipped"
        EXPIRED = "assignment.expired"
        SUBMITTED = "assignment.submitted"
        ACCEPTED = "assignment.accepted"
        REJECTED = "assignment.rejected"
        CONTROL = "control.answered"
        MAJORITY = "majority.judged"
        AUDIT = "audit.judged"
        ACCESS = "access.revoked"

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    performer = models.ForeignKey(
        Performer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=32, choices=Kind)
    at = models.DateTimeField()
    # When the work was given that this is about: work from before a restriction's end counts no more after it.
    responded_at = models.DateTimeField()
    # The assignment, solution or restriction that it is about, and what happened to it (an audit, say; else the same).
    subject_id = models.UUIDField()
    cause_id = models.UUIDField()
    facts = models.JSONField(default=dict)

    objects = TenantManager.from_queryset(CrowdEventQuerySet)()

    class Meta:
        constraints = [
            # The same thing told twice happens once.
            models.UniqueConstraint(fields=["organization", "subject_id", "kind", "cause_id"], name="crowd_event_once")
        ]
        indexes = [
            models.Index(fields=["organization", "pool", "at", "id"], name="crowd_event_pool"),
            models.Index(fields=["organization", "performer", "at", "id"], name="crowd_event_performer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class Counter(TenantModel):
    """What one collector remembers of one performer: a few numbers or a window, never a history."""

    performer = models.ForeignKey(
        Performer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # Names type, scope and shaping parameters: `crowd_rules.engine.judging.counter_key`.
    key = models.CharField(max_length=255)
    state = models.JSONField(default=dict)
    # Work given up to here is forgotten: the end of the last restriction.
    fresh_from = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "performer", "key"], name="counter_once")]

    def __str__(self) -> str:
        return f"{self.key} of {self.performer_id}"


class RuleFiring(TenantModel):
    """A rule whose conditions held: on which event, with which figures, and what came of it."""

    rule = models.ForeignKey(
        Rule, on_delete=models.PROTECT, related_name="firings", db_constraint=False, db_index=False
    )
    performer = models.ForeignKey(
        Performer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    event_id = models.UUIDField()
    # The collector's keys and their values at that moment.
    figures = models.JSONField(default=dict)
    # As the rule had them.
    conditions = models.JSONField(default=list)
    action = models.JSONField(default=dict)
    shadow = models.BooleanField(default=False)
    # What the action did: {"restriction": id} | {"skill": id, "value"} | {"operation": id} | {"suite": id, "delta"}
    outcome = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "rule", "event_id"], name="firing_once")]
        indexes = [
            models.Index(F("organization"), F("performer"), F("id").desc(), name="firing_performer"),
            models.Index(F("organization"), F("pool"), F("id").desc(), name="firing_pool"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.performer_id}"
