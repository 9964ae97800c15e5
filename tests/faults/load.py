"""Auditors that judge without a pause, and remember what they were told."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from tests.embedded.conftest import wait_until
from tests.faults.browser import Browser, Work
from tests.faults.instance import Instance

PAUSE = 0.1


@dataclass
class Journal:
    """What the auditors saw. `acknowledged`: lock token -> (task, verdict); each answer is (at, status, seconds)."""

    acknowledged: dict[int, tuple[str, str]] = field(default_factory=dict)
    answers: list[tuple[float, int, float]] = field(default_factory=list)
    strange: list[tuple[int, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, status: int, seconds: float) -> None:
        with self.lock:
            self.answers.append((time.monotonic(), status, seconds))

    def counted(self, since: float = 0) -> Counter[int]:
        """How often each status came; 0: the connection broke."""
        return Counter(status for at, status, _ in self.answers if at >= since)

    def slowest(self) -> float:
        return max(seconds for _, _, seconds in self.answers)


class Auditor(threading.Thread):
    """Judges task after task; what got no clear answer is sent again, the very same form."""

    def __init__(self, browser: Browser, work: Work, journal: Journal, enough: threading.Event) -> None:
        super().__init__(daemon=True)
        self.browser, self.work, self.journal, self.enough = browser, work, journal, enough

    def run(self) -> None:
        while not self.enough.is_set():
            if not self.judge():
                time.sleep(PAUSE)

    def judge(self) -> bool:
        begun, verdict = time.monotonic(), "rejected" if self.work.token % 5 == 0 else "accepted"
        try:
            answer = self.browser.judge(self.work, verdict, comment=f"under {self.work.token}")
        except httpx.TransportError:
            self.journal.note(0, time.monotonic() - begun)
            return False
        self.journal.note(answer.status_code, time.monotonic() - begun)
        if answer.status_code == 200:
            return self.go_on(answer, verdict)
        if answer.status_code != 503:
            self.journal.strange.append((answer.status_code, answer.text[:300]))
        return False

    def go_on(self, answer: httpx.Response, verdict: str) -> bool:
        with self.journal.lock:
            self.journal.acknowledged[self.work.token] = (self.work.task_id, verdict)
        if "data-verdict-form" in answer.text:
            self.work = Work.on(answer.text)
        else:
            self.enough.set()
        return True


def wait_for_verdicts(journal: Journal, number: int, seconds: float = 30) -> None:
    """So many more acknowledged ones than now."""
    goal = len(journal.acknowledged) + number
    wait_until(lambda: len(journal.acknowledged) >= goal, seconds=seconds, what=f"{number} more verdicts")


@contextmanager
def auditors_judging(instance: Instance, browsers: list[Browser], tasks: int = 400) -> Iterator[Journal]:
    """While the block runs, and a moment longer; then every thread has ended."""
    path = browsers[0].open_session(size=tasks, project="load", review_status="pending")
    journal, enough = Journal(), threading.Event()
    threads = [Auditor(one, one.work_at(path), journal, enough) for one in browsers]
    for thread in threads:
        thread.start()
    try:
        yield journal
        # Nobody ran out of tasks.
        assert not enough.is_set()
    finally:
        enough.set()
        for thread in threads:
            thread.join(30)
