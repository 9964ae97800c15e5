"""Celery's side of imports and of files to fetch. A job is a wake-up: what is to do stands in the row."""

import logging
from uuid import UUID

from celery import current_app, shared_task
from django.utils import timezone

from audits.services.bulk_jobs import BulkLeaseLost, bulk_jobs_without_a_runner, run_bulk_job
from audits.services.imports import LeaseLost, imports_without_a_runner, run_import
from labelops.errors import NotFound

log = logging.getLogger(__name__)
RUN = "audits.run_import"
FETCH = "audits.fetch_file"
RUN_BULK = "audits.run_bulk_job"
# Broker gone: the sweep finds the import later, and nobody waits for a connection now.
QUICKLY = {"socket_connect_timeout": 0.5, "socket_timeout": 1, "max_retries": 1}


@shared_task(name=RUN)
def run_one(organization_id: str, import_id: str) -> None:
    try:
        run_import(organization_id=UUID(organization_id), import_id=UUID(import_id), now=timezone.now())
    except NotFound:
        log.warning("There is no import %s in organization %s", import_id, organization_id)
    except LeaseLost:
        log.info("Import %s has another runner now", import_id)


@shared_task(name="audits.resume_imports")
def resume_imports() -> None:
    """Wake a worker for each import that waits, or whose worker died."""
    for organization_id, import_id in imports_without_a_runner():
        nudge_import(organization_id, import_id)


@shared_task(name=RUN_BULK)
def run_one_bulk_job(organization_id: str, job_id: str) -> None:
    try:
        run_bulk_job(organization_id=UUID(organization_id), job_id=UUID(job_id), now=timezone.now())
    except NotFound:
        log.warning("There is no bulk job %s in organization %s", job_id, organization_id)
    except BulkLeaseLost:
        log.info("Bulk job %s has another runner now", job_id)


@shared_task(name="audits.resume_bulk_jobs")
def resume_bulk_jobs() -> None:
    """Wake a worker for each bulk job that waits, or whose worker died."""
    for organization_id, job_id in bulk_jobs_without_a_runner():
        nudge_bulk_job(organization_id, job_id)


def nudge_import(organization_id: UUID, import_id: UUID) -> None:
    """Ask a worker to run this import; never raises."""
    _nudge(RUN, organization_id, import_id)


@shared_task(name=FETCH)
def fetch_one(organization_id: str, attachment_id: str) -> None:
    # Here and below: only a process that fetches loads the HTTP client, not everyone who can call a worker.
    from audits.services.file_fetching import fetch_file

    fetch_file(organization_id=UUID(organization_id), attachment_id=UUID(attachment_id))


@shared_task(name="audits.fetch_files")
def fetch_files() -> None:
    """Wake a worker for each file that waits and whose time has come."""
    from audits.services.file_fetching import files_to_fetch

    for organization_id, attachment_id in files_to_fetch():
        nudge_fetch(organization_id, attachment_id)


def nudge_fetch(organization_id: UUID, attachment_id: UUID) -> None:
    """Ask a worker to fetch this file; never raises."""
    _nudge(FETCH, organization_id, attachment_id)


def nudge_bulk_job(organization_id: UUID, job_id: UUID) -> None:
    """Ask a worker to run this bulk job; never raises."""
    _nudge(RUN_BULK, organization_id, job_id)


def _nudge(task: str, organization_id: UUID, row_id: UUID) -> None:
    options = {**(current_app.conf.broker_transport_options or {}), **QUICKLY}
    try:
        with current_app.connection_for_write(transport_options=options) as connection:
            current_app.send_task(task, [str(organization_id), str(row_id)], connection=connection, retry=False)
    except Exception as error:  # whatever the broker's client may raise
        log.warning("No worker could be called (%s): the sweep will find %s", type(error).__name__, row_id)
