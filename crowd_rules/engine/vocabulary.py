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
SIGNS = {"EQ": "=", "NE": "≠", "GT": ">", "GTE": "≥", "LT": "<", "LTE": "≤", "IN": "∈", "NOT_IN": "∉"}


@dataclass(frozen=True)
class Figure:
    """One key of a collector's conditions."""

    key: str
    label: str
    kind: Kind
    choices: tuple[str, ...] = ()
    # What people read for each choice, in the same order.
    labels: tuple[str, ...] = ()

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
    labels: tuple[str, ...] = ()
    help: str = ""
    needless_if: tuple[str, Any] | None = None
    # False: only leaving it out leaves it out; an empty text is a field that somebody forgot.
    may_be_blank: bool = True


@dataclass(frozen=True)
class Variant:
    """One action under the name that people use where a parameter has one of these choices: suspend is scope POOL."""

    name: str
    label: str
    parameter: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Action:
    """What a rule does. `repeats`: at every event while the conditions hold, not once per crossing.

    `variants`: what a form offers in its place; `superseded_by`: the action that a form writes in its place.
    """

    type: str
    label: str
    parameters: tuple[Parameter, ...]
    repeats: bool = False
    needs_review: bool = False
    help: str = ""
    variants: tuple[Variant, ...] = ()
    superseded_by: str = ""
