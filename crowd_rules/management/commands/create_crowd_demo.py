from django.core.management.base import BaseCommand
from django.utils import timezone

from crowd_rules.services.demo import create_crowd_demo


class Command(BaseCommand):
    help = (
        "Give the organization of create_demo a crowd: a project with a pool, rules, control tasks and six performers, "
        "one of them shut out for skipping. Does nothing where the demo has a pool already. `manage.py up` calls this."
    )

    def handle(self, **options: object) -> None:
        made = create_crowd_demo(now=timezone.now())
        if options["verbosity"]:
            self.stdout.write("The demo has a pool now: “Crowd” in its navigation." if made else "Nothing to do.")
