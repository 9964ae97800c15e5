"""Records read and checked ahead, in a thread of their own, while the chunk before them is being written."""

import gc
import itertools
import queue
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from audits.importing.fields import TaskFields, read_fields, unique_id_of
from audits.importing.records import BrokenFile, Record
from labelops.errors import InvalidInput

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


def chunks_of(records: Iterable[Record], *, most: int, most_bytes: int) -> Iterator[list[Record]]:
    """Bounded in number and in size; what was read before the file breaks is still handed out."""
    chunk: list[Record] = []
    size = 0
    try:
        for record in records:
            chunk.append(record)
            size += len(record.raw)
            if len(chunk) == most or size >= most_bytes:
                yield chunk
                chunk, size = [], 0
    except BrokenFile:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


class ReadAhead:
    """Iterates over the checked chunks; what the reader raises is raised where its chunk would have come."""

    def __init__(self, chunks: Iterator[list[Record]], *, now: datetime) -> None:
        self.chunks, self.now = chunks, now
        self._queue: queue.Queue[list[Reading] | Exception | None] = queue.Queue(AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="import-reader", daemon=True)

    def __enter__(self) -> Iterator[list[Reading]]:
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
                if not self._put(read_all(chunk, now=self.now)):
                    return
            self._put(None)
        except Exception as error:
            self._put(error)

    def _put(self, one: list[Reading] | Exception | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(one, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def _handed_out(self) -> Iterator[list[Reading]]:
        for number in itertools.count(1):
            one = self._queue.get()
            if one is None:
                return
            if isinstance(one, Exception):
                raise one
            if number % COLLECT_EVERY == 0:
                gc.collect()
            yield one
