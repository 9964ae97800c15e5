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
_fields = msgspec.json.Decoder(Fields).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def line_record(number: int, end: int, line: bytes) -> Record:
    return json_record(number, end, line.decode("utf-8", "surrogateescape").strip("\ufeff \t\r\n"))


def quick_line(number: int, end: int, line: bytes, *, now: datetime, callback_url: str) -> QuickLine | None:
    """None where the long way must look. `callback_url` stands for whatever the line says."""
    # NUL and half surrogates come as escapes only; deep nesting takes many brackets.
    if len(line) > LONGEST_QUICK or b"\\u" in line or line.count(b"{") + line.count(b"[") >= DEEPEST:
        return None
    try:
        fields = _fields(line)
        cells = _cells(fields, now, callback_url)
    except (InvalidInput, msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return None
    where = (fields.project, fields.batch, fields.type, fields.completed_by, fields.response is not UNSET)
    return cells and QuickLine(number, end, line, fields, where, _tail(cells))


def _cells(one: Fields, now: datetime, callback_url: str) -> list[str | None] | None:
    kind, is_done = TASK_TYPES.get(one.type), one.response is not UNSET
    if kind is None or one.status == ("pending" if is_done else "completed") or _has_blanks(one):
        return None
    params = _object(one.params)
    kind.check_params(params)
    if is_done:
        kind.check_response(params, _object(one.response))
    metadata = "{}" if one.metadata is UNSET else _text_of_object(one.metadata)
    created_at, completed_at = _instant(one.created_at, now), _instant(one.completed_at, now)
    if not is_done and completed_at:
        return None
    if is_done:
        completed_at = completed_at or max(now, created_at or now)
        if created_at and created_at > completed_at:
            return None
    return [
        kind.name, "completed" if is_done else "pending", one.instruction, str(one.params, "utf-8"), metadata,
        str(one.response, "utf-8") if is_done else None, _tags(one.tags) if one.tags is not None else None,
        one.unique_id, callback_url or one.callback_url, completed_at.isoformat() if completed_at else None,
        (created_at or completed_at or now).isoformat(),
    ]  # fmt: skip


def _has_blanks(one: Fields) -> bool:
    """Whether a name would be another without the blanks around it."""
    return any(name != name.strip() for name in (one.project, one.batch, one.completed_by, one.callback_url) if name)


def _text_of_object(raw: Raw) -> str:
    _object(raw)
    return str(raw, "utf-8")


def _instant(text: str, now: datetime) -> datetime | None:
    """Raises ValueError for what is no time or lies ahead."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if found > now:
        raise ValueError(text)
    return found


def array_text(texts: Iterable[str]) -> str:
    """A PostgreSQL array of texts."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


# The same few tags come again and again; long lists of them do not.
_few_tags = lru_cache(maxsize=4096)(array_text)
MOST_REMEMBERED = 8


def _tags(tags: list[str]) -> str:
    return _few_tags(tuple(tags)) if len(tags) <= MOST_REMEMBERED else array_text(tags)


def _tail(cells: list[str | None]) -> str:
    """Joined for COPY. Escapes are looked for once in all of them: mostly there is none."""
    text = "".join([cell for cell in cells if cell is not None])
    if "\\" in text or "\n" in text or "\t" in text or "\r" in text:
        cells = [cell and cell.translate(_ESCAPES) for cell in cells]
    return "\t".join(["\\N" if cell is None else cell for cell in cells])
