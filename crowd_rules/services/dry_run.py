"""Replays rules over what has happened: who would have been hit, when, and what a replay cannot know."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop as _

from audits.models import Performer
from crowd_rules.engine.collectors import last_of
from crowd_rules.engine.events import Event
from crowd_rules.engine.judging import Config, Ended, RuleSpec, plain_figures
from crowd_rules.engine.replay import Replay
from crowd_rules.engine.validation import is_judged
from crowd_rules.models import Assignment, Collector, CrowdEvent, Pool, Restriction
from crowd_rules.models.rule import CrowdEventQuerySet
from crowd_rules.services.rules import check_rules, plain_numbers

PORTION = 5000

# Kept with the result in English; the page says them in the reader's language.
LIMITS = [
    _("Whoever had been shut out would have left tasks to others: who would have done them, and how, is not known."),
    _("People behave otherwise where they see the consequences of what they do."),
    _("What a skill that these rules set would have opened or closed to somebody is not followed."),
    _("Other rules and restrictions by hand happened as they did; only these rules are imagined."),
]


@dataclass(frozen=True)
class WouldFire:
    performer_id: UUID
    performer: str
    at: datetime
    action: dict[str, Any]
    figures: dict[str, Any]


@dataclass(frozen=True)
class HitPerformer:
    """Somebody who would have been restricted. Accuracies are shares of 1, None without any."""

    performer_id: UUID
    performer: str
    first_at: datetime
    restrictions: int
    # Submitted assignments and their rewards that would not have been.
    work_lost: int
    reward_lost: Decimal
    control_answers: int
    control_accuracy: float | None
    audits: int
    audit_accuracy: float | None
    # Good by control tasks and audits: at least as good as the pool on the whole.
    is_good: bool


@dataclass(frozen=True)
class DryRun:
    events: int
    performers: int
    firings: list[WouldFire]
    hit: list[HitPerformer]
    # Events after a simulated restriction: they would not have happened, so that nothing is judged on them.
    cut_off: int
    # What a replay cannot know, in sentences.
    limits: list[str] = field(default_factory=list)


@dataclass
class _Quality:
    """Right and all of control answers and audits."""

    controls: list[int] = field(default_factory=lambda: [0, 0])
    audits: list[int] = field(default_factory=lambda: [0, 0])

    def take(self, event: Event) -> None:
        if event.kind == "control.answered":
            _add(self.controls, bool(event.facts["correct"]))
        elif event.kind == "audit.judged":
            self._take_audit(event.facts["verdict"], event.facts.get("replaces") or "")

    def _take_audit(self, verdict: str, replaces: str) -> None:
        """One answer counts once, by its last verdict."""
        if replaces:
            self.audits[0] -= replaces == "accepted"
            self.audits[1] -= 1
        if verdict:
            _add(self.audits, verdict == "accepted")

    def is_as_good_as(self, other: "_Quality") -> bool:
        shares = [(_share(self.controls), _share(other.controls)), (_share(self.audits), _share(other.audits))]
        known = [(own, all_of) for own, all_of in shares if own is not None]
        return bool(known) and all(own >= all_of for own, all_of in known)


def _add(pair: list[int], right: bool) -> None:
    pair[0] += right
    pair[1] += 1


def _share(pair: list[int]) -> float | None:
    return pair[0] / pair[1] if pair[1] else None


def dry_run(
    *, pool: Pool, configs: list[dict[str, Any]], since: datetime | None = None, limit: int = 200_000,
    of_project: bool = False,
) -> DryRun:  # fmt: skip
    """Replay these `configs` (as on the wire) over the newest `limit` events of the pool. Raises InvalidRules.

    `of_project`: they are to hold in all pools of its project, and count over them.
    """
    rehearsal = Rehearsal(pool, configs, since, limit, of_project=of_project)
    while rehearsal.go_on():
        pass
    return rehearsal.result()


class Rehearsal:
    """A replay in portions, so that each may have a transaction of its own. Raises InvalidRules at once."""

    def __init__(
        self, pool: Pool, configs: list[dict[str, Any]], since: datetime | None = None, limit: int = 200_000,
        *, of_project: bool = False,
    ) -> None:  # fmt: skip
        check_rules(project=pool.project, pool=None if of_project else pool, configs=configs)
        self._pool, self._of_project, specs = pool, of_project, _specs(pool, configs, of_project)
        self._replay, self._quality, self._whole = Replay(specs, _real_ends(pool)), defaultdict(_Quality), _Quality()
        self._rows = _stored(pool, specs, since, limit)
        self.total, self._seen = min(limit, self._rows.count()), None

    @property
    def done(self) -> int:
        return self._replay.taken

    def go_on(self) -> bool:
        """Take the next portion; False behind the last."""
        rows = self._rows.in_order()
        if self._seen:
            at, key = self._seen
            rows = rows.filter(at__gte=at).exclude(at=at, id__lte=key)
        portion = list(rows[:PORTION])
        for row in portion:
            self._take(_event(row))
        if portion:
            self._seen = (portion[-1].at, portion[-1].pk)
        return len(portion) == PORTION

    def _take(self, event: Event) -> None:
        self._replay.take(event)
        if self._of_project or event.pool == self._pool.pk.hex:
            self._quality[event.performer].take(event)
            self._whole.take(event)

    def result(self) -> DryRun:
        pool, replay, quality = self._pool, self._replay, self._quality
        names = dict(Performer.objects.for_organization(pool.organization).filter(
            pk__in=[UUID(one) for one in quality]).values_list("pk", "external_id"))  # fmt: skip
        firings = [
            WouldFire(UUID(event.performer), names.get(UUID(event.performer), ""), event.at, hit.rule.action,
                      plain_figures(hit.figures))
            for event, hit in replay.fired
        ]  # fmt: skip
        hit = _hit(pool, replay, quality, self._whole, names)
        return DryRun(replay.taken, len(quality), firings, hit, replay.cut_off, LIMITS)


def _specs(pool: Pool, configs: list[dict[str, Any]], of_project: bool) -> list[Config]:
    """The rules under test, and beside them silent listeners of the project's pools that share their windows."""
    specs, place = [], "" if of_project else pool.pk.hex
    for number, config in enumerate(configs):
        body = config["collector_config"]
        if is_judged(body["type"]):
            rules = tuple(
                RuleSpec(f"{number}.{place}", rule["conditions"],
                         {**rule["action"], "parameters": plain_numbers(rule["action"].get("parameters") or {})})
                for place, rule in enumerate(config["rules"])
            )  # fmt: skip
            parameters = plain_numbers(body.get("parameters") or {})
            specs.append(Config(str(number), body["type"], parameters, pool.project_id.hex, place, rules))
    windows = {one.type: last_of(one.parameters) for one in specs if last_of(one.parameters)}
    others = Collector.objects.for_organization(pool.organization).in_force().filter(
        project_id=pool.project_id, type__in=windows, parameters__has_key="history_size"
    ).exclude(pool=None if of_project else pool)  # fmt: skip
    silent = [Config(str(one.pk), one.type, one.parameters, pool.project_id.hex,
                     one.pool_id.hex if one.pool_id else "", keep=windows[one.type]) for one in others]  # fmt: skip
    return [*specs, *silent]


