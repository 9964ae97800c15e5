"""What rules are judged on: one thing that a performer did, or that was found about it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

SKIPPED = "assignment.skipped"
EXPIRED = "assignment.expired"
# facts: seconds (time from hand-out to submission)
SUBMITTED = "assignment.submitted"
# facts: reward, reviewed (False: accepted at once, by the pool), event (ACCEPT | ACCEPT_AFTER_REJECT), and of the
# suite: pending, accepted, rejected
ACCEPTED = "assignment.accepted"
# facts: event (REJECT), pending, accepted, rejected
REJECTED = "assignment.rejected"
# facts: correct, weight (0 to 1 of a right answer), training
CONTROL = "control.answered"
# facts: votes (equal answers to this one, itself included), top (of the largest group)
MAJORITY = "majority.judged"
# facts: verdict (accepted | fixed | rejected), replaces (the verdict that stood on this answer before, or ""), undone
# (the one it replaces was undone; verdict is then what stood before that, or "")
AUDIT = "audit.judged"
# facts: reason (SKILL_CHANGE | RESTRICTION), skill
ACCESS = "access.revoked"


@dataclass(frozen=True)
class Event:
    """`responded_at`: when the work was given that this is about. `subject`: the assignment or solution."""

    id: str
    kind: str
    performer: str
    pool: str
    project: str
    at: datetime
    responded_at: datetime
    subject: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
