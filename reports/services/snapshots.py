"""The weekly report: kept as it stood on the Monday after the week, and mailed to those who asked for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from labelops.tenancy.models import Organization
from reports.agreeing import agreement_of, with_agreement
from reports.auditors import auditors_of
from reports.engine.weeks import Week, last_weeks, week_of
from reports.figures import feed_of
from reports.models import TaskFact, WeeklySnapshot
from reports.selecting import Selection
from reports.weekly import figures_of_weeks

COMPARED = ("completed", "audited", "accepted", "fixed", "rejected")


@dataclass(frozen=True)
class Change:
    """One figure, as it was kept and as it is now."""

    name: str
    kept: int
    now: int

    @property
    def difference(self) -> int:
        return self.now - self.kept


@dataclass(frozen=True)
class Again:
    """A kept report counted again: what differs, figure by figure and auditor by auditor."""

    figures: list[Change]
    auditors: list[tuple[str, list[Change]]]
    as_of: datetime | None

    @property
    def has_changed(self) -> bool:
        return any(one.difference for one in self.figures)


@transaction.atomic(savepoint=False)
def keep_last_week(*, organization: Organization, now: datetime) -> WeeklySnapshot | None:
    """The snapshot of the last complete week; None where it is kept already, or nothing was counted since its end."""
    week = last_weeks(now, organization.time_zone, 1)[0]
    feed = feed_of(organization)
    if feed is None or feed.read_at < week.ends_at:
        return None
    snapshot = WeeklySnapshot(
        organization=organization, monday=week.monday, zone=organization.time_zone, starts_at=week.starts_at,
        ends_at=week.ends_at, figures=figures_json(organization, week), as_of=feed.read_at,
    )  # fmt: skip
    kept = WeeklySnapshot.objects.bulk_create([snapshot], ignore_conflicts=True)
    mine = WeeklySnapshot.objects.for_organization(organization).filter(pk=kept[0].pk)
    return mine.first()


def figures_json(organization: Organization, week: Week) -> dict[str, Any]:
    """completed, audited, accepted, fixed, rejected; and what each auditor judged of the week's tasks.

    `second_audits` of an auditor: tasks that they and another one judged, blind; `agreed`: with the same verdict.
    """
    tasks = TaskFact.objects.for_organization(organization).filter(day__range=(week.monday, week.sunday))
    selection = Selection(organization, first=week.monday, last=week.sunday, places=lambda: tasks)
    figures = figures_of_weeks(Selection(organization), [week])[0]
    people = [
        {"auditor": one.email, "reviews": one.reviews, "accepted": one.accepted, "fixed": one.fixed,
         "rejected": one.rejected, "second_audits": agreeing.n, "agreed": agreeing.agreed}
        for one, agreeing in with_agreement(auditors_of(selection), agreement_of(selection))
    ]  # fmt: skip
    return {name: getattr(figures, name) for name in COMPARED} | {"auditors": people}


def snapshot_again(snapshot: WeeklySnapshot) -> Again:
    """The same report from today's figures. Days of another zone than the organization's now are the same instants only
    where they are counted so: the week is taken in the organization's zone of today.
    """
    organization = snapshot.organization
    now = figures_json(organization, week_of(snapshot.monday, organization.time_zone))
    feed = feed_of(organization)
    changes = [Change(name, snapshot.figures[name], now[name]) for name in COMPARED]
    return Again(changes, list(_auditors(snapshot.figures["auditors"], now["auditors"])), feed and feed.read_at)


def _auditors(kept: list[dict[str, Any]], now: list[dict[str, Any]]) -> Any:
    before, after = ({row["auditor"]: row for row in rows} for rows in (kept, now))
    names = ("reviews", "accepted", "fixed", "rejected", "second_audits", "agreed")
    for email in sorted({*before, *after}):
        # Reports of earlier releases have no second audits.
        rows = [side.get(email, {}) for side in (before, after)]
        yield email, [Change(name, rows[0].get(name, 0), rows[1].get(name, 0)) for name in names]
