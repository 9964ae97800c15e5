"""Run in a process of its own: brings the database and the static files up to date, makes the demo.

Prints only what the person who started the instance should read: the demo's logins.
"""

import argparse
import sys

import django
from django.core.management import call_command, get_commands

# The API's documents are shown by Swagger UI, and nothing is browsed in DRF's own pages: to hash and compress the rest
# of what the packages bring was most of the work at each first start.
NOT_COLLECTED = ["redoc", "rest_framework"]


def prepare(*, demo: bool) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=NOT_COLLECTED)
    if demo and "create_demo" in get_commands():
        call_command("create_demo")
        call_command("create_crowd_demo", verbosity=0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", action="store_true")
    django.setup()
    prepare(**vars(parser.parse_args()))
    sys.exit(0)
