import argparse
import sys
from pathlib import Path
from time import monotonic

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audits.models import TaskImport
from audits.services.imports import LeaseLost, import_file
from labelops.errors import DomainError
from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope, system_scope
from labelops.tenancy.services.organizations import organization_of_slug

REASONS_SHOWN = 5


class Command(BaseCommand):
    help = """\
Import tasks from a file: a JSON list, JSON Lines or CSV with a header, in the shape of the Scale API
(type, params, response, status, project, batch, unique_id, instruction, completed_at, completed_by, metadata, tags).

Records are checked one by one. Good ones become tasks, 500 in one transaction; bad ones are listed with the reason,
here and on the import's page. A record whose unique_id (or task_id, where it has none) is there already is passed
over, so the same file can be imported again. If this process dies, a worker goes on from the last 500.

Projects and batches that the file names are made where they are missing. No callback is sent unless --notify is given.
docs/importing.md says what each format looks like."""

    tenths = 0
    example = "example:\n  import_tasks tasks.json --organization demo --project cells --attachments photos/"

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: object) -> argparse.ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = self.example
        return parser

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add = parser.add_argument
        add("file", type=Path, help="its content and its ending (.json, .jsonl, .csv) say the format")
        add("--organization", required=True, metavar="SLUG", help="where the tasks go; SLUG-test is its test mode")
        add("--project", default="", metavar="NAME", help="for all tasks, whatever the file says; made if missing")
        add("--attachments", metavar="FOLDER", type=Path,
            help="keep the files that tasks name by relative paths; read from this folder only")  # fmt: skip
        add("--notify", action="store_true", help="send a callback for each completed task")
        add("--callback-url", default="", metavar="URL", help="replaces the file's callback_url")

    def handle(self, *, file: Path, organization: str, **options: object) -> None:
        started = monotonic()
        try:
            done = self._import(file, organization, options)
        except (DomainError, OSError) as error:
            raise CommandError(getattr(error, "message", None) or f"{file}: {error.strerror}.") from error
        except LeaseLost as error:
            raise CommandError("A worker has taken this import over; see its page.") from error
        self._report(done, organization, monotonic() - started)
        if done.status == TaskImport.Status.FAILED or (done.refused and not done.imported and not done.duplicates):
            sys.exit(1)

    def _import(self, file: Path, slug: str, options: dict) -> TaskImport:
        organization = self._organization(slug)
        folder = str(options["attachments"].resolve()) if options["attachments"] else ""
        with file.open("rb") as content:
            return import_file(
                organization=organization, actor=None, name=file.name, file=content, project=options["project"].strip(),
                notify=options["notify"], callback_url=options["callback_url"], folder=folder, now=timezone.now(),
                progress=self._show,
            )  # fmt: skip

    def _organization(self, slug: str) -> Organization:
        mode = "test" if slug.endswith("-test") else "live"
        with system_scope("command line"):
            return organization_of_slug(slug=slug.removesuffix("-test"), mode=mode)

    def _show(self, task_import: TaskImport) -> None:
        line = f"{task_import.percent:3d} %  {task_import.records:,} records, {task_import.refused:,} refused"
        if self.stderr.isatty():
            self.stderr.write(f"\r{line}", ending="")
        elif task_import.percent // 10 > self.tenths:
            # In a log, a line for each tenth of the file.
            self.tenths = task_import.percent // 10
            self.stderr.write(line)

    def _report(self, done: TaskImport, slug: str, seconds: float) -> None:
        if self.stderr.isatty():
            self.stderr.write("")
        counts = f"{done.imported:,} imported, {done.duplicates:,} there already, {done.refused:,} refused"
        self.stdout.write(f"{counts} ({seconds:.1f} s)")
        if unknown := done.notes.get("unknown"):
            self.stdout.write(f"Unknown keys, passed over: {', '.join(unknown)}")
        if done.refused:
            self._show_refused(done, slug)
        if done.failure:
            self.stderr.write(self.style.ERROR(f"Stopped: {done.failure}"))

    def _show_refused(self, done: TaskImport, slug: str) -> None:
        with organization_scope(done.organization_id):
            first = list(done.refused_lines.order_by("line")[:REASONS_SHOWN])
        for line in first:
            self.stdout.write(f"  {_word(done)} {line.line}: {line.reason}")
        self.stdout.write(f"All of them: /o/{slug}/import/{done.id.hex}/")


def _word(done: TaskImport) -> str:
    return "record" if done.format == TaskImport.Format.JSON else "line"
