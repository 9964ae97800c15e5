"""Advice about rules that may be saved all the same: the seed's own, as sentences with a code for machines."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from crowd_rules.engine.actions import FIELD_ALIASES
from crowd_rules.engine.collectors import COLLECTORS
from crowd_rules.engine.sentences import say as _
from crowd_rules.engine.sentences import say_number as ngettext
from crowd_rules.engine.vocabulary import SIGNS, Kind

FEW_SUITES = 10
OLD_SKILL = timedelta(days=90)


@dataclass(frozen=True)
class Lint:
    """`path` of the rule or setting it is about: `configs.0.rules.1`, `filter`, or empty for the whole."""

    code: str
    path: str
    sentence: str


@dataclass(frozen=True)
class Surroundings:
    """What of the pool the advice depends on. `suites`: pages in the pool; `volumes`: sizes of some tasks' input."""

    suites: int
    volumes: tuple[int, ...] = ()
    keeps_order: bool = False
    may_skip: bool = True
    overlap: int = 1
    has_entrance: bool = False
    """A training, an exam or a skill in the filter stands before the pool."""
    skill_names: tuple[str, ...] = ()
    """Of the skills that these rules set and no other pool of the project does, while other pools set theirs."""
    old_skills: tuple[str, ...] = ()
    """Names of skills in the filter of which no value has changed for long."""


def lint(configs: list[dict[str, Any]], around: Surroundings) -> list[Lint]:
    found = [*_of_skips(configs, around), *_of_cheaters(configs, around), *_of_skills(around)]
    for path, collector_type, parameters, rule in _rules(configs):
        for condition in rule["conditions"]:
            found += _of_condition(path, collector_type, parameters, condition)
        found += _contradictions(path, collector_type, rule["conditions"])
    return found


