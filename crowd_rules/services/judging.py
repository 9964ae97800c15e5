"""Events into the history and through the rules, in the transaction that caused them.

However many events, the number of statements is the same; none of them reads the history.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from crowd_rules.engine.events import Event
from crowd_rules.engine.judging import Config, CounterState, Ended, Hit, RuleSpec, group_by_counter, judge, start_anew
from crowd_rules.models import Collector
from labelops.tenancy.identifiers import uuid7, uuid_of
from labelops.tenancy.models import Organization
from labelops.tenancy.rows import ask

INSERT = """
INSERT INTO crowd_rules_crowdevent (id, organization_id, project_id, pool_id, performer_id, kind, at, responded_at,
                                    subject_id, cause_id, facts)
SELECT r.id, %s, r.project_id, r.pool_id, r.performer_id, r.kind, r.at, r.responded_at, r.subject_id, r.cause_id,
       r.facts
  FROM jsonb_to_recordset(%s::jsonb) AS r (id uuid, project_id uuid, pool_id uuid, performer_id uuid, kind text,
       at timestamptz, responded_at timestamptz, subject_id uuid, cause_id uuid, facts jsonb)
ON CONFLICT DO NOTHING RETURNING id
"""
SAVE = """
UPDATE crowd_rules_counter c SET state = r.state, fresh_from = r.fresh_from
  FROM jsonb_to_recordset(%s::jsonb) AS r (performer uuid, key text, state jsonb, fresh_from timestamptz)
 WHERE c.organization_id = %s AND c.performer_id = r.performer AND c.key = r.key
"""


@dataclass(frozen=True)
class NewEvent:
    """To be noted and judged. The same `kind`, `subject_id` and `cause_id` again is the same event: nothing happens."""

    kind: str
    performer_id: UUID
    pool_id: UUID
    project_id: UUID
    at: datetime
    responded_at: datetime
    subject_id: UUID
    facts: dict[str, Any] = field(default_factory=dict)
    cause_id: UUID | None = None
    # The suite that an action on the event's suite concerns.
    suite_id: UUID | None = None


@dataclass(frozen=True)
class Fired:
    """A rule's hit on a stored event, to be acted upon."""

    hit: Hit
    event: Event
    new: NewEvent


@dataclass(frozen=True)
class Rulebook:
    """The rules in force where something happens, and the ended restrictions of those whom it concerns."""

    configs: list[Config]
    ended: dict[UUID, list[Ended]]
    # Counters that are held already.
    states: dict[tuple[UUID, str], CounterState] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """Events and what they make of the counters, not yet written down; and the rules that fire, by event."""

    stored: list[tuple[Event, NewEvent]]
    states: dict[tuple[UUID, str], CounterState]
    fired: list[Fired]

    @property
    def events_json(self) -> str:
        """As `crowd_rules_note` takes them."""
        return json.dumps([_event_row(event.id, new) for event, new in self.stored])

    @property
    def counters_json(self) -> str:
        return json.dumps(_counter_rows(self.states))


Plans = list[tuple[Event, NewEvent, dict[str, list[Config]]]]


def note_events(organization: Organization, news: Sequence[NewEvent]) -> list[Fired]:
    """Store the events and judge those that are new; what fires is returned in the order of its events."""
    stored = _insert(organization, news)
    if not stored:
        return []
    pools = {new.pool_id for _, new in stored}
    projects = {new.project_id for _, new in stored}
    plans = _plans(stored, load_configs(organization, projects, pools))
    performers = {new.performer_id for _, new, groups in plans if groups}
    if not performers:
        return []
    ended = _load_ended(organization, performers, max(new.at for _, new in stored))
    states, fired = _judge(organization, plans, ended, {})
    _save_counters(organization, states)
    return fired


def judge_events(organization: Organization, news: Sequence[NewEvent], rulebook: Rulebook) -> Judged:
    """Judge events that are new for sure; whoever calls writes them down, in the same transaction."""
    stored = [(_event(uuid7(), new), new) for new in news]
    plans = _plans(stored, rulebook.configs)
    states, fired = _judge(organization, plans, rulebook.ended, rulebook.states)
    return Judged(stored, states, fired)


def rulebook_of(
    rules: list[dict[str, Any]] | None, ended: list[dict[str, Any]] | None, counters: list[dict[str, Any]] | None
) -> Rulebook:
    """Out of what `crowd_rules_hold` returns."""
    return Rulebook(configs_in(rules or []), _ended(ended or []), _states(counters or []))


def _insert(organization: Organization, news: Sequence[NewEvent]) -> list[tuple[Event, NewEvent]]:
    if not news:
        return []
    rows, known = [], {}
    for new in news:
        event_id = uuid7()
        known[event_id] = new
        rows.append(_event_row(str(event_id), new))
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [organization.pk, json.dumps(rows)])
        inserted = {row[0] for row in cursor.fetchall()}
    return [(_event(event_id, new), new) for event_id, new in known.items() if event_id in inserted]


