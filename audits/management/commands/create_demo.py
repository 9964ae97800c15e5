import argparse

from django.core.management.base import BaseCommand
from django.utils import timezone

from audits.services.demo import LOGINS, create_demo

# Known to everybody who reads this: good for an instance that only its own machine can reach.
PASSWORD = "labelops-demo"  # noqa: S105


class Command(BaseCommand):
    help = (
        "Make the organization “Demo” with people in every role, two projects and 64 tasks of generated pictures and "
        "texts, most of them completed in the last four weeks. Prints the logins. Does nothing where an organization "
        "with the slug “demo” is there already, and prints the logins all the same. `manage.py up` calls this; the "
        "password is public, so give another one with --password before others can reach the instance."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--password", default=PASSWORD, help=f"for all logins of the demo (default: {PASSWORD})")

    def handle(self, *, password: str, **options: object) -> None:
        made = create_demo(password=password, now=timezone.now())
        self.stdout.write(f"Demo logins (password {password}{'' if made else ', unless it was changed'}):")
        for login in LOGINS:
            self.stdout.write(f"  {login.email:<28} {login.role}")
