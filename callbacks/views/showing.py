"""What the callback pages have in common: finding rows, answering open pages, and putting facts in words."""

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from callbacks.models import Attempt, CallbackEvent, Delivery, Endpoint, EndpointHealth
from labelops.errors import NotFound


def find_endpoint(request: HttpRequest, endpoint: UUID) -> Endpoint:
    endpoints = Endpoint.objects.for_organization(request.organization).with_health()
    found = endpoints.filter(pk=endpoint).first()
    if found is None:
        raise NotFound(_("There is no endpoint with this id."))
    return found


def find_delivery(request: HttpRequest, delivery: UUID) -> Delivery:
    deliveries = Delivery.objects.for_organization(request.organization).select_related(
        "event", "endpoint__health", "replay"
    )
    found = deliveries.filter(pk=delivery).first()
    if found is None:
        raise NotFound(_("There is no delivery with this id."))
    return found


def live_page(request: HttpRequest, template: str, region: str, context: dict[str, Any], state: Any) -> HttpResponse:
    """The page; for its open copy that asks again only `region`, or nothing (204) where `state` is as it was."""
    seen = hashlib.sha256(repr(state).encode()).hexdigest()[:16]
    query = request.GET.copy()
    query.pop("seen", None)
    context |= {"seen": json.dumps({"seen": seen}), "live_url": f"{request.path}?{query.urlencode()}"}
    if request.htmx.target != region:
        return render(request, template, context)
    if request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    return render(request, f"{template}#{region}", context)


def health_of(endpoint: Endpoint) -> EndpointHealth | None:
    return getattr(endpoint, "health", None)


def short_address(url: str) -> str:
    """Host and path: what tells endpoints apart, without what only fills the line."""
    short = url.partition("://")[2].partition("?")[0] or url
    return short if len(short) <= 56 else f"{short[:55]}…"


def endpoint_state(endpoint: Endpoint, now: datetime) -> str:
    """`working`, `new`, `failing`, `paused` (breaker open), `probing`, `disabled` or `deleted`."""
    if endpoint.status != Endpoint.Status.ACTIVE:
        return str(endpoint.status)
    health = health_of(endpoint)
    if health is None or not (health.last_success_at or health.last_failure_at):
        return "new"
    breaker = health.breaker(now)
    if breaker != "closed":
        return "paused" if breaker == "open" else "probing"
    return "failing" if health.failing_since else "working"


def delivery_state(delivery: Delivery, now: datetime) -> str:
    """The status, with `pending` told apart: `sending`, `retrying` or `waiting`."""
    if delivery.status != Delivery.Status.PENDING:
        return str(delivery.status)
    if delivery.lease_until and delivery.lease_until > now:
        return "sending"
    return "retrying" if delivery.attempts else "waiting"


@dataclass(frozen=True)
class Row:
    """A delivery as lists show it."""

    delivery: Delivery
    state: str
    is_due: bool

    @property
    def mark(self) -> tuple[Any, ...]:
        """Changes when the row looks different."""
        one = self.delivery
        return one.pk, self.state, one.attempts, one.last_error, one.due_at, self.is_due


def rows_of(deliveries: Any, now: datetime) -> list[Row]:
    return [Row(one, delivery_state(one, now), one.due_at <= now) for one in deliveries]


@dataclass(frozen=True)
class Step:
    """One part of an attempt's time; `start` and `share` in percent of the whole."""

    name: str
    label: str
    milliseconds: float
    start: float
    share: float


def steps_of(attempt: Attempt) -> list[Step]:
    """DNS, connecting, TLS, waiting for the first byte, the rest; those that were not taken are left out."""
    parts = [
        ("dns", _("DNS"), attempt.dns_seconds),
        ("connect", _("Connect"), attempt.connect_seconds),
        ("tls", _("TLS"), attempt.tls_seconds),
        ("wait", _("First byte"), attempt.first_byte_seconds),
    ]
    taken = [(name, label, seconds) for name, label, seconds in parts if seconds is not None]
    rest = attempt.seconds - sum(seconds for _name, _label, seconds in taken)
    taken.append(("rest", _("Reading and the rest"), max(rest, 0.0)))
    whole, steps, start = sum(seconds for *_names, seconds in taken) or 1.0, [], 0.0
    for name, label, seconds in taken:
        share = round(100 * seconds / whole, 3)
        steps.append(Step(name, label, seconds * 1000, round(start, 3), share))
        start += share
    return steps


@dataclass(frozen=True)
class ShownAttempt:
    attempt: Attempt
    steps: list[Step]
    answer: str

    @property
    def milliseconds(self) -> float:
        return self.attempt.seconds * 1000

    @property
    def is_cut(self) -> bool:
        return len(bytes(self.attempt.response)) >= 16 * 1024


def shown_attempt(attempt: Attempt) -> ShownAttempt:
    return ShownAttempt(attempt, steps_of(attempt), harmless_text(bytes(attempt.response)))


def harmless_text(data: bytes) -> str:
    """What a stranger sent, as text that can do nothing but be read: no control, no change of writing direction."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(
        one if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn") else "�" for one in text
    )


def pretty_body(event: CallbackEvent) -> str:
    """The event's JSON, indented; as it stands where it is none."""
    text = bytes(event.body).decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