def _event_row(event_id: str, new: NewEvent) -> dict[str, Any]:
    return {
        "id": event_id, "project_id": str(new.project_id), "pool_id": str(new.pool_id),
        "performer_id": str(new.performer_id), "kind": new.kind, "at": new.at.isoformat(),
        "responded_at": new.responded_at.isoformat(), "subject_id": str(new.subject_id),
        "cause_id": str(new.cause_id or new.subject_id), "facts": new.facts,
    }  # fmt: skip


def _event(event_id: UUID, new: NewEvent) -> Event:
    return Event(
        str(event_id), new.kind, new.performer_id.hex, new.pool_id.hex, new.project_id.hex, new.at, new.responded_at,
        new.subject_id.hex, new.facts,
    )  # fmt: skip


def load_configs(organization: Organization, projects: Iterable[UUID], pools: Iterable[UUID]) -> list[Config]:
    """The collectors with rules in force there, one statement."""
    return configs_in(read_rules_in_force(organization, projects, pools))


def read_rules_in_force(
    organization: Organization, projects: Iterable[UUID], pools: Iterable[UUID]
) -> list[dict[str, Any]]:
    """As `crowd_rules_in_force` has them."""
    return _ask("SELECT crowd_rules_in_force(%s, %s::uuid[], %s::uuid[])::text",
                [organization.pk, list(projects), list(pools)])  # fmt: skip


def _ask(sql: str, arguments: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return json.loads(cursor.fetchone()[0])


def configs_in(rows: list[dict[str, Any]]) -> list[Config]:
    return [
        Config(row["id"], row["type"], row["parameters"], _hex(row["project_id"]),
               _hex(row["pool_id"]),
               tuple(RuleSpec(**rule) for rule in row["rules"]), row["keep"])
        for row in rows
    ]  # fmt: skip


def configs_of(collectors: Iterable[Collector]) -> list[Config]:
    """Out of rows with their `standing_rules`, for a replay."""
    return [
        Config(str(one.pk), one.type, one.parameters, one.project_id.hex, one.pool_id.hex if one.pool_id else "",
               tuple(RuleSpec(str(rule.pk), rule.conditions, rule.action, rule.shadow) for rule in one.standing_rules))
        for one in collectors
    ]  # fmt: skip


def _plans(stored: list[tuple[Event, NewEvent]], configs: list[Config]) -> Plans:
    """Which collectors each event goes to, by the counter that they share."""
    return [(event, new, group_by_counter(_there(configs, event), event)) for event, new in stored]


def _judge(
    organization: Organization,
    plans: Plans,
    ended: dict[UUID, list[Ended]],
    held: dict[tuple[UUID, str], CounterState],
) -> tuple[dict[tuple[UUID, str], CounterState], list[Fired]]:
    """The counters as they are after these events, held and not yet saved; and what fires."""
    wanted = {(new.performer_id, key) for _, new, groups in plans for key in groups}
    states = held if wanted <= held.keys() else _hold_counters(organization, wanted)
    fired = []
    for event, new, groups in plans:
        for key, sharing in groups.items():
            state = states[new.performer_id, key]
            start_anew(state, key, event, ended.get(new.performer_id, ()))
            fired += [Fired(hit, event, new) for hit in judge(sharing, key, state, event)]
    return states, fired


def _there(configs: list[Config], event: Event) -> list[Config]:
    return [one for one in configs if one.pool == event.pool or (not one.pool and one.project == event.project)]


def _hold_counters(organization: Organization, wanted: set[tuple[UUID, str]]) -> dict[tuple[UUID, str], CounterState]:
    ordered = sorted(wanted)
    rows = ask("crowd_rules_hold_counters", [organization.pk, [performer for performer, _ in ordered],
                                             [key for _, key in ordered]])  # fmt: skip
    return _states(rows)


def _states(rows: list[dict[str, Any]]) -> dict[tuple[UUID, str], CounterState]:
    return {
        (uuid_of(row["performer"]), row["key"]): CounterState(row["state"], _moment(row["fresh_from"])) for row in rows
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _load_ended(organization: Organization, performers: set[UUID], now: datetime) -> dict[UUID, list[Ended]]:
    return _ended(_ask("SELECT crowd_rules_ended(%s, %s::uuid[], %s)::text", [organization.pk, list(performers), now]))


def _ended(rows: list[dict[str, Any]]) -> dict[UUID, list[Ended]]:
    ended: dict[UUID, list[Ended]] = {}
    for row in rows:
        ended.setdefault(uuid_of(row["performer_id"]), []).append(
            Ended(row["scope"], datetime.fromisoformat(row["at"]), _hex(row["pool_id"]), _hex(row["project_id"]),
                  row["counter_key"])
        )  # fmt: skip
    return ended


def _hex(text: str | None) -> str:
    return text.replace("-", "") if text else ""


def _save_counters(organization: Organization, states: dict[tuple[UUID, str], CounterState]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SAVE, [json.dumps(_counter_rows(states)), organization.pk])


def _counter_rows(states: dict[tuple[UUID, str], CounterState]) -> list[dict[str, Any]]:
    return [
        {"performer": str(performer), "key": key, "state": state.memory,
         "fresh_from": state.fresh_from.isoformat() if state.fresh_from else None}
        for (performer, key), state in states.items()
    ]  # fmt: skip
