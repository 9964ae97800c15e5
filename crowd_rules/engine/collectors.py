"""The collectors: what each listens to, remembers and tells. Semantics: docs/rules.md."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from crowd_rules.engine import events
from crowd_rules.engine.events import Event
from crowd_rules.engine.tallies import LONGEST_WINDOW, Memory, Number, add_label, count_labels, rate
from crowd_rules.engine.vocabulary import Figure, Kind, Parameter

Parameters = dict[str, Any]
# Takes the event in; True where rules are to be judged now, False where it only changes what is remembered.
Fold = Callable[[Memory, Event, Parameters, int], bool]
Read = Callable[[Memory, Event, Parameters], dict[str, Number]]

ON_PERFORMER = ("RESTRICTION_V2", "RESTRICTION", "SET_SKILL", "APPROVE_ALL_ASSIGNMENTS", "REJECT_ALL_ASSIGNMENTS")
WITH_RATES = (*ON_PERFORMER, "SET_SKILL_FROM_OUTPUT_FIELD")
HISTORY = Parameter(
    "history_size", "Recent values to use", Kind.COUNT, least=1, most=LONGEST_WINDOW,
    help="Empty: counted in each pool by itself. Filled: the last values over all pools of the project that fill it.",
)  # fmt: skip
INCOME_STEP = timedelta(minutes=5)
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Collector:
    """One line of the catalogue. `shape`: parameters that decide what is remembered, not only how it is read."""

    type: str
    label: str
    help: str
    listens: frozenset[str]
    figures: tuple[Figure, ...]
    actions: tuple[str, ...]
    fold: Fold
    read: Read
    parameters: tuple[Parameter, ...] = ()
    shape: tuple[str, ...] = ()
    # Counted inside one pool also for a rule of the whole project.
    always_by_pool: bool = False
    # Its figures are of the event itself: nothing is counted, so that no count passes a value and EQ is equality.
    of_the_event: bool = False
    named: dict[str, Figure] = field(init=False, repr=False, hash=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "named", {figure.key: figure for figure in self.figures})

    @property
    def has_window(self) -> bool:
        return HISTORY in self.parameters

    @property
    def rates(self) -> tuple[str, ...]:
        return tuple(figure.key for figure in self.figures if figure.kind == Kind.RATE)


def _count(key: str, label: str) -> Figure:
    return Figure(key, label, Kind.COUNT)


def _rate(key: str, label: str) -> Figure:
    return Figure(key, label, Kind.RATE)


def last_of(parameters: Parameters) -> int:
    """The window's length; 0 where there is none."""
    return int(parameters.get("history_size") or 0)


# --- skips and submits ------------------------------------------------------------------------------------------------


def _fold_skips(memory: Memory, event: Event, parameters: Parameters, keep: int) -> bool:
    if event.kind == events.SUBMITTED:
        memory.pop("row", None)
        return False
    memory["row"] = memory.get("row", 0) + 1
    return True


def _fold_answers(memory: Memory, event: Event, parameters: Parameters, keep: int) -> bool:
    memory["answers"] = memory.get("answers", 0) + 1
    return True


def _fold_times(memory: Memory, event: Event, parameters: Parameters, keep: int) -> bool:
    fast = event.facts["seconds"] < parameters["fast_submit_threshold_seconds"]
    add_label(memory, "fast" if fast else "slow", keep=keep)
    return True


def _read_times(memory: Memory, event: Event, parameters: Parameters) -> dict[str, Number]:
    counts = count_labels(memory, last_of(parameters))
    return {"total_submitted_count": counts.total(), "fast_submitted_count": counts["fast"]}


# --- control tasks, majority vote -------------------------------------------------------------------------------------


def _fold_controls(memory: Memory, event: Event, parameters: Parameters, keep: int) -> bool:
    points = event.facts.get("weight", 1) if event.facts["correct"] else 0
    add_label(memory, f"{'t' if event.facts.get('training') else 'c'}{points:g}", keep=keep)
    return True


def _read_controls(memory: Memory, event: Event, parameters: Parameters) -> dict[str, Number]:
    counts = count_labels(memory, last_of(parameters))
    golden = {label: number for label, number in counts.items() if label[0] == "c"}
    figures: dict[str, Number] = {}
    for prefix, part in (("", counts), ("golden_set_", golden)):
        total = sum(part.values())
        right = sum((Fraction(label[1:]) * number for label, number in part.items()), Fraction())
        # The wire counts all answers as `total_answers_count` and those to control tasks alone as the second.
        figures["golden_set_answers_count" if prefix else "total_answers_count"] = total
        figures[f"{prefix}correct_answers_rate"] = rate(right, total)
        figures[f"{prefix}incorrect_answers_rate"] = rate(total - right, total)
    return figures


