"""JSON from outside, refused where PostgreSQL or a later reader would choke on it: an InvalidInput, never a 500."""

import json
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from labelops.errors import InvalidInput

DEEPEST = 100
LONGEST_NUMBER = 300
_SURROGATES = range(0xD800, 0xE000)


def parse_json(data: bytes | str) -> Any:
    """The value; InvalidInput names what is wrong (syntax with line and column, NaN, NUL, depth, numbers too long)."""
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        value = json.loads(text, parse_constant=_refuse_constant, parse_int=_whole_number, parse_float=_number)
    except UnicodeDecodeError as error:
        raise InvalidInput(_("The text is not UTF-8.")) from error
    except json.JSONDecodeError as error:
        raise InvalidInput(
            _("This is not JSON: %(reason)s (line %(line)s, column %(column)s).")
            % {"reason": error.msg, "line": error.lineno, "column": error.colno}
        ) from error
    except RecursionError as error:
        raise InvalidInput(_("The JSON is nested deeper than %(number)s levels.") % {"number": DEEPEST}) from error
    check_json(value)
    return value


def check_json(value: Any) -> None:
    """Refuse what parses but cannot be stored: NUL, lone surrogates, too deep a nesting."""
    level = [value]
    for _level in range(DEEPEST):
        level = [inner for outer in level for inner in _parts(outer)]
        if not level:
            return
    raise InvalidInput(_("The JSON is nested deeper than %(number)s levels.") % {"number": DEEPEST})


def _parts(value: Any) -> list[Any]:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for key in value:
            _check_text(key)
        return list(value.values())
    elif isinstance(value, list):
        return value
    return []


def _check_text(text: str) -> None:
    if text.isascii():
        if "\0" in text:
            raise InvalidInput(_("Text must not hold the character NUL (U+0000)."))
    elif "\0" in text or any(ord(character) in _SURROGATES for character in text):
        raise InvalidInput(_("Text must not hold NUL (U+0000) or half of a surrogate pair."))


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidInput(f"{name} is not a number that JSON knows.")


def _whole_number(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise InvalidInput(_("A number has more than %(number)s digits.") % {"number": LONGEST_NUMBER})
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if len(digits) > LONGEST_NUMBER or number in (float("inf"), float("-inf")):
        raise InvalidInput(_("A number is too large or too long."))
    return number
