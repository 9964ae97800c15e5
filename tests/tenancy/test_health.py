"""`/readyz` against real servers that are there, and addresses where nothing is."""

import socket

import pytest

from labelops import heartbeat
from labelops.health import QUEUES


@pytest.fixture(autouse=True)
def no_worker(fresh_cache):
    """The cache is emptied with its whole database, the workers' marks in it."""


def closed_address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{free.getsockname()[1]}/0"


def test_the_process_answers(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_where_database_broker_and_workers_are(client, db):
    heartbeat.report(list(QUEUES))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "broker": "ok", "worker": "ok"}}


def test_not_ready_where_a_queue_has_no_worker(client, db):
    heartbeat.report([QUEUES[0]])
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"] == "no worker has reported for 15 s: callbacks"
    assert answer.json()["checks"]["database"] == "ok"


def test_not_ready_where_the_broker_is_gone(client, db, settings):
    settings.REDIS_URL = closed_address()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": "ok",
        "broker": "failed (ConnectionError)",
        "worker": "failed (ConnectionError)",
    }


def test_a_worker_outlives_a_broker_that_is_gone(settings):
    settings.REDIS_URL = closed_address()
    heartbeat.report(["celery"])