def _fold_majority(memory: Memory, event: Event, parameters: Parameters, keep: int) -> bool:
    threshold = parameters["answer_threshold"]
    if event.facts["top"] < threshold:
        return False
    add_label(memory, "right" if event.facts["votes"] >= threshold else "wrong", keep=keep)
    return True


def _read_majority(memory: Memory, event: Event, parameters: Parameters) -> dict[str, Number]:
    counts = count_labels(memory, last_of(parameters))
    total = counts.total()
    return {
        "total_answers_count": total,
        "correct_answers_rate": rate(counts["right"], total),
        "incorrect_answers_rate": rate(counts["wrong"], total),
    }


# --- review, income, audits -------------------------------------------------------------------------------------------


def _fold_reviews(memory: Memory, event: Event, parameters: Parameters, keep: int) -> bool:
    if event.kind == events.ACCEPTED and not event.facts.get("reviewed", True):
        return False
    label = "accepted" if event.kind == events.ACCEPTED else "rejected"
    replaces = "rejected" if event.facts.get("event") == "ACCEPT_AFTER_REJECT" else ""
    add_label(memory, label, keep=keep, reference=event.subject, replaces=replaces)
    return True


def _read_reviews(memory: Memory, event: Event, parameters: Parameters) -> dict[str, Number]:
    counts = count_labels(memory, last_of(parameters))
    total = counts.total()
    return {
        "total_assignments_count": total,
        "accepted_assignments_rate": rate(counts["accepted"], total),
        "rejected_assignments_rate": rate(counts["rejected"], total),
    }


