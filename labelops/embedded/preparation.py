"""Run in a process of its own: brings the database and the static files up to date, makes the demo.

Prints only what the person who started the instance should read: the demo's logins.
"""

import argparse
import sys

import django
from django.core.management import call_command, get_commands


def prepare(*, demo: bool) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    if demo and "create_demo" in get_commands():
        call_command("create_demo")
        call_command("create_crowd_demo", verbosity=0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", action="store_true")
    django.setup()
    prepare(**vars(parser.parse_args()))
    sys.exit(0)
