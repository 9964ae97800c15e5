"""An assignment with its page, as the hot calls read it: out of the row that the database function returns."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crowd_rules.models import Assignment
from labelops.tenancy.identifiers import uuid_of
from labelops.tenancy.rows import instance


@dataclass(frozen=True)
class IssuedTask:
    """One task of an assignment as its performer may see it: nothing tells a control task from another."""

    id: UUID
    input_values: dict[str, Any]
    # After a wrong answer to a training task: what the requester says to it.
    hint: str = ""


@dataclass(frozen=True)
class Issued:
    """An assignment and its page. `again`: it was in hand already."""

    assignment: Assignment
    tasks: list[IssuedTask]
    again: bool = False


def issued_of(assignment: dict[str, Any], tasks: list[dict[str, Any]], *, again: bool = False) -> Issued:
    """From the assignment's row and its tasks ({id, input_values, hint}) in the order of the page."""
    shown = [IssuedTask(uuid_of(task["id"]), task["input_values"], task["hint"]) for task in tasks or ()]
    return Issued(instance(Assignment, assignment), shown, again)
