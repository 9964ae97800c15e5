"""Records read and checked ahead, in a thread of their own, while the chunk before them is being written."""

import gc
import itertools
import queue
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audits.importing.fields import TaskFields, read_fields, unique_id_of
from audits.importing.quick import QuickLine
from audits.importing.records import BrokenFile, Record
from labelops.errors import InvalidInput
from labelops.tenancy.identifiers import uuid7_texts

# Records are trees without circles. The collector, looking for some, costs as much as reading them.
COLLECT_EVERY = 25  # chunks
# Seconds after which the thread that writes gets the interpreter back: each answer of the database waits for it.
SWITCH = 0.0005
# Chunks that wait: enough that neither side stands still, few enough that memory stays flat.
AHEAD = 2


@dataclass(slots=True)
class Reading:
    """A record with its checked fields, or the sentence why it has none. `unique_id`: as far as it could be read."""

    record: Record
    unique_id: str | None = None
    fields: TaskFields | None = None
    error: str = ""


def read_all(records: list[Record], *, now: datetime) -> list[Reading]:
    return [_read(record, now) for record in records]


def _read(record: Record, now: datetime) -> Reading:
    if record.error or record.value is None:
        return Reading(record, error=record.error)
    unique_id = None
    try:
        unique_id = unique_id_of(record.value)
        return Reading(record, unique_id, read_fields(record.value, now=now, size=len(record.raw)))
    except InvalidInput as error:
        return Reading(record, unique_id, error=error.message)


@dataclass(slots=True)
class Chunk:
    """What is written in one transaction: `lines` as they stand, `readings` by what was read of them."""

    lines: list[QuickLine]
    readings: list[Reading]
    # Of the file, up to behind its last record.
    end: int
    # For its tasks, made as it is read: so they are in the order of the file, whichever way each is written.
    ids: list[str]
    # What the writer has made of it ahead, if it could.
    ready: Any = None

    def __len__(self) -> int:
        return len(self.lines) + len(self.readings)

    def read_long(self, lines: Iterable[QuickLine], *, now: datetime) -> list[Reading]:
        """These and the readings, in the order of the file."""
        found = [*self.readings, *read_all([line.record() for line in lines], now=now)]
        return sorted(found, key=lambda one: one.record.number)


def chunks_of(records: Iterable[Record | QuickLine], *, most: int, most_bytes: int, now: datetime) -> Iterator[Chunk]:
    """Bounded in number and in size, and checked; what was read before the file breaks is still handed out."""
    waiting: list[Record | QuickLine] = []
    size, end = 0, 0
    try:
        for record in records:
            waiting.append(record)
            size += record.end - end if end else 0
            end = record.end
            if len(waiting) == most or size >= most_bytes:
                yield _checked(waiting, now)
                waiting, size = [], 0
    except BrokenFile:
        if waiting:
            yield _checked(waiting, now)
        raise
    if waiting:
        yield _checked(waiting, now)


def _checked(records: list[Record | QuickLine], now: datetime) -> Chunk:
    lines = [one for one in records if type(one) is QuickLine]
    others = [] if len(lines) == len(records) else [one for one in records if type(one) is Record]
    return Chunk(lines, read_all(others, now=now), records[-1].end, uuid7_texts(len(records)))


class ReadAhead:
    """Iterates over the checked chunks; what the reader raises is raised where its chunk would have come."""

    def __init__(self, chunks: Iterator[Chunk], *, make_ready: Callable[[Chunk], Any]) -> None:
        self.chunks, self.make_ready = chunks, make_ready
        self._queue: queue.Queue[Chunk | Exception | None] = queue.Queue(AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="import-reader", daemon=True)

    def __enter__(self) -> Iterator[Chunk]:
        self._collects, self._switch = gc.isenabled(), sys.getswitchinterval()
        gc.disable()
        sys.setswitchinterval(SWITCH)
        self._thread.start()
        return self._handed_out()

    def __exit__(self, *_: object) -> None:
        """Waits for the thread: it reads from a file that is closed after this."""
        self._stopped.set()
        self._thread.join()
        sys.setswitchinterval(self._switch)
        if self._collects:
            gc.enable()

    def _run(self) -> None:
        try:
            for chunk in self.chunks:
                chunk.ready = self.make_ready(chunk)
                if not self._put(chunk):
                    return
            self._put(None)
        except Exception as error:
            self._put(error)

    def _put(self, one: Chunk | Exception | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(one, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def _handed_out(self) -> Iterator[Chunk]:
        for number in itertools.count(1):
            one = self._queue.get()
            if one is None:
                return
            if isinstance(one, Exception):
                raise one
            if number % COLLECT_EVERY == 0:
                gc.collect()
            yield one
