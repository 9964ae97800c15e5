"""An assignment with its page, as the hot calls read it: out of the row that the database function returns."""

from dataclasses import dataclass
from functools import cached_property
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


class Issued:
    """An assignment and its page. `again`: it was in hand already.

    `row` and `page` as the database has answered them (columns; {id, input_values, hint} in the order of the page):
    most calls only pass them on, and an instance costs more than its row.
    """

    def __init__(self, row: dict[str, Any], page: list[dict[str, Any]] | None, *, again: bool = False) -> None:
        self.row, self.page, self.again = row, page or [], again

    @cached_property
    def assignment(self) -> Assignment:
        return instance(Assignment, dict(self.row))

    @property
    def pool_id(self) -> UUID:
        return uuid_of(self.row["pool_id"])

    @cached_property
    def tasks(self) -> list[IssuedTask]:
        return [IssuedTask(uuid_of(task["id"]), task["input_values"], task["hint"]) for task in self.page]