def _real_ends(pool: Pool) -> dict[str, list[Ended]]:
    rows = Restriction.objects.for_organization(pool.organization).filter(undone=False)
    ended: dict[str, list[Ended]] = defaultdict(list)
    for row in rows.annotate(end=Coalesce("lifted_at", "until")).exclude(end=None):
        ended[row.performer_id.hex].append(
            Ended(row.scope, row.end, row.pool_id.hex if row.pool_id else "",
                  row.project_id.hex if row.project_id else "", row.counter_key)
        )  # fmt: skip
    return dict(ended)


def _stored(pool: Pool, specs: list[Config], since: datetime | None, limit: int) -> CrowdEventQuerySet:
    """The events to be replayed, without an order."""
    rows = CrowdEvent.objects.for_organization(pool.organization)
    # A rule of the project, and a window over its pools, need what happened in the others.
    if any(not one.pool for one in specs):
        shares = set(Pool.objects.for_organization(pool.organization).filter(project_id=pool.project_id).values_list(
            "pk", flat=True))  # fmt: skip
    else:
        shares = {UUID(one.pool) for one in specs}
    rows = rows.filter(pool_id__in=shares | {pool.pk})
    if since:
        rows = rows.filter(at__gte=since)
    first = rows.order_by("-at", "-id")[limit - 1 : limit].values_list("at", flat=True).first()
    return rows.filter(at__gte=first) if first else rows


def _event(row: CrowdEvent) -> Event:
    return Event(str(row.pk), row.kind, row.performer_id.hex, row.pool_id.hex, row.project_id.hex, row.at,
                 row.responded_at, row.subject_id.hex, row.facts)  # fmt: skip


def _hit(
    pool: Pool, replay: Replay, quality: dict[str, _Quality], whole: _Quality, names: dict[UUID, str]
) -> list[HitPerformer]:
    lost: dict[str, list[UUID]] = defaultdict(list)
    for event in replay.lost:
        lost[event.performer].append(UUID(event.subject))
    rewards = dict(Assignment.objects.for_organization(pool.organization).filter(
        pk__in=[one for ids in lost.values() for one in ids]).values_list("pk", "reward"))  # fmt: skip
    found = []
    for performer, bans in replay.imagined.items():
        own = quality[performer]
        found.append(HitPerformer(
            UUID(performer), names.get(UUID(performer), ""), bans[0].since, len(bans), len(lost[performer]),
            sum((rewards.get(one, Decimal(0)) for one in lost[performer]), Decimal(0)), own.controls[1],
            _share(own.controls), own.audits[1], _share(own.audits), own.is_as_good_as(whole),
        ))  # fmt: skip
    return sorted(found, key=lambda one: one.first_at)
