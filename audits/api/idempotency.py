"""The header `Idempotency-Key` of every call that writes."""

import hashlib
import json
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.services.idempotency import KeyReused, claim_key, remember_answer
from labelops.errors import InvalidInput

HEADER = "Idempotency-Key"
LONGEST = 255
WRITES = ("POST", "PUT", "DELETE")


class Replay(Exception):
    """This call was answered before: `answer` again."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer


def begin(request: Request) -> str | None:
    """The key under which this call's answer is to be kept; None where it has none. Raises Replay, KeyReused."""
    key = request.headers.get(HEADER, "").strip()
    if not key or request.method not in WRITES:
        return None
    if len(key) > LONGEST or not key.isprintable():
        raise InvalidInput(f"{HEADER} must have 1 to {LONGEST} printable characters.")
    data = request.data
    try:
        claim = claim_key(by=request.membership, key=key, request_hash=_hash(request, data), now=timezone.now())
    except KeyReused as error:
        # The official client survives a 409 only on a call whose body is an object.
        if isinstance(data, dict) and data:
            raise
        raise InvalidInput(error.message) from error
    if not claim.is_new:
        raise Replay(claim.answer)
    return key


def _hash(request: Request, data: Any) -> bytes:
    body = {name: str(value) for name, value in data.items()} if hasattr(data, "getlist") else data
    text = json.dumps([request.method, request.get_full_path(), body], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).digest()


def end(request: Request, key: str | None, response: Response) -> None:
    if key is not None and response.status_code == 200:
        # As it will be sent: what JSON makes of a date is made once.
        remember_answer(by=request.membership, key=key, answer=json.loads(json.dumps(response.data, default=str)))
