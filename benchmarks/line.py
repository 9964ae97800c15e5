"""A kept connection whose own work is next to nothing: load and server share the cores, and the server is measured."""

import os
import re
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)


class Line:
    """HTTP/1.1 as the product's own server speaks it: every answer has a Content-Length, no request is redirected."""

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(os.environ["LABELOPS_URL"])
        self.headers = written({"Host": parts.netloc, **(headers or {})})
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(
        self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        self.send(method, path, body, headers)
        return self.answer()

    def send(self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None) -> None:
        content = body.encode()
        own = written({**(headers or {}), "Content-Length": str(len(content))})
        head = f"{method} {path} HTTP/1.1\r\n{self.headers}{own}\r\n"
        self.socket.sendall(head.encode() + content)

    def answer(self) -> tuple[int, bytes]:
        found = self._more()
        while (end := found.find(b"\r\n\r\n")) < 0:
            found += self._more()
        parts, missing = [found[end + 4 :]], int(LENGTH.search(found, 0, end)[1]) - (len(found) - end - 4)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return int(found[9:12]), b"".join(parts)

    def _more(self) -> bytes:
        found = self.socket.recv(65536)
        if not found:
            raise ConnectionError("the server closed the connection")
        return found


def written(headers: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())
