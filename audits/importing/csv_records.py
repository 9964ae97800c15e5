"""CSV as a stream of records: a header names the columns, `params.x`, `response.x` and `metadata.x` reach inside."""

import csv
from collections.abc import Iterator
from typing import Any, BinaryIO

from audits.importing.records import LONGEST_READ, BrokenFile, Record, text_error
from audits.json_input import parse_json
from audits.spreadsheet import plain_cell
from labelops.errors import InvalidInput

INSIDE = ("params", "response", "metadata")


class Lines:
    """The file's lines as text, and how many bytes and lines of it are read."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.offset, self.number, self.raw = file, 0, 0, []

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self.file.readline(LONGEST_READ + 1)
        if not line:
            raise StopIteration
        if len(line) > LONGEST_READ:
            raise BrokenFile(f"Line {self.number + 1} is longer than {LONGEST_READ // 1024 // 1024} MB.")
        self.offset += len(line)
        self.number += 1
        text = line.decode("utf-8", "surrogateescape")
        self.raw.append(text)
        return text

    def go_to(self, offset: int, number: int) -> None:
        self.file.seek(offset)
        self.offset, self.number = offset, number

    def taken(self) -> str:
        """The lines since the last call: a row may have several."""
        text = "".join(self.raw).rstrip("\r\n")
        self.raw.clear()
        return text


def read_csv(file: BinaryIO, *, offset: int, number: int) -> Iterator[Record]:
    """The records after this line (the header is line 1). A record's number is the line where it ends."""
    csv.field_size_limit(LONGEST_READ)
    file.seek(0)
    lines = Lines(file)
    delimiter, header = _header(lines)
    if offset > lines.offset:
        lines.go_to(offset, number)
    lines.taken()
    for row in _rows(lines, delimiter):
        raw = lines.taken()
        if row:
            yield _record(lines, raw, header, row)


def _header(lines: Lines) -> tuple[str, list[str]]:
    first = next(lines, "").removeprefix("\ufeff")
    delimiter = max(",;\t", key=first.count)
    names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
    if not any(names):
        raise BrokenFile("The file has no header: its first line must name the columns.")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise BrokenFile(f"The column “{twice[0][:100]}” stands twice in the header. Rename or remove one.")
    return delimiter, names


def _rows(lines: Lines, delimiter: str) -> Iterator[list[str]]:
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        begin = lines.number + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise BrokenFile(f"The row that begins at line {begin} cannot be read: {error}.") from error
        if row is None:
            return
        yield row


def _record(lines: Lines, raw: str, header: list[str], row: list[str]) -> Record:
    place = (lines.number, lines.offset, raw)
    if error := text_error(raw) or _row_error(raw, header, row):
        return Record(*place, error=error)
    try:
        return Record(*place, row_value(header, row))
    except InvalidInput as error:
        return Record(*place, error=error.message)


def _row_error(raw: str, header: list[str], row: list[str]) -> str:
    if len(row) > len(header):
        return f"The row has {len(row)} cells, the header only {len(header)}."
    return "Text must not hold the character NUL (U+0000)." if "\0" in raw else ""


def row_value(header: list[str], row: list[str]) -> dict[str, Any]:
    """The record that a row stands for; empty cells are absent."""
    value: dict[str, Any] = {"params": {}}
    for name, cell in zip(header, row, strict=False):
        if not cell or not name:
            continue
        outer, _, inner = name.partition(".")
        if inner and outer in INSIDE:
            value.setdefault(outer, {})[inner] = _inner_cell(name, cell)
        elif name in INSIDE:
            value[name] = {**_object(name, cell), **value.get(name, {})}
        else:
            value[name] = plain_cell(cell)
    if tags := value.get("tags"):
        value["tags"] = _list(tags)
    return value


def _inner_cell(name: str, cell: str) -> Any:
    """Text, unless the cell is a JSON list or object."""
    return _json(name, cell) if cell[0] in "[{" else plain_cell(cell)


def _object(name: str, cell: str) -> dict[str, Any]:
    found = _json(name, cell)
    if not isinstance(found, dict):
        raise InvalidInput(f"Column {name}: a JSON object is needed.")
    return found


def _json(name: str, cell: str) -> Any:
    try:
        return parse_json(cell)
    except InvalidInput as error:
        raise InvalidInput(f"Column {name}: {error.message}") from error


def _list(cell: str) -> Any:
    if cell.startswith("["):
        return _json("tags", cell)
    return [tag.strip() for tag in cell.split(",") if tag.strip()]
