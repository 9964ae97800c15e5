"""What the children print: every line into a file of its own, what people want to see also to the terminal."""

import threading
from collections import deque
from pathlib import Path

FILE_LIMIT = 10 * 1024 * 1024
NAME_WIDTH = 8


class Log:
    """One folder of logs, `<name>.log` each; safe to use from the threads that follow children."""

    def __init__(self, folder: Path, *, quiet: bool = False):
        folder.mkdir(exist_ok=True, mode=0o700)
        self.folder = folder
        self.quiet = quiet
        self.lock = threading.Lock()

    def say(self, text: str, *, name: str = "labelops") -> None:
        if not self.quiet:
            self.show(f"{name:<{NAME_WIDTH}} | {text}")

    def show(self, text: str) -> None:
        """Prints; a terminal that has gone must not stop the stopping."""
        with self.lock:
            try:
                print(text, flush=True)
            except OSError:
                self.quiet = True

    def where(self, name: str) -> str:
        """Where to read on, for the end of a sentence; a throw-away instance takes its files with it."""
        return "" if self.quiet else f" ({self.folder}/{name}.log)"

    def follow(self, name: str, stream, *, shown: bool) -> "Followed":
        return Followed(self, name, stream, shown=shown)

    def open(self, name: str):
        """The named file for appending; one that has grown large becomes `.old` first."""
        path = self.folder / f"{name}.log"
        if path.exists() and path.stat().st_size > FILE_LIMIT:
            path.replace(path.with_suffix(".old"))
        return path.open("a", encoding="utf-8", errors="replace")


class Followed:
    """A thread that reads one child's lines until it closes them."""

    def __init__(self, log: Log, name: str, stream, *, shown: bool):
        self.log, self.name, self.stream, self.shown = log, name, stream, shown
        self.last_lines: deque[str] = deque(maxlen=20)
        self.thread = threading.Thread(target=self.read, name=f"log-{name}", daemon=True)
        self.thread.start()

    def read(self) -> None:
        with self.stream, self.log.open(self.name) as file:
            for raw in self.stream:
                line = raw.decode("utf-8", "replace").rstrip()
                self.last_lines.append(line)
                print(line, file=file, flush=True)
                if self.shown:
                    self.log.say(line, name=self.name)
