"""Fields of a JSON body and keys of a query string, taken one by one; a wrong one is a sentence that names it."""

from datetime import datetime
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.http import QueryDict
from rest_framework.request import Request

from audits.filters import InstantField
from labelops.errors import InvalidInput

FLAGS = {"true": True, "1": True, "false": False, "0": False}
LARGEST_OFFSET = 100_000


def refuse(name: str, sentence: str) -> NoReturn:
    raise InvalidInput(fields={name: f"{name} {sentence}"})


class Fields:
    """The fields of a JSON object. Each is taken out once; null counts as absent; `rest` is what nobody asked for."""

    def __init__(self, request: Request) -> None:
        if not isinstance(request.data, dict):
            raise InvalidInput("The body must be a JSON object.")
        self.rest: dict[str, Any] = dict(request.data)

    def _take(self, name: str, kind: type, sentence: str) -> Any:
        value = self.rest.pop(name, None)
        # bool is an int to Python, but not to JSON.
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            refuse(name, sentence)
        return value

    def text(self, name: str, *, longest: int | None = 255) -> str | None:
        value = self._take(name, str, "must be text.")
        if value is not None and longest and len(value) > longest:
            refuse(name, f"must have at most {longest} characters.")
        return value

    def required_text(self, name: str, *, longest: int = 255) -> str:
        value = self.text(name, longest=longest)
        return value if value else refuse(name, "is required.")

    def flag(self, name: str) -> bool | None:
        return self._take(name, bool, "must be true or false.")

    def number(self, name: str) -> int | None:
        return self._take(name, int, "must be a whole number.")

    def decimal(self, name: str) -> int | float | None:
        value = self.rest.pop(name, None)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            refuse(name, "must be a number.")
        return value

    def object(self, name: str) -> dict[str, Any] | None:
        return self._take(name, dict, "must be a JSON object.")

    def texts(self, name: str) -> list[str] | None:
        value = self._take(name, list, "must be a list of texts.")
        return value if value is None else checked_texts(name, value)

    def instant(self, name: str) -> datetime | None:
        return instant(name, self.text(name))

    def instant_text(self, name: str) -> str | None:
        """The instant as it was written: a bare date means another end of the day in another place."""
        text = self.text(name)
        instant(name, text)
        return text

    def refuse_rest(self) -> None:
        """For calls that the original API does not have: a misspelt field must not pass as none."""
        if self.rest:
            raise InvalidInput(f"Unknown field “{sorted(self.rest)[0][:64]}”.")


def checked_texts(name: str, values: list[Any], *, longest: int = 255) -> list[str]:
    if any(not isinstance(value, str) or len(value) > longest for value in values):
        refuse(name, f"must be a list of texts of at most {longest} characters.")
    return values


def instant(name: str, text: str | None) -> datetime | None:
    """ISO 8601; without an offset it is UTC."""
    if not text:
        return None
    try:
        return InstantField().clean(text)
    except ValidationError:
        return refuse(name, "must be a time such as 2026-11-22T16:00:00Z.")


class Query:
    """Keys of the query string; an empty value is no value, an unknown key is nobody's business."""

    def __init__(self, given: QueryDict) -> None:
        self.given = given

    def text(self, name: str) -> str:
        value = self.given.get(name, "")
        return value if "\0" not in value else refuse(name, "must not hold the character NUL.")

    def texts(self, name: str) -> list[str]:
        values = [value for value in self.given.getlist(name) if value]
        return values if "\0" not in "".join(values) else refuse(name, "must not hold the character NUL.")

    def flag(self, name: str) -> bool:
        text = self.text(name).lower()
        return FLAGS[text] if text in FLAGS else bool(text) and refuse(name, "must be true or false.")

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        text = self.text(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            refuse(name, f"must be a whole number from {least} to {most}.")
        return int(text)

    def limit(self) -> int:
        return self.number("limit", default=100, least=1, most=100)

    def offset(self) -> int:
        return self.number("offset", default=0, least=0, most=LARGEST_OFFSET)
