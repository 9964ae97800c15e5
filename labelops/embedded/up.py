"""`manage.py up`: one instance that keeps its data, until Ctrl-C."""

import os
import time

from labelops.embedded import frontend
from labelops.embedded.errors import StopRequested
from labelops.embedded.home import Home
from labelops.embedded.instance import Instance
from labelops.embedded.leftovers import end_survivors
from labelops.embedded.log import Log
from labelops.embedded.ports import wanted_port
from labelops.embedded.stop import Stop


def up() -> int:
    stop = Stop.listening()
    home = Home.chosen()
    with home.locked():
        home.forget_runtime()
        log = Log(home.log_folder)
        try:
            end_survivors(home.children_file, stop=stop)
            port = wanted_port(os.environ.get("PORT", "8000"))
            serve(Instance(home, port=port, log=log, stop=stop), log=log)
        except StopRequested:
            return 0
    return 0


def serve(instance: Instance, *, log: Log) -> None:
    """Starts everything, then watches; whatever ends it, everything is stopped."""
    begun = time.monotonic()
    try:
        bring_up(instance, log=log)
        address = instance.variables["SITE_URL"]
        log.say(f"ready after {time.monotonic() - begun:.1f} s: {address} (Ctrl-C stops everything)")
        instance.watch()
    finally:
        instance.home.forget_runtime()
        ending = time.monotonic()
        log.say("stopping")
        instance.end()
        log.say(f"stopped after {time.monotonic() - ending:.1f} s")


def bring_up(instance: Instance, *, log: Log) -> None:
    instance.start_servers()
    log.say("using the servers of DATABASE_URL and REDIS_URL" if instance.external else "database and broker run")
    frontend.bundle(log=log, stop=instance.stop)
    notes = instance.run("preparation", "--demo", what="Preparing the database")
    log.say("database and static files are up to date")
    instance.home.write_runtime(instance.variables)
    instance.start_programs()
    for line in notes:
        log.show(line)
