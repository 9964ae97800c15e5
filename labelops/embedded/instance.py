"""A running instance: its servers, then the product's processes, started, watched and stopped in order."""

import os
import sys
import urllib.request
from functools import partial
from pathlib import Path

from labelops.embedded.errors import CannotStart
from labelops.embedded.home import PROJECT, Home
from labelops.embedded.leftovers import record_children
from labelops.embedded.log import Log
from labelops.embedded.postgres import Postgres
from labelops.embedded.process import Process, run
from labelops.embedded.stop import Stop
from labelops.embedded.valkey import Valkey

# Preloaded: imported once, and the port opens only when the application has been.
WEB_OPTIONS = [
    "--preload",
    "--workers=2",
    "--threads=8",
    "--worker-class=labelops.web_worker.EvenWorker",
    "--graceful-timeout=5",
    "--keep-alive=30",
]
# A list of tasks is asked for with many ids and tags in its address: the most that gunicorn reads.
WEB_OPTIONS += ["--limit-request-line=8190"]
WEB_OPTIONS += ["--log-level=warning", "--logger-class=labelops.web_log.ShortLog", "--access-logfile=-"]
WEB_OPTIONS += ["--access-logformat=%(t)s %(r)s %(s)s %(M)s ms"]
WORKER_OPTIONS = ["--queues=celery,callbacks", "--concurrency=3", "--loglevel=info"]
WORKER_OPTIONS += ["--without-mingle", "--without-gossip", "--without-heartbeat"]
# A process that ends within QUICK seconds has failed; this many failures in a row are no accident.
QUICK, MOST_FAILURES = 10, 5
SECRETS = {"SECRET_KEY": "SECRET_KEY", "ENCRYPTION_KEYS": "ENCRYPTION_KEY"}


def external_servers() -> dict[str, str]:
    """DATABASE_URL and REDIS_URL where they are set; both or neither."""
    named = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    if len(named) == 1:
        raise CannotStart(f"Only {next(iter(named))} is set: set DATABASE_URL and REDIS_URL, or neither of them.")
    return named


class Servers:
    """PostgreSQL and Valkey of this instance, or nothing where the environment names others."""

    def __init__(self, home: Home, *, log: Log, stop: Stop, durable: bool):
        options = {"log": log, "stop": stop, "durable": durable}
        self.postgres, self.valkey = Postgres(home, **options), Valkey(home, **options)
        self.all = [self.postgres, self.valkey]

    def start(self) -> dict[str, str]:
        for server in self.all:
            server.start()
        return {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.valkey.url}

    def end(self) -> None:
        for server in reversed(self.all):
            if server.process:
                server.process.end(seconds=30)


class Instance:
    def __init__(self, home: Home, *, port: int, log: Log, stop: Stop, durable: bool = True, own_servers: bool = False):
        self.home, self.port, self.log, self.stop = home, port, log, stop
        self.external = {} if own_servers else external_servers()
        self.servers = None if self.external else Servers(home, log=log, stop=stop, durable=durable)
        self.programs: dict[str, Process] = {}
        self.failures: dict[str, int] = {}
        self.variables: dict[str, str] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # --- start -------------------------------------------------------------------------------------------------------

    def start_servers(self) -> None:
        addresses = self.servers.start() if self.servers else self.external
        secrets = {name: os.environ.get(name) or self.home.secret(secret) for name, secret in SECRETS.items()}
        site = os.environ.get("SITE_URL") or self.url
        self.variables = {**addresses, **secrets, "SITE_URL": site, "LABELOPS_HOME": str(self.home.path)}
        self.record()

    def environment(self) -> dict[str, str]:
        fixed = {"DJANGO_SETTINGS_MODULE": "labelops.settings", "PYTHONUNBUFFERED": "1"}
        # Root is who a bare machine has; the worker's warning about it helps nobody here.
        fixed["PYTHONWARNINGS"] = "ignore:You're running the worker with superuser privileges"
        if sys.platform == "darwin":
            fixed["OBJC_DISABLE_INITIALIZE_FORK_SAFETY"] = "YES"
        return {**os.environ, **fixed, **self.variables}

    def run(self, module: str, *arguments: str, what: str) -> list[str]:
        """Runs a module of ours, in a process with Django, to its end; returns what it printed."""
        command = [sys.executable, "-m", f"labelops.embedded.{module}", *arguments]
        options = {"env": self.environment(), "folder": PROJECT}
        return run(module, command, log=self.log, stop=self.stop, what=what, **options)

    def commands(self) -> dict[str, list[str]]:
        python, memory = [sys.executable, "-m"], Path("/dev/shm")
        web = [*python, "gunicorn", "labelops.wsgi", f"--bind=127.0.0.1:{self.port}", *WEB_OPTIONS]
        if memory.is_dir():
            web.append(f"--worker-tmp-dir={memory}")
        celery = [*python, "celery", "--quiet", "--app=labelops"]
        return {
            "web": web,
            "worker": [*celery, "worker", *WORKER_OPTIONS],
            "beat": [*celery, "beat", "--loglevel=warning", "--pidfile=", f"--schedule={self.home.path}/beat.db"],
        }

    def start_program(self, name: str) -> None:
        options = {"env": self.environment(), "folder": PROJECT, "shown": True}
        self.programs[name] = Process(name, self.commands()[name], log=self.log, **options)
        self.record()

    def start_programs(self) -> None:
        """Beat comes last: it is not waited for, and would load at the cost of what is."""
        for name in ("web", "worker"):
            if name not in self.programs:
                self.start_program(name)
        self.wait_ready()
        self.start_program("beat")

    def wait_ready(self) -> None:
        failure = f"The web server did not answer within a minute{self.log.where('web')}"
        self.stop.wait_until(self.is_ready, seconds=60, failure=failure)

    def is_ready(self) -> bool:
        self.restart_ended()
        try:
            urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()
        except OSError:
            return False
        return True

    def record(self) -> None:
        """So that the next start finds what a killed one left."""
        servers = [server.process for server in (self.servers.all if self.servers else []) if server.process]
        record_children(self.home.children_file, [*servers, *self.programs.values()])

    # --- watch -------------------------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Until a signal comes; starts again whatever ends."""
        while True:
            self.restart_ended()
            self.stop.pause(0.25)

    def restart_ended(self) -> None:
        for server in self.servers.all if self.servers else []:
            if server.process.ended:
                self.restart(server.process, server.launch)
        for name, process in list(self.programs.items()):
            if process.ended:
                self.restart(process, partial(self.start_program, name))

    def restart(self, process: Process, start) -> None:
        name = process.name
        self.failures[name] = self.failures.get(name, 0) + 1 if process.age < QUICK else 1
        if self.failures[name] > MOST_FAILURES:
            raise CannotStart(f"{name} keeps failing: {process.last_words()}{self.log.where(name)}")
        self.log.say(f"ended with {process.child.returncode}, starting it again", name=name)
        process.kill_group()
        start()
        self.record()

    # --- stop --------------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """Beat first, so that nothing new is asked for; the servers last."""
        programs = [self.programs[name] for name in ("beat", "web", "worker") if name in self.programs]
        for process in programs:
            process.ask_to_end()
        for process in programs:
            process.end()
        if self.servers:
            self.servers.end()
        self.home.children_file.unlink(missing_ok=True)
