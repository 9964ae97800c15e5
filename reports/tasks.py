"""Celery's side of the reports. Jobs are wake-ups: what is to count stands in the event log."""

import logging

from celery import shared_task
from django.utils import timezone

from reports.services.following import follow_events
from reports.services.recount import recount_all
from reports.services.weekly import report_last_week

log = logging.getLogger(__name__)


@shared_task(name="reports.follow_events", acks_late=False)
def follow() -> None:
    """What happened into the figures."""
    follow_events()


@shared_task(name="reports.recount", acks_late=False)
def recount() -> None:
    """Every night: do the figures equal the rows?"""
    for one in recount_all(now=timezone.now()):
        if one.number:
            log.error("%s: %s figures differ from the rows: %s", one.organization, one.number, one.first)


@shared_task(name="reports.report_last_week", acks_late=False)
def report_weeks() -> None:
    """Each organization's Monday begins at another hour: whoever has none yet of the last week gets one."""
    report_last_week(now=timezone.now())
