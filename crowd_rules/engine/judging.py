"""Judges one event by the rules that listen to it. Pure: memory in, memory and hits out; docs/rules.md says why.

Live events and replays come through here alike.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, Protocol

from crowd_rules.engine.actions import ACTIONS, FIELD_ALIASES
from crowd_rules.engine.collectors import COLLECTORS, Collector, last_of
from crowd_rules.engine.events import Event
from crowd_rules.engine.tallies import Memory, Number
from crowd_rules.engine.vocabulary import Kind

Figures = dict[str, Number]
IN_SHADOW = "~"


@dataclass(frozen=True)
class RuleSpec:
    """`conditions` and `action` as on the wire."""

    id: str
    conditions: list[dict[str, Any]]
    action: dict[str, Any]
    shadow: bool = False


@dataclass(frozen=True)
class Config:
    """One collector with its rules. `pool` is empty for a project's; `keep`: the longest window that shares memory."""

    id: str
    type: str
    parameters: dict[str, Any]
    project: str
    pool: str = ""
    rules: tuple[RuleSpec, ...] = ()
    keep: int = 0

    @property
    def collector(self) -> Collector | None:
        """None for a type that is only kept for the wire."""
        return COLLECTORS.get(self.type)


@dataclass(frozen=True)
class Hit:
    """A rule that fires: with the figures that made it."""

    rule: RuleSpec
    key: str
    figures: Figures


@dataclass(frozen=True)
class Ended:
    """A restriction that is over: its scope, its target and whose counter had made it."""

    scope: str
    at: datetime
    pool: str = ""
    project: str = ""
    key: str = ""


@dataclass
class CounterState:
    """What one performer's counter holds. `fresh_from`: work given up to then is forgotten."""

    memory: Memory = field(default_factory=dict)
    fresh_from: datetime | None = None


class Happening(Protocol):
    """As much of an event as says which counters it goes to."""

    kind: str
    pool: str
    project: str


def counter_key(config: Config, event: Happening) -> str:
    """Which memory an event of this collector goes to: type, shape, scope, window or all.

    With *Recent values to use* the pools of a project share one; without, each pool has its own. A project's rule
    counts over the project where its collector knows no window (skips in a row, submitted responses).
    """
    collector = COLLECTORS[config.type]
    shape = ",".join(str(config.parameters.get(name)) for name in collector.shape)
    by_project = last_of(config.parameters) or (not config.pool and not collector.has_window)
    by_pool = collector.always_by_pool or not by_project
    scope = f"pool:{event.pool}" if by_pool else f"project:{event.project}"
    return f"{config.type}[{shape}]:{scope}:{'recent' if last_of(config.parameters) else 'all'}"


def group_by_counter(configs: Iterable[Config], event: Happening) -> dict[str, list[Config]]:
    """Those that listen to this event, by the counter they share."""
    groups: dict[str, list[Config]] = {}
    for config in configs:
        if config.collector and event.kind in config.collector.listens:
            groups.setdefault(counter_key(config, event), []).append(config)
    return groups


def start_anew(state: CounterState, key: str, event: Event, ended: Iterable[Ended]) -> None:
    """Forget what came before the end of a restriction that covers this counter."""
    over = [end.at for end in ended if end.at <= event.at and _covers(end, key, event)]
    if over and (state.fresh_from is None or max(over) > state.fresh_from):
        state.memory, state.fresh_from = {}, max(over)


def _covers(end: Ended, key: str, event: Event) -> bool:
    """Whether the counter lies in the restriction's scope, or was the one that made it."""
    if end.scope == "ALL_PROJECTS" or end.key == key:
        return True
    if end.scope == "PROJECT":
        return end.project == event.project
    return f":pool:{end.pool}:" in key


def judge(configs: Sequence[Config], key: str, state: CounterState, event: Event) -> list[Hit]:
    """Take the event into one counter and return the rules that fire; `configs` are those that share the counter.

    Work from before the counter's new start changes nothing.
    """
    if state.fresh_from is not None and event.responded_at <= state.fresh_from:
        return []
    collector, memory = COLLECTORS[configs[0].type], state.memory
    keep = max(max(config.keep, last_of(config.parameters)) for config in configs) if ":recent" in key else 0
    before = [collector.read(memory, event, config.parameters) for config in configs]
    occasion = collector.fold(memory, event, configs[0].parameters, keep)
    crossed, hits = set(memory.get("crossed", ())), []
    for config, earlier in zip(configs, before, strict=True):
        figures = collector.read(memory, event, config.parameters)
        for rule in config.rules:
            holds, mark = all_hold(rule.conditions, collector, earlier, figures), crossing_of(rule)
            if holds and occasion and (ACTIONS[rule.action["type"]].repeats or mark not in crossed):
                hits.append(Hit(rule, key, figures))
            # What is no occasion may only end a crossing: a rule fires at events of its own collector.
            if holds and (occasion or mark in crossed):
                crossed.add(mark)
            elif not holds:
                crossed -= {rule.id, f"{rule.id}{IN_SHADOW}"}
    if crossed:
        memory["crossed"] = sorted(crossed)
    else:
        memory.pop("crossed", None)
    return hits


def crossing_of(rule: RuleSpec) -> str:
    """How it is remembered that the rule has fired: in shadow apart, for it did nothing and has yet to act."""
    return f"{rule.id}{IN_SHADOW}" if rule.shadow else rule.id


def all_hold(conditions: list[dict[str, Any]], collector: Collector, before: Figures, after: Figures) -> bool:
    return all(holds(condition, collector, before, after) for condition in conditions)


def holds(condition: dict[str, Any], collector: Collector, before: Figures, after: Figures) -> bool:
    """One condition; a rate of nothing is no number, so that nothing holds of it."""
    key = FIELD_ALIASES.get(condition["key"], condition["key"])
    figure, value, operator = collector.named[key], after.get(key), condition["operator"]
    if value is None:
        return False
    if figure.kind in (Kind.CHOICE, Kind.SKILL):
        return (str(value) == _plain(figure.kind, condition["value"])) == (operator == "EQ")
    wanted = Fraction(str(condition["value"]))
    if operator == "EQ" and figure.kind in (Kind.COUNT, Kind.MONEY) and not collector.of_the_event:
        # The count passes the value at this event: once, and also where it jumps over it.
        return Fraction(before.get(key) or 0) < wanted <= Fraction(value)
    return COMPARE[operator](Fraction(value), wanted)


def _plain(kind: Kind, wanted: Any) -> str:
    """As events have it: of an id only the digits, however it was written."""
    return str(wanted).replace("-", "").lower() if kind == Kind.SKILL else str(wanted)


COMPARE = {
    "EQ": lambda value, wanted: value == wanted,
    "NE": lambda value, wanted: value != wanted,
    "GT": lambda value, wanted: value > wanted,
    "GTE": lambda value, wanted: value >= wanted,
    "LT": lambda value, wanted: value < wanted,
    "LTE": lambda value, wanted: value <= wanted,
}


def plain_figures(figures: Figures) -> dict[str, Any]:
    """For JSON: fractions as numbers of ten digits."""
    return {
        key: round(float(value), 10) if isinstance(value, Fraction) and value.denominator != 1
        else int(value) if isinstance(value, Fraction) else value
        for key, value in figures.items()
    }  # fmt: skip
