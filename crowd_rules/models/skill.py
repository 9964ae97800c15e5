from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.db.models import F, Q

from audits.models import Performer
from labelops.tenancy.models import TenantModel


class Skill(TenantModel):
    """0 to 100 per performer, used by filters across pools and projects."""

    name = models.CharField(max_length=255)
    public_name = models.JSONField(default=dict)
    public_requester_description = models.JSONField(default=dict)
    private_comment = models.TextField(blank=True)
    # Hidden ones are for requesters only.
    hidden = models.BooleanField(default=True)
    # A value that old counts as none; NULL: for ever.
    skill_ttl_hours = models.PositiveIntegerField(null=True, blank=True)
    training = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="skill_name_unique")]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return self.id.hex


def rounded(exact: Decimal) -> int:
    """The skill's whole value: half up, consciously (62.5 is 63)."""
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


class PerformerSkill(TenantModel):
    """The value that a performer has of a skill now."""

    skill = models.ForeignKey(
        Skill, on_delete=models.PROTECT, related_name="values", db_constraint=False, db_index=False
    )
    performer = models.ForeignKey(
        Performer, on_delete=models.PROTECT, related_name="skills", db_constraint=False, db_index=False
    )
    exact_value = models.DecimalField(max_digits=14, decimal_places=10)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "performer", "skill"], name="performer_skill_once"),
            models.CheckConstraint(condition=Q(exact_value__range=(0, 100)), name="performer_skill_range"),
        ]
        indexes = [models.Index(fields=["organization", "skill", "exact_value"], name="performer_skill_values")]

    def __str__(self) -> str:
        return f"{self.skill_id} of {self.performer_id}"

    @property
    def public_id(self) -> str:
        return self.id.hex

    @property
    def value(self) -> int:
        return rounded(self.exact_value)


class SkillChange(TenantModel):
    """One step in the history of a performer's skill, with its cause; never changed."""

    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    performer = models.ForeignKey(
        Performer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # NULL: there was none, or it was taken away.
    before = models.DecimalField(max_digits=14, decimal_places=10, null=True)
    after = models.DecimalField(max_digits=14, decimal_places=10, null=True)
    # {"by": "rule", "rule", "firing"} | {"by": "hand", "user": email, "reason"} | {"by": "training", "pool"}
    cause = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(F("organization"), F("performer"), F("skill"), F("id").desc(), name="skill_change_newest"),
            models.Index(F("organization"), F("skill"), F("id").desc(), name="skill_change_skill"),
            models.Index(F("organization"), F("performer"), F("id").desc(), name="skill_change_performer"),
        ]

    def __str__(self) -> str:
        return f"{self.skill_id} of {self.performer_id}: {self.before} -> {self.after}"
