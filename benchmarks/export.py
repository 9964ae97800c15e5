"""A million tasks into a file: how fast, and in how much memory.

    ./run python manage.py sandbox --durable -- python benchmarks/export.py [--quick]

Each format is written by a process of its own, as a worker would: its largest resident size is that of Python, Django
and the export together. The rows are as wide as real ones (parameters, response, a third of them audited).
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from uuid import UUID

import django

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.goals import Goals  # noqa: E402
from benchmarks.stage import Stage, prepare  # noqa: E402
from labelops.tenancy.models import Membership  # noqa: E402
from labelops.tenancy.scope import organization_scope  # noqa: E402
from reports.exporting.columns import Format  # noqa: E402
from reports.models import Export  # noqa: E402
from reports.services.export_runs import run_export  # noqa: E402
from reports.services.exports import create_export  # noqa: E402

AUDITS = """
INSERT INTO audits_audit (id, organization_id, task_id, auditor_id, verdict, comment, task_version, body_digest, source,
                          audited_at, seconds)
SELECT gen_random_uuid(), t.organization_id, t.id, %s, 'rejected', 'It is a goose, look at the neck.', t.version, '',
       'customer', now(), 12 FROM audits_task t WHERE t.organization_id = %s AND abs(hashtext(t.id::text)) %% 3 = 0
"""
JUDGED = """
UPDATE audits_task t SET review_status = 'rejected'
 WHERE t.organization_id = %s AND EXISTS (SELECT FROM audits_audit a WHERE a.organization_id = t.organization_id
                                             AND a.task_id = t.id)
"""


def fill(stage: Stage) -> None:
    with organization_scope(stage.organization.pk), connection.cursor() as cursor:
        cursor.execute(AUDITS, [stage.owner.user_id, stage.organization.pk])
        cursor.execute(JUDGED, [stage.organization.pk])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audits_task, audits_audit")


def measure(stage: Stage, format: Format, listing: str = "tasks") -> tuple[Export, float, float]:
    """The finished export, seconds, and the largest resident size in MB of the process that made it."""
    command = [sys.executable, __file__, "--run", stage.organization.pk.hex, stage.owner.pk.hex, listing, format]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    seconds, resident = float(said[1]), float(said[2])
    with organization_scope(stage.organization.pk):
        export = Export.objects.get(pk=said[0])
        export.file.delete(save=False)
    if export.status != Export.Status.FINISHED:
        raise RuntimeError(export.failure)
    print(f"{listing:8} {format:8} {export.rows:9,} rows {seconds:6.1f} s {export.rows / seconds:9,.0f} rows/s "
          f"{resident:6.0f} MB resident {export.size / 1e6:7.0f} MB file", flush=True)  # fmt: skip
    return export, seconds, resident


def run_one(organization_id: str, member_id: str, listing: str, format: str) -> None:
    """Made here, a moment before, so that no worker of the instance finds it first."""
    organization, start = UUID(organization_id), time.perf_counter()
    with organization_scope(organization):
        member = Membership.objects.select_related("user", "organization").get(pk=member_id)
        export = create_export(by=member, listing=listing, format=format, data=QueryDict(), now=timezone.now())
    run_export(organization_id=organization, export_id=export.pk)
    print(export.pk, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="100,000 tasks in place of 1,000,000")
    parser.add_argument("--run", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run_one(*arguments.run)
        return 0
    goals, stage = Goals(), prepare(tasks=10_000, auditors=1)
    fill(stage)
    few = {format: measure(stage, format)[2] for format in Format}
    with organization_scope(stage.organization.pk), connection.cursor() as cursor:
        # The stage makes the same ones again.
        cursor.execute("UPDATE audits_task SET unique_id = 'few-' || unique_id")
    stage = prepare(tasks=(100_000 if arguments.quick else 1_000_000) - 10_000, auditors=1)
    fill(stage)
    for format in Format:
        export, seconds, resident = measure(stage, format)
        goals.at_least(f"{format}_rows_per_second", export.rows / seconds, 50_000)
        goals.at_most(f"{format}_resident", resident, 200, " MB")
        goals.at_most(f"{format}_resident_to_10,000_rows", resident / few[format], 1.3)
    measure(stage, Format.CSV, "audits")
    return 1 if goals.short else 0


if __name__ == "__main__":
    sys.exit(main())
