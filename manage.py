#!/usr/bin/env python
"""LabelOps' command line: `./run python manage.py help` lists what there is."""

import os
import sys

# These boot the servers that settings need, so they start before Django does.
EMBEDDED = ("up", "sandbox", "with_services", "bundle")


def main() -> None:
    words = sys.argv[1:]
    asked = words[1:2] if words[:1] == ["help"] else words[:1]
    if asked and asked[0] in EMBEDDED:
        from labelops.embedded.commands import run

        sys.exit(run([asked[0], "--help"] if words[0] == "help" else words))
    if words in ([], ["help"], ["--help"]):
        print(f"Without a running instance: {', '.join(EMBEDDED)} (try `manage.py help up`)\n")
    run_django()


def run_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        hint = "Start an instance with `make up` first, or set DATABASE_URL, REDIS_URL and SECRET_KEY."
        sys.exit(f"{error}. {hint}")


if __name__ == "__main__":
    main()
