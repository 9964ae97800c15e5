"""One record of a file, and the checks that every format shares."""

import json
from dataclasses import dataclass
from typing import Any

from audits.json_input import DEEPEST, check_json, parse_json
from labelops.errors import InvalidInput

# More than this is refused as one record; more than LONGEST_READ is no record at all, the file is broken there.
LARGEST_RECORD = 5 * 1024 * 1024
LONGEST_READ = 16 * 1024 * 1024
NOT_UTF8 = "The record is not UTF-8. Save the file with the encoding UTF-8."


class BrokenFile(Exception):
    """From here on nothing can be read; the message is a sentence for people. What came before is good."""


@dataclass(slots=True)
class Record:
    """`number`: the record's number in a JSON list, else its line. `end`: bytes of the file up to behind it.

    Either `value` or `error` (a sentence) is set.
    """

    number: int
    end: int
    raw: str
    value: dict[str, Any] | None = None
    error: str = ""
    # Whether `raw` is the record's JSON, so that PostgreSQL may read it too.
    is_json: bool = False


def byte_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


def refuse_constant(name: str) -> None:
    raise ValueError(name)


def finite(digits: str) -> float:
    """Past the largest float there is only infinity, which JSON cannot write."""
    number = float(digits)
    if number in (_INFINITY, -_INFINITY):
        raise ValueError(digits)
    return number


_INFINITY = float("inf")
# Almost only C code runs here; what it cannot do, `parse_json` judges once more, in sentences.
DECODER = json.JSONDecoder(parse_constant=refuse_constant, parse_float=finite)


def json_record(number: int, end: int, raw: str) -> Record:
    """The record of one JSON text."""
    try:
        value = DECODER.decode(raw)
    except (ValueError, RecursionError):
        return _slow_record(number, end, raw)
    return settled(number, end, raw, value)


def _slow_record(number: int, end: int, raw: str) -> Record:
    try:
        return settled(number, end, raw, parse_json(raw))
    except InvalidInput as error:
        return Record(number, end, raw, error=error.message)
    except ValueError:
        return Record(number, end, raw, error="This is not JSON.")


def settled(number: int, end: int, raw: str, value: Any) -> Record:
    """The record of a parsed value, refused where it cannot be stored. Looks at the text first: that is cheaper."""
    if not isinstance(value, dict):
        return Record(number, end, raw, error='A record must be a JSON object, such as {"type": …}.')
    if error := text_error(raw):
        return Record(number, end, raw, error=error)
    # NUL and half surrogates come as escapes only; deep nesting takes many brackets.
    if "\\u" in raw or raw.count("{") + raw.count("[") >= DEEPEST:
        try:
            check_json(value)
        except InvalidInput as error:
            return Record(number, end, raw, error=error.message)
    return Record(number, end, raw, value, is_json=True)


def text_error(raw: str) -> str:
    if len(raw) > LARGEST_RECORD:
        return f"The record is longer than {LARGEST_RECORD // 1024 // 1024} MB."
    if not raw.isascii():
        try:
            raw.encode()
        except UnicodeEncodeError:
            return NOT_UTF8
    return ""
