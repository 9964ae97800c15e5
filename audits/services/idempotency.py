"""`Idempotency-Key`: the same call again gets the answer of the first, and nothing happens twice."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from audits.models import RememberedAnswer
from labelops.errors import Conflict
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Membership

KEPT = timedelta(hours=24)
# One call in so many clears away what is too old, so much of it at most.
SWEEP_EVERY, SWEEP_MOST = 50, 500


class KeyReused(Conflict):
    message = "This Idempotency-Key was used for another request. Use a new key for a new request."


@dataclass(frozen=True)
class Claim:
    """`is_new`: the call is to be done, and `remember_answer` to follow. Else `answer` is what it was answered."""

    is_new: bool
    answer: Any = None


# A second call of the same moment waits at the unique index until the first is through, or undone.
_CLAIM = """
INSERT INTO audits_rememberedanswer AS r (id, organization_id, user_id, key, request_hash, created_at)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (organization_id, user_id, key) DO UPDATE
   SET request_hash = excluded.request_hash, created_at = excluded.created_at, answer = NULL
 WHERE r.created_at < excluded.created_at - %s
RETURNING id
"""


def claim_key(*, by: Membership, key: str, request_hash: bytes, now: datetime) -> Claim:
    """Take the key for this call, in its transaction. Raises KeyReused where it stands for another call."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [uuid7(), by.organization_id, by.user_id, key, request_hash, now, KEPT])
        if cursor.fetchone():
            _sweep(by, now)
            return Claim(is_new=True)
    found = _remembered(by, key).get()
    if bytes(found.request_hash) != request_hash:
        raise KeyReused
    return Claim(is_new=False, answer=found.answer)


def remember_answer(*, by: Membership, key: str, answer: Any) -> None:
    """What the call was answered: stands or falls with what it wrote."""
    _remembered(by, key).update(answer=answer)


def _remembered(by: Membership, key: str) -> Any:
    return RememberedAnswer.objects.for_organization(by.organization).filter(user_id=by.user_id, key=key)


def _sweep(by: Membership, now: datetime) -> None:
    if random.randrange(SWEEP_EVERY):  # noqa: S311
        return
    answers = RememberedAnswer.objects.for_organization(by.organization)
    # Whoever clears at the same time takes others.
    old = answers.filter(created_at__lt=now - KEPT).order_by("created_at").select_for_update(skip_locked=True)
    answers.filter(pk__in=list(old.values_list("pk", flat=True)[:SWEEP_MOST])).delete()
