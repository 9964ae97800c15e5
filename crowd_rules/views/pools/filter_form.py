"""Who may have a pool's tasks: groups of conditions, all groups (and), one condition of each (or)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from crowd_rules.engine.vocabulary import SIGNS
from crowd_rules.models import Pool

NUMBERS = ("EQ", "NE", "GT", "GTE", "LT", "LTE")
WORDS = ("EQ", "NE")
LISTS = ("IN", "NOT_IN")
# By the wire's key: what it is called, and how it can be compared.
PROFILE: dict[str, tuple[Any, tuple[str, ...]]] = {
    "country": (_("Country"), WORDS),
    "city": (_("City"), WORDS),
    "languages": (_("Languages"), LISTS),
    "gender": (_("Gender"), WORDS),
    "education": (_("Education"), WORDS),
    "adult_allowed": (_("Takes adult content"), WORDS),
    "date_of_birth": (_("Date of birth (seconds since 1970)"), NUMBERS),
}
COMPUTED: dict[str, tuple[Any, tuple[str, ...]]] = {
    "os_family": (_("Operating system"), WORDS),
    "user_agent_family": (_("Browser"), WORDS),
    "client_type": (_("Client"), WORDS),
}
OPERATOR_WORDS = {**SIGNS, "IN": _("is one of"), "NOT_IN": _("is none of")}
# Finite, and short enough for any reader.
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
MOST_GROUPS, MOST_CONDITIONS = 20, 20


@dataclass
class Condition:
    """One line; `key` is `skill:ID`, `profile:country`, … as the form has it; errors are sentences."""

    name: str
    key: str = ""
    operator: str = ""
    value: str = ""
    error: str = ""
    focus: bool = False

    @property
    def category(self) -> str:
        return self.key.partition(":")[0]

    @property
    def wire_key(self) -> str:
        return self.key.partition(":")[2]

    @property
    def usual(self) -> tuple[str, ...]:
        """How a property of this kind is compared."""
        known = {"profile": PROFILE, "computed": COMPUTED}.get(self.category, {}).get(self.wire_key)
        return known[1] if known else NUMBERS if self.category == "skill" else (*NUMBERS, *LISTS)

    @property
    def operators(self) -> list[tuple[str, Any]]:
        names = self.usual
        names = names if self.operator in ("", *names) else (*names, self.operator)
        return [(name, OPERATOR_WORDS.get(name, name)) for name in names]

    @property
    def hint(self) -> Any:
        """How a value looks."""
        if self.category == "skill":
            return _("0 to 100, empty: none")
        return {"languages": "EN, DE", "country": "DE"}.get(self.wire_key, "")

    def wire(self) -> dict[str, Any]:
        operator = self.operator or self.operators[0][0]
        return {"category": self.category, "key": self.wire_key, "operator": operator, "value": self._value(operator)}

    def _value(self, operator: str) -> Any:
        text = self.value.strip()
        if operator in LISTS:
            return [one.strip().upper() for one in text.split(",") if one.strip()]
        if not text:
            return None
        if self.category == "skill" or operator in ("GT", "GTE", "LT", "LTE"):
            return _number(text)
        return text.upper() if self.wire_key == "country" else text

    def lacks(self) -> Any:
        """What stands in the way, before the engine looks at it."""
        if not self.key:
            return _("Choose a skill or a property.")
        operator = self.operator or self.operators[0][0]
        if not self.value.strip() and not (self.category == "skill" and operator in WORDS):
            return _("Say what to compare with.")
        if self.category == "skill" and self.value.strip() and not NUMBER.fullmatch(self.value.strip()):
            return _("Compare a skill with a number from 0 to 100.")
        return ""


@dataclass
class FilterForm:
    """`groups` of conditions as the page shows them; read from the POST's names `f-GROUP-PLACE-key` and so on."""

    groups: list[list[Condition]] = field(default_factory=list)

    @classmethod
    def of_wire(cls, filter: Any) -> "FilterForm":
        clauses = filter.get("and") if isinstance(filter, dict) else None
        groups = [
            [_of_wire(one) for one in clause.get("or") or () if isinstance(one, dict)]
            for clause in clauses or ()
            if isinstance(clause, dict)
        ]
        return cls([group for group in groups if group])._numbered()

    @classmethod
    def of_data(cls, data: Mapping[str, str]) -> "FilterForm":
        groups = []
        for number in range(MOST_GROUPS):
            names = [f"f-{number}-{place}" for place in range(MOST_CONDITIONS) if f"f-{number}-{place}-key" in data]
            if names:
                groups.append([Condition(one, *(_text(data, f"{one}-{part}") for part in ("key", "operator", "value")))
                               for one in names])  # fmt: skip
        return cls(groups)._numbered()

    def after(self, step: str) -> "FilterForm":
        """`step`: f-and (a new group), f-or-GROUP (one more in this group), f-remove-GROUP-PLACE, f-refresh."""
        kind, *places = step.removeprefix("f-").split("-")
        numbers = [int(one) for one in places if one.isdecimal()]
        if kind == "and" and len(self.groups) < MOST_GROUPS:
            self.groups.append([Condition("", focus=True)])
        elif kind == "or" and numbers and numbers[0] < len(self.groups):
            self.groups[numbers[0]].append(Condition("", focus=True))
        elif kind == "remove" and len(numbers) == 2:
            self.groups = [
                [one for place, one in enumerate(group) if [number, place] != numbers]
                for number, group in enumerate(self.groups)
            ]
        for one in (one for group in self.groups for one in group if one.operator not in one.usual):
            # Of the property that was chosen before.
            one.operator = ""
        self.groups = [group for group in self.groups if group]
        return self._numbered()

    def _numbered(self) -> "FilterForm":
        for number, group in enumerate(self.groups):
            for place, one in enumerate(group):
                one.name = f"f-{number}-{place}"
        return self

    def is_valid(self) -> bool:
        for one in (one for group in self.groups for one in group):
            one.error = str(one.lacks())
        return not any(one.error for group in self.groups for one in group)

    def wire(self) -> dict[str, Any]:
        return {"and": [{"or": [one.wire() for one in group]} for group in self.groups]} if self.groups else {}

    def show_error(self, path: str, sentence: str) -> bool:
        """A domain error at `filter.and.0.or.1`; False where no line has this path."""
        parts = path.split(".")
        if len(parts) == 5 and parts[0] == "filter" and parts[2].isdecimal() and parts[4].isdecimal():
            number, place = int(parts[2]), int(parts[4])
            if number < len(self.groups) and place < len(self.groups[number]):
                self.groups[number][place].error = sentence
                return True
        return False


