"""JSON lists and JSON Lines as streams of records.

The list reader parses each element where it stands in a window of the file, so memory holds one window of it.
A broken element costs itself only as long as its brackets and quotes are balanced.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from audits.importing.quick import QuickLine, line_record
from audits.importing.records import (
    DECODER,
    LONGEST_READ,
    BrokenFile,
    Record,
    byte_length,
    json_record,
    settled,
)

BLOCK = 256 * 1024
BLANK_BYTES = b" \t\r\n"
BLANK = re.compile(r"[ \t\r\n]*")
# A list, or the list inside of {"tasks": […]} or {"docs": […]}.
OPENING = re.compile(r'\ufeff?[ \t\r\n]*(?:\{\s*"(?:tasks|docs)"\s*:\s*)?\[')
TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*("|\Z|\\\Z)|[\[\]{},]', re.DOTALL)


class Window:
    """The part of the file that is read but not consumed. `offset` is the byte at which `text[at]` begins."""

    def __init__(self, file: BinaryIO, offset: int) -> None:
        file.seek(offset)
        self.file, self.offset, self.text, self.at, self.ended = file, offset, "", 0, False
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def grow(self) -> bool:
        """Read on, twice as much where one record needs it; False at the end of the file."""
        if self.ended:
            return False
        rest = self.text[self.at :]
        block = self.file.read(max(BLOCK, len(rest)))
        self.ended = not block
        self.text, self.at = rest + self._decoder.decode(block, final=self.ended), 0
        return True

    def take(self, end: int) -> str:
        piece = self.text[self.at : end]
        self.at = end
        self.offset += byte_length(piece)
        return piece

    def skip_blank(self) -> str:
        """The next character that is no blank; empty at the end of the file."""
        while True:
            self.take(BLANK.match(self.text, self.at).end())
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.grow():
                return ""


def read_list(file: BinaryIO, *, offset: int, number: int) -> Iterator[Record]:
    """The records after the one with this number, whose end is at this byte; 0 and 0 begin at the beginning."""
    window = Window(file, 0)
    window.grow()
    opening = OPENING.match(window.text)
    if opening is None:
        # One task alone, as in a call that creates it.
        yield from [] if number else [_single(window)]
        return
    window.take(opening.end())
    more = window.skip_blank() != "]"
    if number:
        window = Window(file, offset)
        more = _next_element(window, number)
    while more:
        number += 1
        yield _element(window, number)
        more = _next_element(window, number)


def _single(window: Window) -> Record:
    if "{" not in window.text:
        raise BrokenFile("The file is no JSON list of tasks.")
    window.take(window.text.index("{"))
    record = _element(window, 1)
    if window.skip_blank():
        raise BrokenFile("After the first object there is more. Put several tasks into a list, or one on each line.")
    return record


def _next_element(window: Window, number: int) -> bool:
    found = window.skip_blank()
    if found == "," and window.take(window.at + 1):
        return window.skip_blank() != "]"
    if found == "]":
        return False
    where = "the file ends" if not found else f"“{found}” stands"
    raise BrokenFile(f"After record {number} {where} where a comma or the end of the list should be.")


def _element(window: Window, number: int) -> Record:
    try:
        value, end = DECODER.raw_decode(window.text, window.at)
        if isinstance(value, dict):
            raw = window.take(end)
            return settled(number, window.offset, raw, value)
    except (ValueError, RecursionError):
        pass
    raw = window.take(_end_of_element(window, number))
    return json_record(number, window.offset, raw)


def _end_of_element(window: Window, number: int) -> int:
    """Where the brackets and quotes of the next element close, read on as far as needed."""
    while (end := _balanced_end(window.text, window.at)) is None:
        if len(window.text) - window.at > LONGEST_READ or not window.grow():
            raise BrokenFile(f"Record {number} does not end: a quote or a bracket in it is never closed.")
    return end


def _balanced_end(text: str, start: int) -> int | None:
    depth = 0
    for token in TOKEN.finditer(text, start):
        mark = token[0]
        if mark in "[{":
            depth += 1
        elif mark in ",]}" and depth == 0:
            return token.start()
        elif mark in "]}":
            depth -= 1
            if depth == 0:
                return token.end()
        elif mark[0] == '"' and token[1] != '"':
            return None
    return None


Quick = Callable[[int, int, bytes], QuickLine | None]


def read_lines(file: BinaryIO, *, offset: int, number: int, quick: Quick | None = None) -> Iterator[Record | QuickLine]:
    """One JSON object per line, after the line with this number; blank lines are passed over.

    `quick` is asked first for each line; without it, or where it has no answer, a line is a record.
    """
    file.seek(offset)
    while line := file.readline(LONGEST_READ + 1):
        number += 1
        if len(line) > LONGEST_READ:
            raise BrokenFile(f"Line {number} is longer than {LONGEST_READ // 1024 // 1024} MB.")
        offset += len(line)
        if found := quick and quick(number, offset, line):
            yield found
        elif line.strip(BLANK_BYTES):
            record = line_record(number, offset, line)
            if record.raw:
                yield record
