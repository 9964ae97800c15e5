from argparse import ArgumentParser

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from labelops.errors import DomainError
from labelops.tenancy.permissions import Role
from labelops.tenancy.services.people import create_user_in_organization


class Command(BaseCommand):
    help = (
        "Make a person a member of an organization, in its live and its test mode. The e-mail counts as verified, so "
        "that the person can sign in at once. Where a user with this e-mail exists, the password stays as it is and "
        "only the membership is added. Prints the e-mail. A password given here stays in the shell's history: let the "
        "person choose another one under “Forgot your password?”."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="with it the person signs in")
        parser.add_argument("--password", required=True, help="used only where the user is new")
        parser.add_argument("--name", default="", help="what others read; the e-mail where none is given")
        parser.add_argument("--organization", required=True, metavar="SLUG", help="the live organization's slug")
        parser.add_argument("--role", required=True, choices=Role.values, help="what the person may see and do")

    def handle(self, *, email: str, password: str, name: str, organization: str, role: str, **options: object) -> None:
        try:
            validate_password(password)
        except ValidationError as weak:
            # Whoever runs commands here decides; a person who sets a password on a page is refused a weak one.
            self.stderr.write(f"Weak password: {' '.join(weak.messages)}")
        try:
            user = create_user_in_organization(
                email=email, password=password, name=name, slug=organization, role=role, now=timezone.now()
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(user.email)
