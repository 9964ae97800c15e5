"""How many calls a key, and an organization with all its keys, may make: counted in Redis, in windows of ten seconds.

Redis gone: every call is let through, and the log says so. The counts protect neighbours, they guard no door.
"""

import logging
import time
from typing import Any

import redis
from django.conf import settings
from django_redis import get_redis_connection
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

log = logging.getLogger(__name__)
WINDOW = 10  # seconds
# After a failure Redis is left alone for so long: no call waits for it in turn.
PAUSE = 5.0
_silent_until = 0.0


class TooManyCalls(Throttled):
    """429 with the seconds after which the next window begins."""

    def __init__(self, *, who: str, most: int, wait: float) -> None:
        seconds = max(1, round(wait + 0.5))
        super().__init__(wait=seconds)
        self.detail = f"Too many calls {who}: at most {most} in {WINDOW} seconds. Try again in {seconds} s."


class CallLimits(BaseThrottle):
    """Raises TooManyCalls where the key's or the organization's count of this window is used up."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if not settings.RATE_LIMITS or request.auth is None:
            return True
        now = time.time()
        window, wait = int(now // WINDOW), WINDOW - now % WINDOW
        limits = [
            (f"key:{request.auth.pk.hex}", settings.API_CALLS_PER_KEY, "with this API key"),
            (
                f"organization:{request.organization.pk.hex}",
                settings.API_CALLS_PER_ORGANIZATION,
                "by this organization",
            ),
        ]
        counts = _count([f"labelops:calls:{name}:{window}" for name, _, _ in limits])
        for (_, most, who), count in zip(limits, counts, strict=False):
            if most and count > most:
                raise TooManyCalls(who=who, most=most, wait=wait)
        return True


def _count(names: list[str]) -> list[int]:
    """Each counter after this call; nothing where Redis does not answer."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return []
    try:
        pipeline = get_redis_connection("default").pipeline(transaction=False)
        for name in names:
            pipeline.incr(name)
            pipeline.expire(name, 2 * WINDOW)
        return pipeline.execute()[::2]
    except (redis.RedisError, OSError) as error:
        _silent_until = time.monotonic() + PAUSE
        log.warning("Calls are not counted, Redis does not answer: %s", type(error).__name__)
        return []
