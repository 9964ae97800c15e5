"""Monday's job: keep the last week's report of each organization, then mail it."""

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labelops.tenancy.models import Membership, Organization
from labelops.tenancy.permissions import Permission
from labelops.tenancy.scope import organization_scope, system_scope
from reports.engine.weeks import last_weeks
from reports.models import Subscription, WeeklySnapshot
from reports.services.snapshots import keep_last_week

log = logging.getLogger(__name__)


def report_last_week(*, now: datetime) -> int:
    """Keep and mail what is due in all organizations; how many mails were sent. One that fails is tried again."""
    with system_scope("sweep"):
        organizations = list(Organization.objects.filter(live=None).order_by("id"))
    return sum(_report(one.pk, now) for one in organizations)


def _report(organization_id: UUID, now: datetime) -> int:
    with organization_scope(organization_id):
        organization = Organization.objects.get(pk=organization_id)
        monday = last_weeks(now, organization.time_zone, 1)[0].monday
        snapshots = WeeklySnapshot.objects.for_organization(organization).filter(monday=monday)
        snapshot = snapshots.first() or keep_last_week(organization=organization, now=now)
        if (
            snapshot is None
            or snapshot.mailed_at
            or not any(snapshot.figures[name] for name in ("completed", "audited"))
        ):
            return 0
        # Read here: outside of the scope there is no organization to be seen.
        snapshot.organization, people = organization, _subscribers(organization)
    return _mail(snapshot, people, now)


def _subscribers(organization: Organization) -> list[str]:
    """Those who asked for it and may see it still."""
    members = Membership.objects.for_organization(organization).who_may(Permission.VIEW_QUALITY)
    wanting = Subscription.objects.for_organization(organization).values("user_id")
    found = members.filter(user_id__in=wanting).select_related("user", "organization").order_by("user__email")
    # The report counts everything, also what those do not see who need an assignment.
    return [member.user.email for member in found if not member.needs_assignment]


def _mail(snapshot: WeeklySnapshot, people: list[str], now: datetime) -> int:
    """No network inside of a transaction: first marked as sent, so that nobody gets it twice.

    Where not even the first mail went out, the mark goes and the next look tries again.
    """
    if not people or not _mark(snapshot, None, now):
        return 0
    sent = 0
    for email in people:
        try:
            sent += _message(snapshot, email).send()
        except OSError:
            log.exception("The weekly report of %s was not mailed to everybody", snapshot.organization_id)
    if not sent:
        _mark(snapshot, now, None)
    return sent


def _mark(snapshot: WeeklySnapshot, before: datetime | None, after: datetime | None) -> int:
    with organization_scope(snapshot.organization_id):
        return WeeklySnapshot.objects.filter(pk=snapshot.pk, mailed_at=before).update(mailed_at=after)


def _message(snapshot: WeeklySnapshot, email: str) -> EmailMessage:
    organization = snapshot.organization
    address = reverse("reports:week", args=[organization.slug, snapshot.pk])
    day = date_format(snapshot.monday, "j M Y")
    context = {"snapshot": snapshot, "figures": snapshot.figures, "organization": organization,
               "address": f"{settings.SITE_URL}{address}"}  # fmt: skip
    subject = _("%(organization)s: quality in the week of %(day)s") % {"organization": organization.name, "day": day}
    return EmailMessage(subject, render_to_string("reports/weekly_mail.txt", context), to=[email])
