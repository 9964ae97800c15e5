from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from labelops.errors import DomainError
from labelops.tenancy.services.organizations import create_organization


class Command(BaseCommand):
    help = (
        "Make an organization. Its test mode comes with it: a twin organization with the address SLUG-test, the same "
        "people and its own data and keys. Add its first owner with `create_user`. Prints the slug."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="what people read, for example “Acme Corporation”")
        parser.add_argument(
            "--slug",
            required=True,
            help="its address, /o/SLUG/: lower-case letters, digits and hyphens, for example acme",
        )

    def handle(self, *, name: str, slug: str, **options: object) -> None:
        try:
            organization = create_organization(name=name, slug=slug, now=timezone.now())
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(organization.slug)
