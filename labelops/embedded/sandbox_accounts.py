"""Run in a process of its own: two organizations, their people and keys, written to the file that is named.

One process makes them all: each command by itself would cost a second of start-up.
"""

import argparse
import io
import json
import secrets
from pathlib import Path

import django
from django.core.management import call_command

from labelops.embedded.home import write_private
from labelops.embedded.preparation import prepare

A, B = "sandbox", "other-sandbox"
# Prefix of the variables, organization, role.
PEOPLE = [
    ("LABELOPS", A, "owner"),
    ("LABELOPS_AUDITOR", A, "auditor"),
    ("LABELOPS_LEAD", A, "lead"),
    ("LABELOPS_OTHER", B, "owner"),
]
# Variable, organization, mode.
KEYS = [("LABELOPS_API_KEY", A, "live"), ("LABELOPS_TEST_KEY", A, "test"), ("LABELOPS_OTHER_API_KEY", B, "live")]


def create_people() -> dict[str, str]:
    made = {}
    for prefix, organization, role in PEOPLE:
        email, password = f"{role}@{organization}.example", secrets.token_hex(12)
        options = {"email": email, "password": password, "organization": organization, "role": role}
        call_command("create_user", stdout=io.StringIO(), **options)
        made |= {f"{prefix}_EMAIL": email, f"{prefix}_PASSWORD": password}
    return made


def create_key(organization: str, mode: str) -> str:
    printed = io.StringIO()
    owner = f"owner@{organization}.example"
    options = {"organization": organization, "mode": mode, "name": f"Sandbox {mode}", "user": owner}
    call_command("create_api_key", stdout=printed, **options)
    return printed.getvalue().strip()


def create_accounts() -> dict[str, str]:
    for slug, name in ((A, "Sandbox"), (B, "Other Sandbox")):
        call_command("create_organization", name=name, slug=slug, stdout=io.StringIO())
    slugs = {"LABELOPS_ORGANIZATION": A, "LABELOPS_OTHER_ORGANIZATION": B}
    return slugs | create_people() | {name: create_key(slug, mode) for name, slug, mode in KEYS}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("report", type=Path)
    django.setup()
    prepare(demo=False)
    write_private(parser.parse_args().report, json.dumps(create_accounts()))
