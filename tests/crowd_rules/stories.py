"""For each collector a few events and, for each of its conditions, the event at which it holds first.

docs/rules-table.md tells the same stories; `test_rules_table.py` runs them and compares.
"""

from dataclasses import dataclass, field
from typing import Any

from crowd_rules.engine.events import ACCEPTED, ACCESS, AUDIT, CONTROL, MAJORITY, REJECTED, SKIPPED, SUBMITTED

SKILL = "5" * 32
Told = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Story:
    """`events`: (kind, facts) in their order. `first`: condition -> (operator, value, number of the event, from 1)."""

    events: tuple[Told, ...]
    first: dict[str, tuple[str, Any, int]]
    parameters: dict[str, Any] = field(default_factory=dict)


def _control(correct: bool, *, training: bool = False) -> Told:
    return CONTROL, {"correct": correct, "training": training}


def _vote(votes: int, top: int) -> Told:
    return MAJORITY, {"votes": votes, "top": top}


STORIES = {
    "SKIPPED_IN_ROW_ASSIGNMENTS": Story(
        ((SKIPPED, {}), (SUBMITTED, {"seconds": 60}), (SKIPPED, {}), (SKIPPED, {})),
        {"skipped_in_row_count": ("GTE", 2, 4)},
    ),
    "GOLDEN_SET": Story(
        (_control(True), _control(False, training=True), _control(True), _control(False)),
        {
            "total_answers_count": ("GTE", 4, 4),
            "correct_answers_rate": ("LTE", 50, 2),
            "incorrect_answers_rate": ("GTE", 50, 2),
            "golden_set_answers_count": ("GTE", 3, 4),
            "golden_set_correct_answers_rate": ("LT", 67, 4),
            "golden_set_incorrect_answers_rate": ("GT", 33, 4),
        },
    ),
    "MAJORITY_VOTE": Story(
        (_vote(3, 3), _vote(1, 1), _vote(1, 2)),
        {
            "total_answers_count": ("GTE", 2, 3),
            "correct_answers_rate": ("LTE", 50, 3),
            "incorrect_answers_rate": ("GTE", 50, 3),
        },
        {"answer_threshold": 2},
    ),
    "ASSIGNMENT_SUBMIT_TIME": Story(
        ((SUBMITTED, {"seconds": 20}), (SUBMITTED, {"seconds": 5}), (SUBMITTED, {"seconds": 19})),
        {"total_submitted_count": ("GTE", 3, 3), "fast_submitted_count": ("GTE", 2, 3)},
        {"fast_submit_threshold_seconds": 20},
    ),
    "ANSWER_COUNT": Story(
        ((SUBMITTED, {"seconds": 60}), (SUBMITTED, {"seconds": 60})), {"assignments_accepted_count": ("GTE", 2, 2)}
    ),
    "ACCEPTANCE_RATE": Story(
        ((ACCEPTED, {"reviewed": False}), (ACCEPTED, {"event": "ACCEPT"}), (REJECTED, {"event": "REJECT"})),
        {
            "total_assignments_count": ("GTE", 2, 3),
            "accepted_assignments_rate": ("LTE", 50, 3),
            "rejected_assignments_rate": ("GTE", 50, 3),
        },
    ),
    "INCOME": Story(
        ((ACCEPTED, {"reward": "3"}), (ACCEPTED, {"reward": "2.5"})),
        {"income_sum_for_last_24_hours": ("GTE", 5, 2)},
    ),
    "AUDIT_VERDICTS": Story(
        tuple((AUDIT, {"verdict": one}) for one in ("accepted", "fixed", "rejected", "rejected")),
        {
            "total_audits_count": ("GTE", 4, 4),
            "accepted_audits_count": ("GTE", 1, 1),
            "fixed_audits_count": ("GTE", 1, 2),
            "rejected_audits_count": ("GTE", 2, 4),
            "accepted_audits_rate": ("LTE", 25, 4),
            "fixed_audits_rate": ("GTE", 50, 2),
            "rejected_audits_rate": ("GTE", 50, 4),
        },
    ),
    "ASSIGNMENTS_ASSESSMENT": Story(
        (
            (REJECTED, {"event": "REJECT", "pending": 1, "accepted": 0, "rejected": 1}),
            (ACCEPTED, {"event": "ACCEPT", "pending": 0, "accepted": 1, "rejected": 1}),
        ),
        {
            "pending_assignments_count": ("LT", 1, 2),
            "accepted_assignments_count": ("GTE", 1, 2),
            "rejected_assignments_count": ("GTE", 1, 1),
            "assessment_event": ("EQ", "ACCEPT", 2),
        },
    ),
    "USERS_ASSESSMENT": Story(
        ((ACCESS, {"reason": "SKILL_CHANGE", "skill": SKILL}), (ACCESS, {"reason": "RESTRICTION", "skill": ""})),
        {"pool_access_revoked_reason": ("EQ", "RESTRICTION", 2), "skill_id": ("EQ", SKILL, 1)},
    ),
}
