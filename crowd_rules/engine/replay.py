"""Replays rules over stored events: the judging of live events, with restrictions that are only imagined.

What somebody did in work taken after an imagined restriction began would not have happened: it is cut off. The
assignment in hand could have been finished. When the restriction ends, the history starts anew, as in life.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crowd_rules.engine import events
from crowd_rules.engine.events import Event
from crowd_rules.engine.judging import Config, CounterState, Ended, Hit, group_by_counter, judge, start_anew

RESTRICTIONS = ("RESTRICTION_V2", "RESTRICTION")
UNITS = {"MINUTES": timedelta(minutes=1), "HOURS": timedelta(hours=1), "DAYS": timedelta(days=1)}


def restriction_ends(action: dict[str, Any], at: datetime) -> datetime | None:
    """When a restriction by this action is over; None: never. Each form reads its own fields alone."""
    given = action.get("parameters") or {}
    if action["type"] == "RESTRICTION":
        days = given.get("duration_days")
        return at + timedelta(days=float(days)) if days else None
    if given["duration_unit"] == "PERMANENT":
        return None
    return at + float(given["duration"]) * UNITS[given["duration_unit"]]


@dataclass(frozen=True)
class Imagined:
    """A restriction that a rule would have made."""

    performer: str
    scope: str
    pool: str
    project: str
    since: datetime
    until: datetime | None
    key: str

    def covers(self, event: Event, taken_at: datetime) -> bool:
        """Whether this event's work could not have been taken."""
        there = (self.scope == "ALL_PROJECTS" or (self.scope == "PROJECT" and self.project == event.project)
                 or (self.scope == "POOL" and self.pool == event.pool))  # fmt: skip
        return there and self.since < taken_at and (self.until is None or taken_at < self.until)


@dataclass
class Replay:
    """Feed it all events in their order with `take`; `ended`: real restrictions' ends by performer."""

    configs: list[Config]
    ended: dict[str, list[Ended]] = field(default_factory=dict)
    fired: list[tuple[Event, Hit]] = field(default_factory=list)
    imagined: dict[str, list[Imagined]] = field(default_factory=dict)
    lost: list[Event] = field(default_factory=list)
    taken: int = 0
    cut_off: int = 0
    _states: dict[tuple[str, str], CounterState] = field(default_factory=dict)
    _never_given: set[tuple[str, datetime]] = field(default_factory=set)

    def take_all(self, stored: Iterable[Event]) -> None:
        for event in stored:
            self.take(event)

    def take(self, event: Event) -> None:
        self.taken += 1
        if self._is_cut_off(event):
            self.cut_off += 1
            return
        there = [one for one in self.configs if one.pool == event.pool
                 or (not one.pool and one.project == event.project)]  # fmt: skip
        for key, sharing in group_by_counter(there, event).items():
            state = self._states.setdefault((event.performer, key), CounterState())
            start_anew(state, key, event, self._ends(event.performer))
            for hit in judge(sharing, key, state, event):
                self.fired.append((event, hit))
                if hit.rule.action["type"] in RESTRICTIONS:
                    self._restrict(event, hit)

    def _is_cut_off(self, event: Event) -> bool:
        bans = self.imagined.get(event.performer)
        if not bans:
            return False
        if event.kind in (events.SUBMITTED, events.SKIPPED):
            taken_at = event.at - timedelta(seconds=event.facts.get("seconds", 0))
            if not any(ban.covers(event, taken_at) for ban in bans):
                return False
            self._never_given.add((event.performer, event.at))
            if event.kind == events.SUBMITTED:
                self.lost.append(event)
            return True
        # What was found about work that would not have been given.
        return (event.performer, event.responded_at) in self._never_given

    def _ends(self, performer: str) -> list[Ended]:
        imagined = [Ended(one.scope, one.until, one.pool, one.project, one.key)
                    for one in self.imagined.get(performer, ()) if one.until]  # fmt: skip
        return [*self.ended.get(performer, ()), *imagined]

    def _restrict(self, event: Event, hit: Hit) -> None:
        given = hit.rule.action.get("parameters") or {}
        until = restriction_ends(hit.rule.action, event.at)
        self.imagined.setdefault(event.performer, []).append(
            Imagined(event.performer, given["scope"], event.pool, event.project, event.at, until, hit.key)
        )
