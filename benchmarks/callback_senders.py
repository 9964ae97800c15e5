"""Those who send, each a process of its own; a line of JSON on standard input, its options, is one run.

    python -m benchmarks.callback_senders engine|bare

`engine` is the product's deliverer; `bare` is aiohttp alone, the limit: same bytes, same signature, no database. At the
end of a run each prints {"sent", "cpu", "steady_sent", "steady_cpu"}: all of it, and from the `warm`th on. What comes
before is, for both, connecting and what Python does once in a process; the steady part has the end in it, with its idle
time. `engine` adds how many claims it made, and how many of them found something.
"""

import argparse
import asyncio
import importlib
import json
import os
import sys
import time
from collections import Counter
from itertools import count
from types import SimpleNamespace
from typing import Any

import django

BODY = json.dumps({"task": {"text": "x" * 1600}, "status": "completed"}).encode()
# Of each sender; the first claims, connections and look-ups.
WARM = 500
# `timeout`: seconds that a receiver has; None: as the settings say.
OPTIONS = {"url": "", "number": 0, "concurrency": 64, "endpoints": 20, "idle": 1.0, "seconds": 60.0, "warm": WARM,
           "timeout": None}  # fmt: skip
told: Counter[str] = Counter()
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def cpu() -> float:
    used = os.times()
    return used.user + used.system


def engine(options: SimpleNamespace) -> tuple[int, float]:
    """How many were sent, and the CPU seconds when the warming up was over."""
    from django.conf import settings

    from callbacks.delivery import Deliverer

    class Marked(Deliverer):
        warm_at = 0.0

        async def _claim(self) -> Any:
            claimed = await super()._claim()
            told["claims"] += 1
            told["claimed"] += bool(claimed[0])
            return claimed

        async def _deliver(self, *arguments: Any) -> None:
            await super()._deliver(*arguments)
            if self.sent >= options.warm and not self.warm_at:
                self.warm_at = cpu()

    told.clear()
    if options.timeout:
        settings.CALLBACK_TIMEOUT_SECONDS, settings.CALLBACK_LEASE_SECONDS = options.timeout, options.timeout + 20
    deliverer = Marked(idle_seconds=options.idle, run_seconds=options.seconds)
    return deliverer.run(), deliverer.warm_at


def bare(options: SimpleNamespace) -> tuple[int, float]:
    import aiohttp

    from callbacks.signing import signed_headers

    marks = []

    async def send_all() -> None:
        numbers = count()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def send_some() -> None:
                while (number := next(numbers)) < options.number:
                    if number == options.warm:
                        marks.append(cpu())
                    headers = {"content-type": "application/json", "user-agent": "bare"}
                    headers |= signed_headers(f"{number:032x}", int(time.time()), BODY, [SECRET])
                    url = f"{options.url}/{number % options.endpoints}"
                    async with session.post(url, data=BODY, headers=headers) as response:
                        await response.read()

            await asyncio.gather(*(send_some() for _ in range(options.concurrency)))

    asyncio.run(send_all())
    return options.number, marks[0]


def run(kind: str, options: SimpleNamespace) -> dict[str, float]:
    before = cpu()
    sent, warm_at = {"engine": engine, "bare": bare}[kind](options)
    after = cpu()
    steady = {"steady_sent": sent - options.warm, "steady_cpu": after - warm_at} if sent > options.warm else {}
    return {"sent": sent, "cpu": after - before} | steady | told


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["engine", "bare"])
    kind = parser.parse_args().kind
    # Loading is not counted, for neither.
    if kind == "engine":
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
        django.setup()
    importlib.import_module({"engine": "callbacks.delivery", "bare": "callbacks.signing"}[kind])
    for line in sys.stdin:
        print(json.dumps(run(kind, SimpleNamespace(**{**OPTIONS, **json.loads(line)}))), flush=True)


if __name__ == "__main__":
    main()