def _text(data: Mapping[str, str], name: str) -> str:
    # PostgreSQL keeps no NUL, and nobody types one.
    return data.get(name, "").replace("\x00", "")


def _number(text: str) -> int | float | str:
    """What is no plain number stays a text, for the engine to refuse."""
    if not NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _of_wire(condition: dict[str, Any]) -> Condition:
    key = str(condition.get("key", ""))
    if condition.get("category") == "skill":
        key = key.replace("-", "").lower()
    value = condition.get("value")
    text = ", ".join(str(one) for one in value) if isinstance(value, list) else "" if value is None else str(value)
    return Condition("", f"{condition.get('category')}:{key}", str(condition.get("operator", "")), text)


def key_choices(skills: dict[str, str], form: FilterForm) -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Options by group: skills by name, profile, computed; and what stands in the filter and is none of these."""
    known = [
        (_("Skill"), [(f"skill:{key}", name) for key, name in skills.items()]),
        (_("Profile"), [(f"profile:{key}", label) for key, (label, _operators) in PROFILE.items()]),
        (_("Device"), [(f"computed:{key}", label) for key, (label, _operators) in COMPUTED.items()]),
    ]
    all_keys = {key for _label, options in known for key, _name in options}
    odd = {one.key for group in form.groups for one in group} - all_keys - {""}
    return [*known, *([(_("Other"), [(one, one) for one in sorted(odd)])] if odd else [])]


def entrance_words(pool: Pool, skills: dict[str, str]) -> list[str]:
    """The filter and the entrance of a pool, a line for each condition that must hold."""
    lines = [
        str(_(" or ")).join(_condition_words(one, skills) for one in group)
        for group in FilterForm.of_wire(pool.filter).groups
    ]
    if pool.training_pool_id:
        words = {"name": pool.training_pool.private_name, "value": pool.training_passing_skill_value}
        lines.append(_("%(name)s passed with %(value)s") % words)
    return lines


def _condition_words(condition: Condition, skills: dict[str, str]) -> str:
    key = condition.wire_key
    named = {**PROFILE, **COMPUTED}.get(key)
    label = skills.get(key, key) if condition.category == "skill" else named[0] if named else key
    operator = OPERATOR_WORDS.get(condition.operator, condition.operator)
    return f"{label} {operator} {condition.value or _('none')}"
