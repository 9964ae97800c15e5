"""An assignment that a command works on: locked, with everything that judges what is done with it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crowd_rules.services.issued import Issued
from crowd_rules.services.judging import NewEvent, Rulebook, rulebook_of
from crowd_rules.services.refusals import WrongStatus
from labelops.errors import NotFound
from labelops.tenancy.identifiers import uuid_of
from labelops.tenancy.models import Organization
from labelops.tenancy.rows import ask

NO_SUCH_ASSIGNMENT = gettext_lazy("There is no such assignment.")


@dataclass(frozen=True)
class Held:
    """An assignment with its pool and tasks as rows (dicts by column), all locked; `live`: in hand by the clock.

    What follows is there only while it is live. `complete`: for a submit, the real tasks that it will give their whole
    overlap, with their answers so far. `rules`, `ended` and `counters`: what an event in it is judged by.
    """

    assignment: dict[str, Any]
    pool: dict[str, Any]
    tasks: list[dict[str, Any]]
    instant: datetime
    live: bool
    complete: list[dict[str, Any]] | None
    rules: list[dict[str, Any]] | None
    ended: list[dict[str, Any]] | None
    counters: list[dict[str, Any]] | None
    # {task, project, batch, listens}: the one pending task that a submit may complete, held too; None: it is not held.
    work: dict[str, Any] | None

    @cached_property
    def id(self) -> UUID:
        return uuid_of(self.assignment["id"])

    @cached_property
    def pool_id(self) -> UUID:
        return uuid_of(self.pool["id"])

    @cached_property
    def project_id(self) -> UUID:
        return uuid_of(self.pool["project_id"])

    @cached_property
    def performer_id(self) -> UUID:
        return uuid_of(self.assignment["performer_id"])

    @cached_property
    def suite_id(self) -> UUID:
        return uuid_of(self.assignment["suite_id"])

    @property
    def taken_at(self) -> datetime:
        return datetime.fromisoformat(self.assignment["created_at"])

    @cached_property
    def rulebook(self) -> Rulebook:
        return rulebook_of(self.rules, self.ended, self.counters)

    def event(self, kind: str, **facts: Any) -> NewEvent:
        return NewEvent(kind, self.performer_id, self.pool_id, self.project_id, self.instant, self.instant, self.id,
                        facts, suite_id=self.suite_id)  # fmt: skip

    def when_submitted(self, accept_by: datetime | None) -> dict[str, Any]:
        """The assignment's row as `crowd_rules_submit` writes it."""
        instant = self.instant.isoformat()
        if accept_by:
            return {
                **self.assignment,
                "status": "SUBMITTED",
                "submitted_at": instant,
                "accept_by": accept_by.isoformat(),
            }
        return {**self.assignment, "status": "ACCEPTED", "submitted_at": instant, "accept_by": None,
                "accepted_at": instant}  # fmt: skip

    def page(self, assignment: dict[str, Any], corrects: list[bool | None]) -> Issued:
        """As it is answered: with this row of the assignment, and hints where an answer was not correct."""
        tasks = [
            {"id": task["id"], "input_values": task["shown"],
             "hint": task["hint"] if task["kind"] == "TRAINING" and correct is False else ""}
            for task, correct in zip(self.tasks, corrects, strict=True)
        ]  # fmt: skip
        return Issued(assignment, tasks)

    def page_as_it_is(self) -> Issued:
        return self.page(self.assignment, [task["correct"] for task in self.tasks])


def hold_assignment(
    organization: Organization, performer_id: UUID | None, assignment_id: Any, *, to_submit: bool = False,
    row: dict[str, Any] | None = None,
) -> Held:  # fmt: skip
    """Lock it and what belongs to it, in the one order. Raises NotFound; of another performer is unknown.

    `row`: what `crowd_rules_hold` has answered where it was asked in this transaction already.
    """
    row = row or ask("crowd_rules_hold", [organization.pk, assignment_id, performer_id, to_submit])
    if row is None:
        raise NotFound(NO_SUCH_ASSIGNMENT)
    row["instant"] = datetime.fromisoformat(row["instant"])
    return Held(**row)


def check_live(held: Held) -> None:
    """Raises WrongStatus where it is not in hand any more."""
    if held.assignment["status"] != "ACTIVE":
        told = _("This assignment is %(status)s.") % {"status": held.assignment["status"]}
        raise WrongStatus(told, appropriate=("ACTIVE",))
    if not held.live:
        raise WrongStatus(_("The time for this assignment is over."), appropriate=("ACTIVE",))