def _fold_income(memory: Memory, event: Event, parameters: Parameters, keep: int) -> bool:
    """Sums in steps of five minutes, so that a day is at most 289 numbers whoever earns them."""
    step = int(event.at.timestamp() // INCOME_STEP.total_seconds())
    oldest = int((event.at - DAY).timestamp() // INCOME_STEP.total_seconds())
    sums = {key: value for key, value in memory.get("sums", {}).items() if int(key) > oldest}
    sums[str(step)] = str(Decimal(sums.get(str(step), "0")) + Decimal(str(event.facts["reward"])))
    memory["sums"] = sums
    return True


def _read_income(memory: Memory, event: Event, parameters: Parameters) -> dict[str, Number]:
    oldest = int((event.at - DAY).timestamp() // INCOME_STEP.total_seconds())
    sums = memory.get("sums", {})
    total = sum((Fraction(value) for key, value in sums.items() if int(key) > oldest), Fraction())
    return {"income_sum_for_last_24_hours": total}


def _fold_audits(memory: Memory, event: Event, parameters: Parameters, keep: int) -> bool:
    replaces = event.facts.get("replaces") or ""
    add_label(memory, event.facts["verdict"], keep=keep, reference=event.subject, replaces=replaces)
    # What is undone is put right in the count; it is nobody's new offence.
    return not event.facts.get("undone")


def _read_audits(memory: Memory, event: Event, parameters: Parameters) -> dict[str, Number]:
    counts = count_labels(memory, last_of(parameters))
    total = counts.total()
    figures: dict[str, Number] = {"total_audits_count": total}
    for verdict in ("accepted", "fixed", "rejected"):
        figures[f"{verdict}_audits_count"] = counts[verdict]
        figures[f"{verdict}_audits_rate"] = rate(counts[verdict], total)
    return figures


# --- recompletion: the event itself says all, nothing is remembered ---------------------------------------------------


def _fold_nothing(memory: Memory, event: Event, parameters: Parameters, keep: int) -> bool:
    return bool(event.facts.get("reviewed", True))


def _read_suite(memory: Memory, event: Event, parameters: Parameters) -> dict[str, Number]:
    facts = event.facts
    counts = {f"{name}_assignments_count": facts.get(name, 0) for name in ("pending", "accepted", "rejected")}
    return {**counts, "assessment_event": facts.get("event")}


def _read_access(memory: Memory, event: Event, parameters: Parameters) -> dict[str, Number]:
    return {"pool_access_revoked_reason": event.facts.get("reason"), "skill_id": event.facts.get("skill")}


_ALL = (
    Collector(
        "SKIPPED_IN_ROW_ASSIGNMENTS", "Skipped assignments",
        "Task suites skipped one after the other. A submit begins the row anew; an expiry changes nothing.",
        frozenset({events.SKIPPED, events.SUBMITTED}),
        (_count("skipped_in_row_count", "task suites skipped in a row"),),
        ON_PERFORMER, _fold_skips, lambda memory, event, parameters: {"skipped_in_row_count": memory.get("row", 0)},
    ),
    Collector(
        "GOLDEN_SET", "Control tasks", "Right and wrong answers to tasks whose solution is known.",
        frozenset({events.CONTROL}),
        (
            _count("total_answers_count", "answers to control and training tasks"),
            _rate("correct_answers_rate", "% right of control and training tasks"),
            _rate("incorrect_answers_rate", "% wrong of control and training tasks"),
            _count("golden_set_answers_count", "answers to control tasks"),
            _rate("golden_set_correct_answers_rate", "% right of control tasks"),
            _rate("golden_set_incorrect_answers_rate", "% wrong of control tasks"),
        ),
        WITH_RATES, _fold_controls, _read_controls, (HISTORY,),
    ),
    Collector(
        "MAJORITY_VOTE", "Majority vote", "Answers that agree with the others', once a task has its whole overlap.",
        frozenset({events.MAJORITY}),
        (
            _count("total_answers_count", "answers judged"),
            _rate("correct_answers_rate", "% with the majority"),
            _rate("incorrect_answers_rate", "% against the majority"),
        ),
        WITH_RATES, _fold_majority, _read_majority,
        (
            Parameter("answer_threshold", "Equal answers that make one right", Kind.COUNT, required=True, least=1,
                      most=30_000),
            HISTORY,
        ),
        shape=("answer_threshold",),
    ),
    Collector(
        "ASSIGNMENT_SUBMIT_TIME", "Fast responses", "Task suites submitted in less time than anybody needs.",
        frozenset({events.SUBMITTED}),
        (
            _count("total_submitted_count", "task suites submitted"),
            _count("fast_submitted_count", "task suites submitted too fast"),
        ),
        ON_PERFORMER, _fold_times, _read_times,
        (
            Parameter("fast_submit_threshold_seconds", "Too fast is below (seconds)", Kind.COUNT, required=True,
                      least=1, most=2**31 - 1),
            HISTORY,
        ),
        shape=("fast_submit_threshold_seconds",),
    ),
    Collector(
        "ANSWER_COUNT", "Submitted responses", "Task suites that the performer has submitted in the pool.",
        frozenset({events.SUBMITTED}),
        (_count("assignments_accepted_count", "task suites submitted"),),
        ON_PERFORMER, _fold_answers,
        lambda memory, event, parameters: {"assignments_accepted_count": memory.get("answers", 0)},
    ),
    Collector(
        "ACCEPTANCE_RATE", "Results of review", "Accepted and rejected assignments, where a person reviews.",
        frozenset({events.ACCEPTED, events.REJECTED}),
        (
            _count("total_assignments_count", "assignments reviewed"),
            _rate("accepted_assignments_rate", "% accepted"),
            _rate("rejected_assignments_rate", "% rejected"),
        ),
        WITH_RATES, _fold_reviews, _read_reviews, (HISTORY,),
    ),
    Collector(
        "INCOME", "Daily income", "Dollars earned in one pool within 24 hours, to the five minutes.",
        frozenset({events.ACCEPTED}),
        (Figure("income_sum_for_last_24_hours", "dollars in the last 24 hours", Kind.MONEY),),
        ON_PERFORMER, _fold_income, _read_income, always_by_pool=True,
    ),
    Collector(
        "AUDIT_VERDICTS", "Audit verdicts", "What audits found about the performer's answers.",
        frozenset({events.AUDIT}),
        (
            _count("total_audits_count", "answers audited"),
            *(_count(f"{verdict}_audits_count", f"answers {verdict}") for verdict in ("accepted", "fixed", "rejected")),
            *(_rate(f"{verdict}_audits_rate", f"% {verdict}") for verdict in ("accepted", "fixed", "rejected")),
        ),
        (*WITH_RATES, "CHANGE_OVERLAP"), _fold_audits, _read_audits, (HISTORY,),
    ),
    Collector(
        "ASSIGNMENTS_ASSESSMENT", "Recompletion of assignments", "A verdict of the review on one suite.",
        frozenset({events.ACCEPTED, events.REJECTED}),
        (
            _count("pending_assignments_count", "assignments of the suite waiting for review"),
            _count("accepted_assignments_count", "accepted assignments of the suite"),
            _count("rejected_assignments_count", "rejected assignments of the suite"),
            Figure("assessment_event", "what happened", Kind.CHOICE, ("ACCEPT", "ACCEPT_AFTER_REJECT", "REJECT"),
                   ("accepted", "accepted after a rejection", "rejected")),
        ),
        ("CHANGE_OVERLAP", "SET_SKILL"), _fold_nothing, _read_suite, of_the_event=True,
    ),
    Collector(
        "USERS_ASSESSMENT", "Recompletion after lost access", "A performer lost access to the pool.",
        frozenset({events.ACCESS}),
        (
            Figure("pool_access_revoked_reason", "why", Kind.CHOICE, ("SKILL_CHANGE", "RESTRICTION"),
                   ("a skill changed", "a restriction")),
            Figure("skill_id", "skill", Kind.SKILL),
        ),
        ("CHANGE_OVERLAP",), _fold_nothing, _read_access, of_the_event=True,
    ),
)  # fmt: skip
COLLECTORS: dict[str, Collector] = {collector.type: collector for collector in _ALL}
# Known on the wire, kept as they come and never judged.
STORED_ONLY = ("CAPTCHA", "TRAINING")
