"""Each Celery worker says every few seconds which queues it serves.

So `/readyz` knows whether one lives without asking them, which would take seconds where none answers.
"""

import logging
from typing import Any

import redis
from celery import bootsteps
from django.conf import settings

log = logging.getLogger(__name__)
SECONDS = 5
# A worker that was killed counts as alive for this long.
LASTS_SECONDS = 15
PATIENCE = 1.0


def key_of(queue: str) -> str:
    return f"labelops:worker:{queue}"


def open_broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)


def report(queues: list[str]) -> None:
    try:
        with open_broker() as broker, broker.pipeline() as pipeline:
            for queue in queues:
                pipeline.set(key_of(queue), 1, ex=LASTS_SECONDS)
            pipeline.execute()
    except redis.RedisError as error:
        # The worker lives on without the broker; `/readyz` tells.
        log.warning("The worker could not report that it lives: %s", error)


def has_worker(broker: redis.Redis, queue: str) -> bool:
    return bool(broker.exists(key_of(queue)))


class HeartbeatStep(bootsteps.StartStopStep):
    requires = {"celery.worker.components:Timer"}

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.entry = None

    def start(self, parent: Any) -> None:
        queues = list(parent.app.amqp.queues.consume_from)
        report(queues)
        self.entry = parent.timer.call_repeatedly(SECONDS, report, (queues,))

    def stop(self, parent: Any) -> None:
        if self.entry:
            self.entry.cancel()
            self.entry = None
