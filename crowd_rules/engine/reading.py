"""Reads the wire's objects field by field and keeps all that is wrong, by the dotted path of the field."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crowd_rules.engine.sentences import say as _
from crowd_rules.engine.validation import UUID as UUID_FORM
from crowd_rules.engine.validation import Problem, too_long

WHOLE = re.compile(r"-?[0-9]{1,15}")
ARTICLES = {
    dict: ("OBJECT_EXPECTED", _("Give an object.")),
    list: ("ARRAY_EXPECTED", _("Give a list.")),
    str: ("STRING_EXPECTED", _("Give a text.")),
    bool: ("BOOLEAN_EXPECTED", _("Say true or false.")),
}


def identifier(value: Any) -> UUID | None:
    """The id that this writes; None where it writes none."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return UUID(text) if UUID_FORM.fullmatch(text) else None


def moment(text: Any) -> datetime | None:
    """ISO 8601, UTC unless it names another zone, years 1900 to 9000; None where it is no time."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
        found = found and (found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC))
    except (ValueError, OverflowError):
        return None
    return found if found and 1900 <= found.year <= 9000 else None


class Reader:
    """The fields of one object; each is taken out once, null counts as absent, `rest` is what nobody asked for.

    A field that is wrong is noted in `problems` and reads as None.
    """

    def __init__(self, given: Any, *, path: str = "", problems: list[Problem] | None = None) -> None:
        self.path = path
        self.problems: list[Problem] = [] if problems is None else problems
        self.rest: dict[str, Any] = dict(given) if isinstance(given, dict) else {}
        if not isinstance(given, dict):
            self.problems.append(Problem(path or "body", "OBJECT_EXPECTED", _("Give a JSON object.")))

    def refuse(self, name: str, code: str, message: str, *params: Any) -> None:
        self.problems.append(Problem(f"{self.path}.{name}" if self.path else name, code, message, params))

    def take(self, name: str, *, required: bool = False) -> Any:
        value = self.rest.pop(name, None)
        if required and value is None:
            self.refuse(name, "VALUE_REQUIRED", _("This field is required."))
        return value

    def _typed(self, name: str, kind: type, required: bool) -> Any:
        value = self.take(name, required=required)
        if value is None or isinstance(value, kind):
            return value
        self.refuse(name, *ARTICLES[kind])
        return None

    def text(self, name: str, *, required: bool = False, longest: int = 100_000) -> str | None:
        value = self._typed(name, str, required)
        if value is not None and required and not value.strip():
            self.refuse(name, "BLANK_STRING_NOT_ALLOWED", _("This field cannot be empty."))
        if value is not None and len(value) > longest:
            self.refuse(name, "STRING_LENGTH_GREATER_THAN_MAX", too_long(longest), longest)
            return None
        return value

    def flag(self, name: str, *, required: bool = False) -> bool | None:
        return self._typed(name, bool, required)

    def object(self, name: str, *, required: bool = False) -> dict[str, Any] | None:
        return self._typed(name, dict, required)

    def array(self, name: str, *, required: bool = False) -> list[Any] | None:
        return self._typed(name, list, required)

    def whole(self, name: str, *, least: int = -(2**31), most: int = 2**31 - 1, required: bool = False) -> int | None:
        value = self.take(name, required=required)
        if value is None:
            return None
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        if isinstance(value, float) and value.is_integer():
            number = int(value)
        if isinstance(value, str) and WHOLE.fullmatch(value):
            number = int(value)
        if number is None:
            self.refuse(name, "INTEGER_EXPECTED", _("Give a whole number."))
            return None
        return number if self._within(name, number, least, most) else None

    def decimal(self, name: str, *, least: int, most: int, places: int, required: bool = False) -> Decimal | None:
        """A number or its text, rounded to so many digits after the point."""
        value = self.take(name, required=required)
        if value is None:
            return None
        text = str(value)
        if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,40})?(e-[0-9]{1,3})?", text):
            self.refuse(name, "FLOAT_EXPECTED", _("Give a number."))
            return None
        number = Decimal(text)
        return round(number, places) if self._within(name, number, least, most) else None

    def _within(self, name: str, number: int | Decimal, least: int, most: int) -> bool:
        if number < least:
            self.refuse(name, "VALUE_LESS_THAN_MIN", _("At least %(least)s.", least=least), least)
        elif number > most:
            self.refuse(name, "VALUE_GREATER_THAN_MAX", _("At most %(most)s.", most=most), most)
        return least <= number <= most

    def instant(self, name: str, *, required: bool = False) -> datetime | None:
        value = self.take(name, required=required)
        found = moment(value)
        if value is not None and found is None:
            self.refuse(name, "INVALID_DATE_TIME_SYNTAX", _("Give a time such as 2026-11-22T16:00:00."))
        return found

    def id(self, name: str, *, required: bool = False) -> UUID | None:
        """The id; one that cannot be an id of ours is unknown like any other."""
        value = self.take(name, required=required)
        found = identifier(value)
        if value is not None and found is None:
            self.refuse(name, "ENTITY_DOES_NOT_EXIST", _("There is no such thing."))
        return found

    def ids(self, name: str) -> list[UUID] | None:
        values = self.array(name)
        if values is None:
            return None
        found = [identifier(one) for one in values]
        if None in found:
            self.refuse(name, "ENTITY_DOES_NOT_EXIST", _("There is no such performer."))
            return None
        return found

    @contextmanager
    def inside(self, name: str) -> Iterator["Reader | None"]:
        """The object in this field as a reader of its own; None where there is none."""
        value = self.object(name)
        path = f"{self.path}.{name}" if self.path else name
        yield Reader(value, path=path, problems=self.problems) if value is not None else None
