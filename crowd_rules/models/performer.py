from django.contrib.postgres.fields import ArrayField
from django.db import models

from audits.models import Performer
from crowd_rules.models.pool import Pool
from labelops.tenancy.models import TenantModel, User


class PerformerAccount(TenantModel):
    """What makes a performer of the log one who can be handed work: a token of their own and a profile.

    Performers are no users: nothing signs them in to a requester's page.
    """

    performer = models.ForeignKey(
        Performer, on_delete=models.PROTECT, related_name="accounts", db_constraint=False, db_index=False
    )
    name = models.CharField(max_length=255)
    # `labelops_performer_<public id>_<secret><checksum>`, kept as the hash of its secret.
    token_public_id = models.CharField(max_length=8, unique=True)
    token_hash = models.BinaryField()
    # ISO 3166 country, free city, ISO 639 languages in upper case; empty: not known.
    country = models.CharField(max_length=2, blank=True)
    city = models.CharField(max_length=120, blank=True)
    languages = ArrayField(models.CharField(max_length=8), default=list)
    # Further profile and computed attributes by the wire's key (gender, date_of_birth, os_family, …).
    profile = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "performer"], name="performer_account_once")]

    def __str__(self) -> str:
        return self.name


class PerformerPool(TenantModel):
    """One performer's way through one pool: where to look for their next task, and their counts there."""

    performer = models.ForeignKey(
        Performer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    # The turn of the last real task taken: the next look begins behind it.
    cursor = models.BigIntegerField(null=True)
    # From here on only tasks released later can be new to them: everything else was theirs already.
    exhausted_at = models.DateTimeField(null=True)
    # The same of control tasks; forgotten with each one that they get.
    controls_exhausted_at = models.DateTimeField(null=True)
    taken = models.PositiveIntegerField(default=0)
    submitted = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    control_answers = models.PositiveIntegerField(default=0)
    control_correct = models.PositiveIntegerField(default=0)
    # Of their answers, by the newest standing verdict of an audit.
    audits_accepted = models.PositiveIntegerField(default=0, db_default=0)
    audits_fixed = models.PositiveIntegerField(default=0, db_default=0)
    audits_rejected = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "pool", "performer"], name="performer_pool_once")
        ]
        indexes = [models.Index(fields=["organization", "performer"], name="performer_pool_performer")]

    def __str__(self) -> str:
        return f"{self.performer_id} in {self.pool_id}"
