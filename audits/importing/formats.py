"""Which format a file has, and the reader for it."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from audits.importing.csv_records import read_csv
from audits.importing.json_records import OPENING, Quick, read_lines, read_list
from audits.importing.quick import QuickLine
from audits.importing.records import DECODER, Record
from audits.models import TaskImport
from labelops.errors import InvalidInput

Format = TaskImport.Format
SUFFIXES = {".jsonl": Format.JSONL, ".ndjson": Format.JSONL, ".csv": Format.CSV, ".tsv": Format.CSV, ".txt": Format.CSV}
HEAD = 64 * 1024
ENCODED = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\x1f\x8b": "gzip", b"PK": "zip"}


def detect_format(file: BinaryIO, name: str) -> str:
    """By the first bytes, then by the name's ending. Raises InvalidInput where it is none of the three."""
    file.seek(0)
    head = file.read(HEAD)
    for mark, kind in ENCODED.items():
        if head.startswith(mark):
            raise InvalidInput(f"The file is {kind}. Unpack it or save it as plain UTF-8 text first.")
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text:
        raise InvalidInput("The file is empty.")
    if OPENING.match(text):
        return Format.JSON
    if text.startswith("{"):
        return Format.JSONL if _has_object_on_first_line(text, name) else Format.JSON
    suffix = PurePath(name).suffix.lower()
    if suffix in SUFFIXES and suffix != ".jsonl":
        return SUFFIXES[suffix]
    raise InvalidInput("The file is no JSON list, no JSON Lines and no CSV (name ending in .csv). Choose another file.")


def _has_object_on_first_line(text: str, name: str) -> bool:
    line, _, rest = text.partition("\n")
    if PurePath(name).suffix.lower() in (".jsonl", ".ndjson"):
        return True
    try:
        DECODER.decode(line.strip())
    except (ValueError, RecursionError):
        return False
    return bool(rest.strip())


def read_records(
    file: BinaryIO, *, format: str, offset: int = 0, records: int = 0, quick: Quick | None = None
) -> Iterator[Record | QuickLine]:
    """The file's records after the first `records`, which end at byte `offset`. Raises BrokenFile as it goes.

    `quick`: of JSON Lines, what it takes comes as it made it.
    """
    if format == Format.JSON:
        return read_list(file, offset=offset, number=records)
    if format == Format.JSONL:
        return read_lines(file, offset=offset, number=_lines_before(file, offset), quick=quick)
    return read_csv(file, offset=offset, number=_lines_before(file, offset))


def _lines_before(file: BinaryIO, offset: int) -> int:
    file.seek(0)
    lines = 0
    while offset > 0 and (block := file.read(min(offset, 1024 * 1024))):
        lines += block.count(b"\n")
        offset -= len(block)
    return lines
