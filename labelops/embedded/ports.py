import random
import socket

from labelops.embedded.errors import CannotStart

# Below every system's ephemeral range: a client that retries against a stopped server can then never be given the
# server's own port and connect to itself.
RANGE = range(20000, 32000)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    for _ in range(200):
        port = random.choice(RANGE)
        if is_free(port):
            return port
    raise CannotStart("No free port was found on 127.0.0.1.")


def answers(port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wanted_port(text: str) -> int:
    """The port of PORT, if it is one and nobody has it."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {text!r}.")
    if not is_free(int(text)):
        raise CannotStart(f"Port {text} is in use: stop what listens there, or choose another, e.g. PORT=8001 make up.")
    return int(text)
