"""What happened to one performer, newest first: work, what was found about it, rules that fired, restrictions, skills.

Each source is read by an index from the page's instant on, so that a page costs the same however long the history is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone

from audits.models import Performer
from crowd_rules.engine.collectors import COLLECTORS
from crowd_rules.models import CrowdEvent, Restriction, RuleFiring, SkillChange
from labelops.tenancy.identifiers import first_uuid7
from labelops.tenancy.models import Organization

PAGE = 50
# One submit brings an event for each control task: they are told as one.
COUNTED = {CrowdEvent.Kind.CONTROL, CrowdEvent.Kind.MAJORITY, CrowdEvent.Kind.AUDIT}
MOST_RESTRICTIONS = 200
# Of what happens at one instant: work lets a rule fire, which restricts.
RANK = {"fired": 1, "skill": 2, "restricted": 3}
# An id is made a little later than the instant that its row tells of.
LATE = timedelta(minutes=1)


@dataclass
class Moment:
    """`kind`: a CrowdEvent's, or fired, restricted, lifted, undone, ended, skill; `subject`: the row it tells of.

    `counts` of what was found at once (right, wrong, accepted, fixed, rejected, undone).
    """

    at: datetime
    kind: str
    subject: Any
    counts: dict[str, int] = field(default_factory=dict)


def timeline(
    organization: Organization, performer: Performer, *, before: datetime | None = None, decisions_only: bool = False
) -> tuple[list[Moment], datetime | None]:
    """A page of moments before this instant, and the instant where the next page begins (None: it is the last)."""
    moments = [*_fired(organization, performer, before), *_skills(organization, performer, before)]
    moments += [one for one in _restrictions(organization, performer) if before is None or one.at < before]
    if not decisions_only:
        moments += _work(organization, performer, before)
    moments.sort(key=lambda one: (one.at, RANK.get(one.kind, 0)), reverse=True)
    return _cut(moments)


def _cut(moments: list[Moment]) -> tuple[list[Moment], datetime | None]:
    """The first page; what happened at one instant stays together."""
    if len(moments) <= PAGE:
        return moments, None
    end = moments[PAGE].at
    page = [one for one in moments[:PAGE] if one.at > end] or [one for one in moments if one.at >= end]
    return page, page[-1].at


def _work(organization: Organization, performer: Performer, before: datetime | None) -> Iterator[Moment]:
    events = CrowdEvent.objects.for_organization(organization).filter(performer_id=performer.pk)
    if before:
        events = events.filter(at__lt=before)
    # More than a page, since several may be told as one.
    rows = list(events.select_related("pool").order_by("-at", "-id")[: 4 * PAGE])
    return told_together([one for one in rows if not _alone(one)])


def _alone(event: CrowdEvent) -> bool:
    """A vote of one: where nobody else answered, it says nothing about anybody."""
    return event.kind == CrowdEvent.Kind.MAJORITY and event.facts.get("top", 0) <= 1


def told_together(events: list[CrowdEvent]) -> Iterator[Moment]:
    """What was found at one instant in one pool is one moment; newest first."""
    events = sorted(events, key=lambda one: (one.at, one.kind, one.pool_id), reverse=True)
    for (at, kind, _pool), group in groupby(events, key=lambda one: (one.at, one.kind, one.pool_id)):
        found = list(group)
        if kind not in COUNTED:
            yield from (Moment(at, kind, one) for one in found)
            continue
        counts: dict[str, int] = {}
        for one in found:
            outcome = _outcome(one)
            counts[outcome] = counts.get(outcome, 0) + 1
        yield Moment(at, kind, found[0], counts)


def _outcome(event: CrowdEvent) -> str:
    if event.kind == CrowdEvent.Kind.AUDIT:
        return "undone" if event.facts.get("undone") else event.facts.get("verdict", "")
    if event.kind == CrowdEvent.Kind.MAJORITY:
        return "right" if event.facts.get("votes") == event.facts.get("top") else "wrong"
    return "right" if event.facts.get("correct") else "wrong"


def _fired(organization: Organization, performer: Performer, before: datetime | None) -> Iterator[Moment]:
    firings = RuleFiring.objects.for_organization(organization).filter(performer_id=performer.pk)
    if before:
        firings = firings.filter(pk__lt=first_uuid7(before + LATE))
    rows = firings.select_related("rule__collector", "pool").order_by("-id")[: 2 * PAGE]
    return (Moment(one.at, "fired", one) for one in rows if before is None or one.at < before)


def _skills(organization: Organization, performer: Performer, before: datetime | None) -> Iterator[Moment]:
    changes = SkillChange.objects.for_organization(organization).filter(performer_id=performer.pk)
    if before:
        changes = changes.filter(pk__lt=first_uuid7(before + LATE))
    rows = changes.select_related("skill").order_by("-id")[: 2 * PAGE]
    return (Moment(one.at, "skill", one) for one in rows if before is None or one.at < before)


def _restrictions(organization: Organization, performer: Performer) -> Iterator[Moment]:
    rows = Restriction.objects.for_organization(organization).filter(performer_id=performer.pk)
    now = timezone.now()
    for one in rows.with_names().newest_first()[:MOST_RESTRICTIONS]:
        yield Moment(one.created_at, "restricted", one)
        if one.lifted_at:
            yield Moment(one.lifted_at, "undone" if one.undone else "lifted", one)
        elif one.until and one.until <= now:
            yield Moment(one.until, "ended", one)


def what_led_to(firing: RuleFiring, *, most: int = 10) -> list[Moment]:
    """The last things before it that the rule's collector listens to, newest first; reads `rule.collector`."""
    collector = COLLECTORS.get(firing.rule.collector.type)
    if collector is None:
        return []
    events = CrowdEvent.objects.for_organization(firing.organization).filter(
        performer_id=firing.performer_id, kind__in=collector.listens, at__lte=firing.at
    )
    if firing.rule.collector.pool_id:
        events = events.filter(pool_id=firing.pool_id)
    return list(told_together(list(events.select_related("pool").order_by("-at", "-id")[:most])))
