from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from labelops.tenancy.models import Organization
from labelops.tenancy.scope import system_scope
from reports.services.recount import Recount, rebuild, recount, recount_all


class Command(BaseCommand):
    help = (
        "Counts all tasks and audits again from their rows and reports where the Quality page's figures differ. "
        "Exit code 1 where any does. --rebuild counts them anew first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", help="slug; without it all organizations")
        parser.add_argument("--rebuild", action="store_true", help="throw the figures away and count them anew")

    def handle(self, *args: Any, organization: str | None, rebuild: bool, **options: Any) -> None:
        found = self._recount(organization, rebuild)
        for one in found:
            self.stdout.write(f"{one.organization}: {one.number or 'no'} difference{'' if one.number == 1 else 's'}")
            for difference in one.first:
                self.stdout.write(
                    f"  {difference.what}\n    kept    {difference.kept}\n    counted {difference.counted}"
                )
        if any(one.number for one in found):
            raise CommandError("The figures differ from the rows. “recount --rebuild” counts them anew.")

    def _recount(self, slug: str | None, anew: bool) -> list[Recount]:
        with system_scope("command line"):
            organizations = list(Organization.objects.filter(**{"slug": slug} if slug else {}).order_by("slug"))
        if not organizations:
            raise CommandError(f"There is no organization “{slug}”.")
        if anew:
            for one in organizations:
                rebuild(organization_id=one.pk)
        if slug:
            return [recount(organization_id=organizations[0].pk, now=timezone.now())]
        return recount_all(now=timezone.now())
