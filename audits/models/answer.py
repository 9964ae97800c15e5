from django.db import models

from labelops.tenancy.models import TenantModel, User


class RememberedAnswer(TenantModel):
    """What a call with an `Idempotency-Key` was answered, in the transaction of what it wrote. Good for a day."""

    # Whom the API key acts for: a rotated key is the same caller.
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    # Of method, path and body: tells the same call from another one under the same key.
    request_hash = models.BinaryField()
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user", "key"], name="remembered_answer_once")]
        indexes = [models.Index(fields=["organization", "created_at"], name="remembered_answer_age")]

    def __str__(self) -> str:
        return self.key
