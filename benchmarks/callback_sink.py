"""A receiver in a process of its own: answers at once, after a while, or never, and remembers when what came.

    python -m benchmarks.callback_sink

Prints its port. `POST /<milliseconds>/...` is answered after so long, `/hang/...` never; `GET /arrivals` tells and
forgets: path -> [times by the system's monotonic clock]. As little work per request as Python allows: it runs on the
same cores as what is measured.
"""

import asyncio
import json
import os
import re
import time
from collections import defaultdict

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
arrivals: dict[str, list[float]] = defaultdict(list)


class Receiver(asyncio.Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            found = LENGTH.search(head)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self.buffer) < whole:
                return
            self.buffer = self.buffer[whole:]
            self.answer(head[: head.index(b"\r\n")].decode().split()[1])

    def answer(self, path: str) -> None:
        if path == "/arrivals":
            body = json.dumps(arrivals).encode()
            arrivals.clear()
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            return
        arrivals[path].append(time.monotonic())
        kind = path.split("/")[1]
        if kind == "0":
            self.transport.write(OK)
        elif kind != "hang":
            asyncio.get_running_loop().call_later(int(kind) / 1000, self.transport.write, OK)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    parent = os.getppid()
    # Whoever started it may be killed.
    while os.getppid() == parent:
        await asyncio.sleep(1)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
