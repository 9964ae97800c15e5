"""How a receiver's name is looked up and its socket opened: `callbacks.guard` judges what is about to be dialled.

Apart from the guard, which every process needs, because only those that send load the HTTP client.
"""

import asyncio
import socket
from typing import Any
from weakref import WeakSet

from aiohttp.abc import AbstractResolver, ResolveResult

from callbacks.guard import BlockedAddress, vet_address
from callbacks.own_addresses import is_service
from callbacks.timing import note


def open_vetted_socket(addr_info: tuple[Any, ...]) -> socket.socket:
    """The connector's socket factory: it sees exactly what is connected to, for names and for literal addresses."""
    family, kind, protocol, _, target = addr_info
    vet_address(target[0])
    if is_service(target[0], target[1]):
        raise BlockedAddress(f"{target[0]} is not for callbacks")
    note("connecting")
    opened = socket.socket(family, kind, protocol)
    _opened.add(opened)
    return opened


# Those that are still there, in use or kept open for the next request.
_opened: WeakSet[socket.socket] = WeakSet()


def count_sockets() -> int:
    """How many connections to receivers this process has."""
    return len(_opened)


class VettingResolver(AbstractResolver):
    """Resolves a name once; one bad answer among several condemns them all."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        note("naming")
        answers = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        note("named")
        for answer in answers:
            vet_address(answer[4][0])
        return [
            ResolveResult(hostname=host, host=target[0], port=port, family=kind, proto=protocol, flags=0)
            for kind, _, protocol, _, target in answers
        ]

    async def close(self) -> None:
        """Nothing is kept."""
