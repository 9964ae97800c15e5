"""Work that is not a verdict yet, or was refused as one: kept until it is used or thrown away."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from audits.models import Draft, Task
from audits.services.tasks import NO_SUCH_TASK
from labelops.errors import NotFound
from labelops.tenancy.models import Membership


@transaction.atomic(savepoint=False)
def save_draft(
    *,
    author: Membership,
    task_id: UUID,
    verdict: str,
    comment: str,
    response: dict[str, Any] | None,
    task_version: int,
    now: datetime,
    refusal: str = "",
    reasons: Sequence[str] = (),
    pins: Sequence[dict[str, Any]] = (),
) -> Draft:
    """Keep this person's newest work on the task; `refusal` says why it was refused as a verdict. Raises NotFound."""
    visible = Task.objects.for_organization(author.organization).visible_to(author)
    if not visible.filter(pk=task_id).exists():
        raise NotFound(NO_SUCH_TASK)
    work = {"verdict": verdict, "comment": comment, "response": response, "task_version": task_version,
            "refusal": refusal, "reasons": list(reasons), "pins": list(pins), "updated_at": now}  # fmt: skip
    place = {"organization": author.organization, "task_id": task_id, "user": author.user}
    draft, _ = Draft.objects.update_or_create(**place, defaults=work)
    return draft


@transaction.atomic(savepoint=False)
def discard_draft(*, author: Membership, task_id: UUID) -> None:
    """Throw this person's work on the task away; nothing happens where there is none."""
    Draft.objects.for_organization(author.organization).filter(task_id=task_id, user=author.user).delete()
