"""The words of the catalogue: parameters, figures, actions. Form, validation, API and docs are made of these."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """Of a figure or a parameter. `EQ` on the first two is true when the figure passes the value."""

    COUNT = "count"
    MONEY = "money"
    RATE = "rate"
    CHOICE = "choice"
    BOOLEAN = "boolean"
    SKILL = "skill"
    TEXT = "text"


ORDERED = ("EQ", "NE", "GT", "GTE", "LT", "LTE")
IDENTITY = ("EQ", "NE")


@dataclass(frozen=True)
class Figure:
    """One key of a collector's conditions."""

    key: str
    label: str
    kind: Kind
    choices: tuple[str, ...] = ()

    @property
    def operators(self) -> tuple[str, ...]:
        return IDENTITY if self.kind in (Kind.CHOICE, Kind.SKILL) else ORDERED


@dataclass(frozen=True)
class Parameter:
    """One parameter of a collector or an action. `when`: needed only if that other parameter is one of these."""

    name: str
    label: str
    kind: Kind
    required: bool = False
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""
    needless_if: tuple[str, Any] | None = None


@dataclass(frozen=True)
class Action:
    """What a rule does. `repeats`: at every event while the conditions hold, not once per crossing."""

    type: str
    label: str
    parameters: tuple[Parameter, ...]
    repeats: bool = False
    needs_review: bool = False
    help: str = ""
