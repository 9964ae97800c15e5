"""The token that goes on with a list where the last page ended; clients never look into it."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

from audits.models import ListedTask, Task
from labelops.errors import InvalidInput
from labelops.tenancy.models import Organization

LONGEST = 1000


def next_token(task: Task | ListedTask, organization: Organization) -> str:
    """The place behind this task, good in its organization only."""
    # Of a listed one it is text already.
    at = task.created_at
    place = {"id": task.public_id, "created_at": at if isinstance(at, str) else at.isoformat()}
    text = json.dumps({**place, "check": _check(place, organization)})
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_token(text: str, organization: Organization) -> tuple[datetime, UUID]:
    """`created_at` and id of the task behind which to go on; InvalidInput for a token that was not made here."""
    return _read(text, organization, lambda place: (datetime.fromisoformat(place["created_at"]), UUID(place["id"])))


def _read[T](text: str, organization: Organization, take: Callable[[dict[str, str]], T]) -> T:
    try:
        place = json.loads(base64.b64decode(text[:LONGEST].encode(), altchars=b"-_", validate=True))
        check = place.pop("check")
        if not constant_time_compare(check, _check(place, organization)):
            raise ValueError(check)
        return take(place)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidInput(
            fields={"next_token": "next_token is not one of this list's. Start again without it."}
        ) from error


def _check(place: dict[str, str], organization: Organization) -> str:
    text = f"{organization.pk}|{place['created_at']}|{place['id']}"
    return salted_hmac("audits.api.paging", text, algorithm="sha256").hexdigest()[:32]


def token_behind(id: UUID, organization: Organization) -> str:
    """The place behind this row of a list in the order of its ids, newest first."""
    place = {"id": id.hex, "created_at": ""}
    text = json.dumps({**place, "check": _check(place, organization)})
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_id_token(text: str, organization: Organization) -> UUID:
    """The id that `token_behind` wrote; InvalidInput for a token that was not made here."""
    return _read(text, organization, lambda place: UUID(place["id"]))