def _rules(configs: list[dict[str, Any]]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    for number, config in enumerate(configs):
        body = config["collector_config"]
        if body["type"] in COLLECTORS:
            for place, rule in enumerate(config.get("rules") or ()):
                yield f"configs.{number}.rules.{place}", body["type"], body.get("parameters") or {}, rule


def _of_skips(configs: list[dict[str, Any]], around: Surroundings) -> Iterator[Lint]:
    path = next((p for p, kind, _, _ in _rules(configs) if kind == "SKIPPED_IN_ROW_ASSIGNMENTS"), None)
    if path is None:
        return
    if not around.may_skip:
        yield Lint("SKIPPING_OFF", path, _("Performers may not skip task suites in this pool: nobody can ever meet "
                   "this rule."))  # fmt: skip
    if around.suites < FEW_SUITES:
        yield Lint("FEW_SUITES", path, ngettext(
            "There is only %(number)s page in the pool: who skips one has hardly anything left to be shut out from.",
            "There are only %(number)s pages in the pool: who skips one has hardly anything left to be shut out from.",
            around.suites))  # fmt: skip
    if len(around.volumes) > 1 and max(around.volumes) <= 1.25 * min(around.volumes):
        yield Lint("EQUAL_VOLUME", path, _("The tasks are of about the same volume: nobody skips for easier ones."))
    if not around.keeps_order:
        yield Lint("ORDER_NOT_KEPT", path, _("Where skipping hurts because tasks belong in an order, switch on "
                   "“Keep task order”."))  # fmt: skip


def _of_cheaters(configs: list[dict[str, Any]], around: Surroundings) -> Iterator[Lint]:
    kinds = {kind for _, kind, _, _ in _rules(configs)}
    late = around.overlap > 1 and "MAJORITY_VOTE" in kinds
    if late and not around.has_entrance and "ASSIGNMENT_SUBMIT_TIME" not in kinds:
        yield Lint("MAJORITY_TOO_LATE", "", _("Overlap and majority vote come too late for who clicks through many "
                   "pages: put a training or an exam before the pool and add a rule on fast responses."))  # fmt: skip


def _of_skills(around: Surroundings) -> Iterator[Lint]:
    for name in around.skill_names:
        yield Lint("SKILL_FOR_EVERY_POOL", "", _("“%(skill)s” is set by this pool alone while other pools of the "
                   "project set skills of their own: one skill in a project is better.", skill=name))  # fmt: skip
    for name in around.old_skills:
        yield Lint("OLD_SKILL", "filter", _("The values of “%(skill)s” have not changed for long: filtering by it "
                   "leaves out performers for no good reason.", skill=name))  # fmt: skip


def _of_condition(
    path: str, collector_type: str, parameters: dict[str, Any], condition: dict[str, Any]
) -> Iterator[Lint]:
    figure = COLLECTORS[collector_type].named[FIELD_ALIASES.get(condition["key"], condition["key"])]
    operator = condition["operator"]
    size = parameters.get("history_size")
    # Of a form that is being filled in it may be any text.
    window = size if isinstance(size, int) else 0
    if COLLECTORS[collector_type].of_the_event:
        return
    if figure.kind == Kind.COUNT:
        wanted = Fraction(str(condition["value"]))
        if window and _least(operator, wanted) > window:
            yield Lint("ABOVE_WINDOW", path, _("Only the last %(window)s values are counted: “%(figure)s” can never be "
                       "%(sign)s %(value)s.", window=window, figure=_(figure.label), sign=SIGNS[operator],
                       value=condition["value"]))  # fmt: skip
        if operator == "EQ" and wanted == 0:
            yield Lint("EQ_NEVER", path, _("A count passes a value on its way up: it never passes 0."))
        if operator in ("LT", "LTE"):
            yield Lint("HOLDS_FROM_START", path, _("“%(figure)s” is below that from the first event on: the rule acts "
                       "on everybody.", figure=_(figure.label)))  # fmt: skip
        if operator == "GTE" and wanted == 0:
            yield Lint("HOLDS_FROM_START", path, _("“%(figure)s” is never below 0: the rule acts on everybody.",
                       figure=_(figure.label)))  # fmt: skip
    elif operator == "EQ" and figure.kind == Kind.RATE:
        yield Lint("EQ_JUMPED_OVER", path, _("“%(figure)s” changes in jumps and may never be exactly %(value)s: use "
                   "“at least” or “at most”.", figure=_(figure.label), value=condition["value"]))  # fmt: skip
    elif operator == "EQ" and figure.kind == Kind.MONEY:
        yield Lint("EQ_JUMPED_OVER", path, _("A sum of money jumps over a value: it counts as passed, but “at least” "
                   "says so."))  # fmt: skip


def _least(operator: str, wanted: Fraction) -> Fraction:
    """The smallest count for which the condition can hold."""
    return {"EQ": wanted, "GTE": wanted, "GT": wanted + 1}.get(operator, Fraction(0))


def _contradictions(path: str, collector_type: str, conditions: list[dict[str, Any]]) -> Iterator[Lint]:
    """Bounds of one key that exclude each other: the rule can never fire."""
    bounds: dict[str, list[Fraction]] = {}
    named = COLLECTORS[collector_type].named
    for condition in conditions:
        key = FIELD_ALIASES.get(condition["key"], condition["key"])
        if named[key].kind not in (Kind.CHOICE, Kind.SKILL):
            wanted, operator = Fraction(str(condition["value"])), condition["operator"]
            low, high = bounds.setdefault(key, [Fraction(-1), Fraction(10**18)])
            low = (
                max(low, wanted) if operator in ("EQ", "GTE") else max(low, wanted + STEP) if operator == "GT" else low
            )
            high = (
                min(high, wanted)
                if operator in ("EQ", "LTE")
                else min(high, wanted - STEP)
                if operator == "LT"
                else high
            )
            bounds[key] = [low, high]
    for key, (low, high) in bounds.items():
        if low > high:
            yield Lint("CONTRADICTION", path, _("The conditions on “%(figure)s” exclude each other.",
                       figure=_(named[key].label)))  # fmt: skip


# Between two numbers that anybody would write down.
STEP = Fraction(1, 10**9)
