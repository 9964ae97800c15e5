"""Celery's side of exports. A job is a wake-up: what is to do stands in the row."""

import logging
from uuid import UUID

from celery import current_app, shared_task

from labelops.errors import NotFound
from reports.services.export_runs import ExportLeaseLost, exports_without_a_runner, run_export
from reports.services.exports import expire_exports

log = logging.getLogger(__name__)
RUN = "reports.run_export"
# Broker gone: the sweep finds the export later, and nobody waits for a connection now.
QUICKLY = {"socket_connect_timeout": 0.5, "socket_timeout": 1, "max_retries": 1}


@shared_task(name=RUN)
def run_one(organization_id: str, export_id: str) -> None:
    try:
        run_export(organization_id=UUID(organization_id), export_id=UUID(export_id))
    except NotFound:
        log.info("Export %s in organization %s was deleted", export_id, organization_id)
    except ExportLeaseLost:
        log.info("Export %s has another runner now, or was deleted", export_id)


@shared_task(name="reports.resume_exports")
def resume() -> None:
    """Wake a worker for each export that waits, or whose worker died."""
    for organization_id, export_id in exports_without_a_runner():
        nudge_export(organization_id, export_id)


@shared_task(name="reports.expire_exports")
def expire() -> None:
    expire_exports()


def nudge_export(organization_id: UUID, export_id: UUID) -> None:
    """Ask a worker to run this export; never raises."""
    options = {**(current_app.conf.broker_transport_options or {}), **QUICKLY}
    try:
        with current_app.connection_for_write(transport_options=options) as connection:
            current_app.send_task(RUN, [str(organization_id), str(export_id)], connection=connection, retry=False)
    except Exception as error:  # whatever the broker's client may raise
        log.warning("No worker could be called (%s): the sweep will find %s", type(error).__name__, export_id)
