"""What one attempt needs and what comes of it: plain values between the database's threads and the event loop.

Ids are text here: nothing is done with them but writing them.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint as it is at the moment of the claim; secrets in the clear."""

    endpoint_id: str
    url: str
    organization_id: str = ""
    profile: str = "scale"
    signing_secrets: tuple[str, ...] = ()
    signing_key: str = ""
    auth_key: str = ""
    header: tuple[str, str] | None = None
    has_toloka_signature: bool = False
    client_certificate: str = ""
    # None: CALLBACK_TIMEOUT_SECONDS.
    timeout: int | None = None
    # It failed lately, or takes less than usual: what comes of each attempt is noted at once.
    is_troubled: bool = False
    # The e-mail address, where it goes by mail.
    mail_to: str = ""
    # Why this address, as it is written, gets nothing; empty where what it resolves to may be tried.
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery under lease. `attempts` were made before this one."""

    delivery_id: str
    # The event's id, as `webhook-id` has it.
    message_id: str
    type: str
    attempts: int
    body: bytes
    target: Target
    priority: int = 0
    is_probe: bool = False


@dataclass(slots=True)
class Outcome:
    """What came of an attempt; `error` is one word, empty on success. Times in seconds, None where no such step was."""

    at: datetime
    seconds: float = 0.0
    address: str = ""
    status_code: int | None = None
    error: str = ""
    detail: str = ""
    answer: bytes = b""
    # The receiver's Retry-After.
    wish: float | None = None
    has_asked_for_less: bool = False
    request_headers: str = ""
    dns_seconds: float | None = None
    connect_seconds: float | None = None
    tls_seconds: float | None = None
    first_byte_seconds: float | None = None

    @property
    def is_success(self) -> bool:
        return not self.error


@dataclass(frozen=True, slots=True)
class Result:
    """An attempt that was made, and what follows: a status, and for `pending` the seconds until the next attempt."""

    message: Message
    outcome: Outcome
    status: str
    wait: float = 0.0
    # By the monotonic clock.
    made_at: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class HealthNote:
    """What an endpoint's attempts came to since the last note, in the order of their ends."""

    attempts: int = 0
    failures: int = 0
    # Failures since the last success among them.
    trailing: int = 0
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    error: str = ""
    detail: str = ""
    is_probe: bool = False
    has_asked: bool = False
    # When one was given up.
    dead_at: datetime | None = None
    is_urgent: bool = False

    def add(self, result: Result) -> None:
        outcome = result.outcome
        self.attempts += 1
        self.is_probe |= result.message.is_probe
        self.has_asked |= outcome.has_asked_for_less
        self.is_urgent |= bool(outcome.error) or result.message.target.is_troubled
        if outcome.is_success:
            self.trailing, self.succeeded_at = 0, outcome.at
        else:
            self.failures, self.trailing = self.failures + 1, self.trailing + 1
            self.dead_at = outcome.at if result.status == "dead" else self.dead_at
            self.failed_at, self.error, self.detail = outcome.at, outcome.error, outcome.detail[:255]
