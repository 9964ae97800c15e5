import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from callbacks.delivery import Deliverer
from callbacks.slots import deliverer_slot


class Command(BaseCommand):
    help = (
        "Deliver callbacks without Celery: the same deliverer that the worker runs, in this process, until SIGTERM or "
        "Ctrl-C (what is under way is finished first) or, with --until-idle, until nothing has been due for a moment."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="end when nothing has been due for 1.5 seconds")
        parser.add_argument("--seconds", type=float, default=None, help="end after so many seconds in any case")

    def handle(self, *args: Any, until_idle: bool, seconds: float | None, **options: Any) -> None:
        deliverer = Deliverer(idle_seconds=1.5 if until_idle else None, run_seconds=seconds)
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: deliverer.stop())
        # Its place, where one is free, spares publishers from asking the broker for another deliverer.
        with deliverer_slot():
            self.stdout.write(f"{deliverer.run()} attempts made.")
