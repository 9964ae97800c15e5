"""Mails to those who look after callbacks: one given up, a day and three days of failures, an endpoint disabled."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from callbacks.models import Endpoint, EndpointHealth
from labelops.tenancy.models import Membership
from labelops.tenancy.permissions import Permission
from labelops.tenancy.scope import system_scope

log = logging.getLogger(__name__)
MOST_AT_ONCE = 100
# Of callbacks given up an endpoint's people hear once in so long.
DEAD_PAUSE = timedelta(days=1)


@dataclass(frozen=True)
class Alert:
    kind: str
    endpoint: Endpoint
    detail: str
    recipients: tuple[str, ...]


def send_alerts(*, now: datetime) -> int:
    """Note what has to be told, then tell it; returns how many mails. A mail that cannot be sent is tried again."""
    sent = 0
    for alert in note_alerts(now=now):
        try:
            send_mail(_subject(alert), _text(alert), None, list(alert.recipients))
            sent += 1
        except OSError as error:
            log.warning("No mail about endpoint %s (%s): it is tried again", alert.endpoint.pk, error)
            _forget(alert)
    return sent


def note_alerts(*, now: datetime) -> list[Alert]:
    """What has to be told and was not yet; it counts as told from here on."""
    with system_scope("sweep"), transaction.atomic():
        found = EndpointHealth.objects.select_for_update(skip_locked=True, of=("self",))
        found = found.select_related("endpoint__organization")
        alerts = [alert for health in found.filter(_is_news(now)).order_by("pk")[:MOST_AT_ONCE]
                  for alert in _of(health, now)]  # fmt: skip
        return [alert for alert in alerts if alert.recipients]


def _is_news(now: datetime) -> Q:
    given_up = Q(last_dead_at__isnull=False) & (
        Q(dead_alerted_at=None) | Q(dead_alerted_at__lt=now - DEAD_PAUSE, last_dead_at__gt=F("dead_alerted_at"))
    )
    active = Q(endpoint__status=Endpoint.Status.ACTIVE)
    a_day = active & Q(failing_since__lt=now - timedelta(hours=24)) & ~Q(alerted__contains=["24h"])
    three_days = active & Q(failing_since__lt=now - timedelta(hours=72)) & ~Q(alerted__contains=["72h"])
    disabled = Q(endpoint__status=Endpoint.Status.DISABLED, endpoint__is_disabled_by_engine=True)
    return given_up | a_day | three_days | (disabled & ~Q(alerted__contains=["disabled"]))


def _of(health: EndpointHealth, now: datetime) -> Iterator[Alert]:
    endpoint, kinds = health.endpoint, []
    last = health.dead_alerted_at
    if health.last_dead_at and (not last or (last < now - DEAD_PAUSE and health.last_dead_at > last)):
        kinds.append("dead")
        health.dead_alerted_at = now
    if endpoint.status == Endpoint.Status.ACTIVE and health.failing_since:
        hours = (now - health.failing_since) / timedelta(hours=1)
        # Three days say all that one day would.
        due = [kind for kind, limit in (("72h", 72), ("24h", 24)) if hours > limit and kind not in health.alerted]
        kinds += due[:1]
        health.alerted += due
    elif endpoint.is_disabled_by_engine and "disabled" not in health.alerted:
        kinds.append("disabled")
        health.alerted.append("disabled")
    health.save(update_fields=["alerted", "dead_alerted_at"])
    recipients = _recipients(endpoint)
    for kind in kinds:
        yield Alert(kind, endpoint, health.last_detail, recipients)


def _recipients(endpoint: Endpoint) -> tuple[str, ...]:
    members = Membership.objects.filter(organization_id=endpoint.organization_id)
    return tuple(members.who_may(Permission.MANAGE_CALLBACKS).order_by("pk").values_list("user__email", flat=True))


def _forget(alert: Alert) -> None:
    with system_scope("sweep"):
        health = EndpointHealth.objects.select_for_update().get(pk=alert.endpoint.pk)
        health.alerted = [kind for kind in health.alerted if kind != alert.kind]
        health.dead_alerted_at = None if alert.kind == "dead" else health.dead_alerted_at
        health.save(update_fields=["alerted", "dead_alerted_at"])


def _subject(alert: Alert) -> str:
    host = alert.endpoint.url.partition("://")[2].partition("/")[0] or alert.endpoint.url
    return {
        "dead": _("A callback to %(host)s was given up"),
        "24h": _("Callbacks to %(host)s have failed for a day"),
        "72h": _("Callbacks to %(host)s have failed for three days"),
        "disabled": _("Callbacks to %(host)s were switched off"),
    }[alert.kind] % {"host": host}


def _text(alert: Alert) -> str:
    what = {
        "dead": _("A callback was given up after its last attempt. It stays in the log and can be sent again."),
        "24h": _("No callback has arrived for 24 hours. After five days the endpoint is switched off."),
        "72h": _("No callback has arrived for 72 hours. After five days the endpoint is switched off."),
        "disabled": alert.endpoint.disabled_reason
        + " "
        + _("What happens from now on is kept until you enable it again."),
    }[alert.kind]
    page = reverse("callbacks:endpoint", args=[alert.endpoint.organization.slug, alert.endpoint.pk])
    return "\n\n".join([what, alert.endpoint.url, alert.detail, settings.SITE_URL + page])
