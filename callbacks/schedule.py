"""When to try again: pure functions of the profile, the attempt's number and the receiver's wish."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Seconds before each attempt, the first included. 76 h 35 m 35 s in all.
STANDARD = (0, 5, 30, 300, 1800, 3600, 7200, 18000, 36000, 50400, 72000, 86400)
# Twenty retries that end within 24 h also where the jitter stretches every one of them.
SCALE = (0, 5, 30, 60, 120, 300, 600, 900, 1200, 1800, 2400, 3600, 3600, 5400, 5400, 7200, 7200, 7200, 7200, 7200, 7200)
DELAYS = {"standard": STANDARD, "scale": SCALE}
JITTER = 0.2
LONGEST_WISH = 36_000


def next_delay(profile: str, attempts: int, wish: float | None = None, chance: float | None = None) -> float | None:
    """Seconds until the attempt after `attempts` made ones; None after the last.

    `wish`, the receiver's Retry-After in seconds, may lengthen a delay, up to 10 h. `chance` (0..1) fixes the jitter.
    """
    delays = DELAYS[profile]
    if attempts >= len(delays):
        return None
    chance = random.random() if chance is None else chance  # noqa: S311  (spreads load, hides nothing)
    delay = delays[attempts] * (1 - JITTER + 2 * JITTER * chance)
    return max(delay, min(wish or 0, LONGEST_WISH))


def parse_retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds from a Retry-After header (a number or a date); None for anything else."""
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text.strip()[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())
