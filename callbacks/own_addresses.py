"""What callbacks must never reach though its address may look public: this machine, its database, its broker."""

import logging
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from django.conf import settings

log = logging.getLogger(__name__)
# Any port: nothing is sent to it.
SOME_PORT = 9
# (address, port) of database and broker, as `learn_services` found them.
_services: frozenset[tuple[IPv4Address | IPv6Address, int]] = frozenset()


def is_ours(address: IPv4Address | IPv6Address) -> bool:
    """This machine's own, or that of its database or broker.

    Asked of the routing table: what goes to an own address would also come from it. A datagram socket that is connected
    sends nothing.
    """
    if any(address == known for known, _port in _services):
        return True
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((str(address), SOME_PORT))
            return ip_address(asked.getsockname()[0].partition("%")[0]) == address
    except OSError:
        # There is no way there at all.
        return False


def is_service(host: str, port: int) -> bool:
    """The very place where database or broker listen: refused also within networks that the operator allows."""
    address = ip_address(host.partition("%")[0])
    return (getattr(address, "ipv4_mapped", None) or address, port) in _services


def learn_services() -> None:
    """Look up where database and broker are. Blocking; once for each run of a deliverer."""
    global _services
    found = set()
    for url, port in ((settings.DIRECT_DATABASE_URL, 5432), (_database_url(), 5432), (settings.REDIS_URL, 6379)):
        try:
            parts = urlsplit(url)
            if parts.hostname:
                found |= set(_addresses(parts.hostname, parts.port or port))
        except (OSError, ValueError) as error:
            # Unknown to this machine: then no name that a callback is sent to leads there either.
            log.debug("No address of a service (%s)", type(error).__name__)
    _services = frozenset(found)


def _database_url() -> str:
    database = settings.DATABASES["default"]
    return f"postgres://{database['HOST']}:{database['PORT'] or 5432}"


def _addresses(host: str, port: int) -> list[tuple[IPv4Address | IPv6Address, int]]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(ip_address(answer[4][0].partition("%")[0]), port) for answer in answers]
