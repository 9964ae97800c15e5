"""Runs inside of a sandbox: makes auditors and completed tasks, prints what tests need, holds until told to end."""

import argparse
import io
import json
import os
import sys
import tempfile
from pathlib import Path

import django

AUDITORS, TASKS = 6, 1500
PASSWORD = "a-password-of-tests"
WORK = {
    "type": "categorization",
    "status": "completed",
    "project": "load",
    "instruction": "Which bird?",
    "params": {"attachment_type": "text", "attachment": "A duck?", "categories": ["duck", "goose", "swan"]},
    "response": {"category": "duck"},
}


def create_auditors(slug: str) -> list[str]:
    from django.core.management import call_command

    emails = [f"auditor{number}@{slug}.example" for number in range(AUDITORS)]
    for email in emails:
        options = {"email": email, "password": PASSWORD, "organization": slug, "role": "auditor"}
        call_command("create_user", stdout=io.StringIO(), **options)
    return emails


def import_tasks(slug: str, callback_url: str) -> None:
    from django.core.management import call_command

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "load.jsonl"
        file.write_text("".join(f"{json.dumps(WORK | {'unique_id': f'load-{n}'})}\n" for n in range(TASKS)))
        streams = {"stdout": io.StringIO(), "stderr": io.StringIO()}
        call_command("import_tasks", file, organization=slug, callback_url=callback_url, **streams)


def callback_keys() -> dict[str, str]:
    """The secret in `scale-callback-auth`, by the organization's slug."""
    from labelops.tenancy.encryption import decrypt
    from labelops.tenancy.models import Organization
    from labelops.tenancy.scope import system_scope

    with system_scope("command line"):
        return {one.slug: decrypt(bytes(one.callback_auth_key)) for one in Organization.objects.all()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("callback_url")
    django.setup()
    slug = os.environ["LABELOPS_ORGANIZATION"]
    known = {"auditors": create_auditors(slug), "keys": callback_keys(), "environment": dict(os.environ)}
    import_tasks(slug, parser.parse_args().callback_url)
    print(json.dumps(known), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
