from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from audits.models import Performer, Project
from crowd_rules.models.pool import Pool
from crowd_rules.models.rule import RuleFiring
from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


class RestrictionQuerySet(TenantQuerySet):
    def live(self) -> Self:
        """In force, by the database's clock."""
        return self.filter(Q(until=None) | Q(until__gt=Now()), lifted_at=None)

    def over(self) -> Self:
        """Ended, lifted or undone."""
        return self.filter(Q(until__lte=Now()) | Q(lifted_at__isnull=False))

    def newest_first(self) -> Self:
        return self.order_by("-id")

    def with_names(self) -> Self:
        return self.select_related("performer", "pool", "project", "firing__rule__collector", "created_by", "lifted_by")


class Restriction(TenantModel):
    """A performer is shut out: of a pool (suspended), a project or all of the organization's projects (banned)."""

    class Scope(models.TextChoices):
        POOL = "POOL", "Pool"
        PROJECT = "PROJECT", "Project"
        ALL_PROJECTS = "ALL_PROJECTS", "All projects"

    performer = models.ForeignKey(
        Performer, on_delete=models.PROTECT, related_name="restrictions", db_constraint=False, db_index=False
    )
    scope = models.CharField(max_length=16, choices=Scope)
    pool = models.ForeignKey(
        Pool, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # NULL: for good.
    until = models.DateTimeField(null=True, blank=True)
    # Why: for requesters only.
    private_comment = models.TextField(blank=True)
    # The firing that made it; NULL: made by hand.
    firing = models.ForeignKey(
        RuleFiring, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    # Of the counter that made it: that one starts anew after it whatever the scope.
    counter_key = models.CharField(max_length=255, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    lift_reason = models.TextField(blank=True)
    # Undone: it should never have been, so that the history goes on instead of starting anew.
    undone = models.BooleanField(default=False)

    objects = TenantManager.from_queryset(RestrictionQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="POOL", pool__isnull=False)
                | Q(scope="PROJECT", project__isnull=False)
                | Q(scope="ALL_PROJECTS"),
                name="restriction_has_its_target",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "performer", "until"], name="restriction_performer"),
            models.Index(
                fields=["organization", "performer", "lifted_at"],
                name="restriction_lifted",
                condition=Q(lifted_at__isnull=False),
            ),
            models.Index(F("organization"), F("id").desc(), name="restriction_newest"),
            # Those in force are few, those that are over many.
            models.Index(
                fields=["organization", "until"], name="restriction_live", condition=Q(lifted_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.performer_id} in {self.scope}"

    @property
    def public_id(self) -> str:
        return self.id.hex
