"""`manage.py sandbox -- COMMAND`: a throw-away instance with two organizations for one command."""

import json
import os
from pathlib import Path

from labelops.embedded import frontend
from labelops.embedded.errors import StopRequested
from labelops.embedded.instance import Instance
from labelops.embedded.log import Log
from labelops.embedded.ports import free_port
from labelops.embedded.services import call, caller_folder, temporary_home
from labelops.embedded.stop import Stop

# A handler under test listens on this machine, on any port; and tests knock as often as they like.
FREEDOMS = {
    "CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8,::1/128",
    "CALLBACK_ALLOWED_PORTS": "*",
    "RATE_LIMITS": "off",
    "EMAIL_URL": "consolemail://",
}
# What the caller's own instance says about itself is not true of this one.
NOT_INHERITED = ["SITE_URL", "ALLOWED_HOSTS", "DIRECT_DATABASE_URL", "STATIC_ROOT", "MEDIA_ROOT", "S3_BUCKET"]


def sandbox(command: list[str], *, durable: bool = False) -> int:
    stop = Stop.listening()
    folder = caller_folder()
    for name in NOT_INHERITED:
        os.environ.pop(name, None)
    with temporary_home() as home:
        log = Log(home.log_folder, quiet=True)
        instance = Instance(home, port=free_port(), log=log, stop=stop, durable=durable, own_servers=True)
        try:
            variables = bring_up(instance)
            options = {"env": {**instance.environment(), **variables}, "folder": folder, "stop": stop}
            # What dies meanwhile is started again, as `up` does it.
            return call(command, **options, meanwhile=instance.restart_ended)
        except StopRequested:
            return 128 + stop.signal
        finally:
            instance.end()
            instance.servers.postgres.discard()


def bring_up(instance: Instance) -> dict[str, str]:
    """Starts everything; returns the variables that tell COMMAND who it is."""
    instance.start_servers()
    instance.variables |= FREEDOMS
    frontend.bundle(log=instance.log, stop=instance.stop)
    # Nothing is queued before beat runs: the worker may load while the database is made. The web server may not: it
    # looks for the static files when it starts.
    instance.start_program("worker")
    report = instance.home.path / "accounts.json"
    instance.run("sandbox_accounts", str(report), what="Preparing the sandbox")
    instance.start_programs()
    return {"LABELOPS_URL": instance.url, **json.loads(Path(report).read_text())}
