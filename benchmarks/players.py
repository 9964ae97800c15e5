"""Many clients in one thread, so that the load costs next to nothing on the cores that it shares with the server.

A player is a generator: it yields what it asks and is sent the answer, until it has played long enough.
"""

import selectors
from collections.abc import Generator, Iterable

from benchmarks.line import Line

# Method, path, body, headers of this request alone -> status and body of the answer.
Ask = tuple[str, str, str, dict[str, str]]
Player = Generator[Ask, tuple[int, bytes], None]


def play(players: Iterable[tuple[Line, Player]]) -> list[Exception]:
    """Until each has ended; what ended one of them before its time."""
    errors: list[Exception] = []
    with selectors.DefaultSelector() as waiting:
        for line, player in players:
            line.send(*next(player))
            waiting.register(line.socket, selectors.EVENT_READ, (line, player))
        while waiting.get_map():
            for key, _ in waiting.select():
                if not _goes_on(*key.data, errors):
                    waiting.unregister(key.fileobj)
    return errors


def _goes_on(line: Line, player: Player, errors: list[Exception]) -> bool:
    try:
        line.send(*player.send(line.answer()))
    except StopIteration:
        return False
    except Exception as error:
        errors.append(error)
        return False
    return True
