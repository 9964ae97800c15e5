"""What manage.py hands over before Django loads: `up`, `sandbox` and `with_services`."""

import argparse
import sys

from labelops.embedded.errors import CannotStart, StopRequested

UP = """\
Start everything on this machine: PostgreSQL, the broker, web, worker and beat. Ctrl-C stops all of it.

The first start also makes the demo organization and prints its logins. `manage.py` in another terminal acts on the
running instance.

Read from the environment:
  PORT                         where to listen on 127.0.0.1 (8000)
  LABELOPS_HOME                the folder of data, logs and secrets (.labelops beside manage.py)
  DATABASE_URL, REDIS_URL      use these servers and start none
  PG_BIN                       the folder of another PostgreSQL's programs
"""
SANDBOX = """\
Run COMMAND against a throw-away instance, then remove it; exits with COMMAND's code.

COMMAND runs in the folder you call from, with callbacks to this machine allowed and without rate limits. It finds in
its environment:
  LABELOPS_URL                                          where the instance answers
  LABELOPS_ORGANIZATION, LABELOPS_OTHER_ORGANIZATION    slugs of two organizations, A and B
  LABELOPS_API_KEY, LABELOPS_TEST_KEY                   a live key and a test-mode key of A
  LABELOPS_OTHER_API_KEY                                a live key of B
  LABELOPS_EMAIL, LABELOPS_PASSWORD                     the owner of A
  LABELOPS_AUDITOR_EMAIL, LABELOPS_AUDITOR_PASSWORD     an auditor of A
  LABELOPS_LEAD_EMAIL, LABELOPS_LEAD_PASSWORD           a lead of A
  LABELOPS_OTHER_EMAIL, LABELOPS_OTHER_PASSWORD         the owner of B
  DATABASE_URL, REDIS_URL                               so that manage.py acts on the sandbox

Example: ./run python manage.py sandbox -- python my_handler_test.py
"""
WITH_SERVICES = """\
Run COMMAND with a throw-away PostgreSQL and broker (fsync off), named by DATABASE_URL and REDIS_URL.

Where both are set already, COMMAND simply runs. Example: ./run python manage.py with_services -- pytest tests/audits
"""


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="manage.py")
    commands = whole.add_subparsers(dest="name", required=True)
    for name, text in {"up": UP, "sandbox": SANDBOX, "with_services": WITH_SERVICES}.items():
        options = {"description": text, "formatter_class": argparse.RawDescriptionHelpFormatter}
        command = commands.add_parser(name, **options)
        if name != "up":
            text = "what to run, with its own arguments, after --"
            command.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help=text)
    return whole


def run(arguments: list[str]) -> int:
    """Runs one of the commands; says in one sentence why it cannot. Returns the exit code."""
    options = parser().parse_args(arguments)
    if options.name != "up" and not options.command:
        parser().error(f"{options.name} needs a COMMAND, e.g. manage.py {options.name} -- env")
    try:
        return begin(options)
    except CannotStart as error:
        print(f"labelops: {error}", file=sys.stderr)
    except StopRequested:
        pass
    return 1


def begin(options: argparse.Namespace) -> int:
    if options.name == "up":
        from labelops.embedded.up import up

        return up()
    if options.name == "sandbox":
        from labelops.embedded.sandbox import sandbox

        return sandbox(options.command)
    from labelops.embedded.services import with_services

    return with_services(options.command)
