from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from labelops.errors import DomainError
from labelops.tenancy.services.keys import MODES, create_api_key_for


class Command(BaseCommand):
    help = (
        "Make an API key with every scope and print it, alone on one line. It is shown this once: only its hash is "
        "kept. Example: KEY=$(manage.py create_api_key --organization acme --mode test --name ci); "
        'curl -u "$KEY:" http://127.0.0.1:8000/v1/tasks'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG", help="the live organization's slug")
        parser.add_argument(
            "--mode",
            choices=MODES,
            default="live",
            help="live: the organization's own data; test: its test-mode twin's (default: live)",
        )
        parser.add_argument("--name", required=True, help="what will use the key, shown on the keys page")
        parser.add_argument(
            "--user", metavar="EMAIL", help="the member for whom the key acts (default: the organization's first owner)"
        )

    def handle(self, *, organization: str, mode: str, name: str, user: str | None, **options: object) -> None:
        try:
            text = create_api_key_for(slug=organization, mode=mode, name=name, email=user, now=timezone.now())
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(text)
