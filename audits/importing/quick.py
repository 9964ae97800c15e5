"""Lines of JSON read the short way: a file that this product or a script has written holds nothing else.

One look by a compiled decoder says whether a line is such a task; what it does not know for sure (a name with blanks
around, an unknown key, a time that is none) is read by `reading`, which has the sentences. So this may only take what
that takes, and must make the same of it. The texts of params, metadata and response go to PostgreSQL as they stand.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from audits.importing.fields import MOST_METADATA_BYTES
from audits.importing.records import Record, json_record
from audits.json_input import DEEPEST
from audits.task_types import TASK_TYPES
from labelops.errors import InvalidInput

# In longer ones the metadata may be too large.
LONGEST_QUICK = MOST_METADATA_BYTES // 2
Name = Annotated[str, Meta(max_length=255)]


class Fields(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A line's keys; the last ones are what the product writes itself when it returns a task."""

    unique_id: Annotated[str, Meta(min_length=1, max_length=255)]
    type: str
    params: Raw
    project: Name = ""
    batch: Name = ""
    completed_by: Name = ""
    status: Literal["", "pending", "completed"] = ""
    instruction: str = ""
    metadata: Raw | UnsetType = UNSET
    response: Raw | UnsetType = UNSET
    tags: list[Name] | None = None
    callback_url: Annotated[str, Meta(max_length=2048)] = ""
    created_at: str = ""
    completed_at: str = ""
    task_id: Raw | UnsetType = UNSET
    updated_at: Raw | UnsetType = UNSET
    is_test: Raw | UnsetType = UNSET
    urgency: Raw | UnsetType = UNSET
    processed_attachments: Raw | UnsetType = UNSET
    callback_succeeded: Raw | UnsetType = UNSET
    callback_completed: Raw | UnsetType = UNSET
    projectId: Raw | UnsetType = UNSET  # noqa: N815
    project_param_version: Raw | UnsetType = UNSET


# Project, batch, type and performer by name, and whether it is done.
Where = tuple[str, str, str, str, bool]


class QuickLine(msgspec.Struct, gc=False):
    """A task that can be written as it stands. `tail`: its cells of `TAIL`, as COPY reads them."""

    number: int
    end: int
    line: bytes
    fields: Fields
    where: Where
    tail: str

    @property
    def unique_id(self) -> str:
        return self.fields.unique_id

    @property
    def is_done(self) -> bool:
        return self.fields.response is not UNSET

    def record(self) -> Record:
        """The same, as the long way begins with it."""
        return line_record(self.number, self.end, self.line)


TAIL = ("type", "status", "instruction", "params", "metadata", "response", "tags", "unique_id", "callback_url",
        "completed_at", "created_at")  # fmt: skip
# Known by identity: a task's own text may be the same two characters.
NULL = "\\N"
_fields = msgspec.json.Decoder(Fields).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def line_record(number: int, end: int, line: bytes) -> Record:
    return json_record(number, end, line.decode("utf-8", "surrogateescape").strip("\ufeff \t\r\n"))


def quick_line(number: int, end: int, line: bytes, *, now: datetime, callback_url: str) -> QuickLine | None:
    """None where the long way must look. `callback_url` stands for whatever the line says."""
    # NUL and half surrogates come as escapes only; deep nesting takes many brackets.
    has_escapes = b"\\" in line
    deep = line.count(b"{") + line.count(b"[") >= DEEPEST
    if deep or len(line) > LONGEST_QUICK or (has_escapes and b"\\u" in line):
        return None
    try:
        one = _fields(line)
        cells = _cells(one, now, callback_url)
    except (InvalidInput, msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return None
    if cells is None:
        return None
    tail = "\t".join(cells if not has_escapes and _is_plain(line, callback_url) else _escaped(cells))
    where = (one.project, one.batch, one.type, one.completed_by, one.response is not UNSET)
    return QuickLine(number, end, line, one, where, tail)


def _is_plain(line: bytes, callback_url: str) -> bool:
    """Without an escape: what COPY wants escaped JSON wants too, but for the blanks between its values."""
    return b"\t" not in line and line.find(b"\r", 0, -2) < 0 and "\\" not in callback_url


def _cells(one: Fields, now: datetime, callback_url: str) -> list[str] | None:
    kind, is_done = TASK_TYPES.get(one.type), one.response is not UNSET
    if kind is None or one.status == ("pending" if is_done else "completed") or _has_blanks(one):
        return None
    params = _object(one.params)
    kind.check_params(params)
    if is_done:
        kind.check_response(params, _object(one.response))
    metadata = "{}" if one.metadata is UNSET else _text_of_object(one.metadata)
    times = _times(one, now, is_done)
    return times and [
        kind.name, "completed" if is_done else "pending", one.instruction, str(one.params, "utf-8"), metadata,
        str(one.response, "utf-8") if is_done else NULL, NULL if one.tags is None else _tags(one.tags),
        one.unique_id, callback_url or one.callback_url, *times,
    ]  # fmt: skip


def _times(one: Fields, now: datetime, is_done: bool) -> tuple[str, str] | None:
    """When it was completed, and created."""
    created_at, completed_at = _instant(one.created_at, now), _instant(one.completed_at, now)
    if not is_done:
        return None if completed_at else (NULL, _written(one.created_at, created_at or now))
    done = completed_at or max(now, created_at or now)
    if created_at and created_at > done:
        return None
    text = _written(one.completed_at, done)
    return text, _written(one.created_at, created_at) if created_at else text


def _has_blanks(one: Fields) -> bool:
    """Whether a name would be another without the blanks around it."""
    return (
        one.project != one.project.strip()
        or one.batch != one.batch.strip()
        or one.completed_by != one.completed_by.strip()
        or one.callback_url != one.callback_url.strip()
    )


def _text_of_object(raw: Raw) -> str:
    _object(raw)
    return str(raw, "utf-8")


def _instant(text: str, now: datetime) -> datetime | None:
    """Raises ValueError for what is no time or lies ahead."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    if found.tzinfo is not UTC:
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if found > now:
        raise ValueError(text)
    return found


def _written(text: str, instant: datetime) -> str:
    """As it stands where it is the usual 2026-01-31T09:30:00Z, which PostgreSQL reads as Python does."""
    is_usual = len(text) == 20 and text[10] == "T" and text[13] == ":" and text[19] == "Z" and text[5] != "W"
    return text if is_usual else instant.isoformat()


def array_text(texts: Iterable[str]) -> str:
    """A PostgreSQL array of texts."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


# The same few tags come again and again; long lists of them do not.
_few_tags = lru_cache(maxsize=4096)(array_text)
MOST_REMEMBERED = 8


def _tags(tags: list[str]) -> str:
    return _few_tags(tuple(tags)) if len(tags) <= MOST_REMEMBERED else array_text(tags)


def _escaped(cells: list[str]) -> list[str]:
    return [cell if cell is NULL else cell.translate(_ESCAPES) for cell in cells]
