"""Those who send, each a process of its own that prints {"sent", "cpu"} at its end.

    python -m benchmarks.callback_senders engine|bare ...

`engine` is the product's deliverer; `bare` is aiohttp alone, the limit: same bytes, same signature, no database.
"""

import argparse
import asyncio
import importlib
import json
import os
import time
from itertools import count

import django

BODY = json.dumps({"task": {"text": "x" * 1600}, "status": "completed"}).encode()
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def engine(options: argparse.Namespace) -> int:
    from callbacks.delivery import Deliverer

    return Deliverer(idle_seconds=options.idle, run_seconds=options.seconds).run()


def bare(options: argparse.Namespace) -> int:
    import aiohttp

    from callbacks.signing import signed_headers

    async def send_all() -> None:
        numbers = count()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def send_some() -> None:
                while (number := next(numbers)) < options.number:
                    headers = {"content-type": "application/json", "user-agent": "bare"}
                    headers |= signed_headers(f"{number:032x}", int(time.time()), BODY, [SECRET])
                    url = f"{options.url}/{number % options.endpoints}"
                    async with session.post(url, data=BODY, headers=headers) as response:
                        await response.read()

            await asyncio.gather(*(send_some() for _ in range(options.concurrency)))

    asyncio.run(send_all())
    return options.number


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["engine", "bare"])
    parser.add_argument("--url", default="")
    parser.add_argument("--number", type=int, default=0)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--endpoints", type=int, default=20)
    parser.add_argument("--idle", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    # Loading is not counted, for neither.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
    django.setup()
    importlib.import_module("callbacks.delivery")
    before = os.times()
    sent = {"engine": engine, "bare": bare}[options.kind](options)
    after = os.times()
    cpu = after.user + after.system - before.user - before.system
    print(json.dumps({"sent": sent, "cpu": cpu}), flush=True)


if __name__ == "__main__":
    main()
