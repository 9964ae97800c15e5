"""Whether the process answers (`/healthz`) and whether it can do its work (`/readyz`): each part's own state."""

import logging
from collections.abc import Callable
from hmac import compare_digest

import redis
from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from callbacks.metrics import metrics_text
from labelops import heartbeat

log = logging.getLogger(__name__)
QUEUES = (settings.CELERY_TASK_DEFAULT_QUEUE, "callbacks")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is alive; asks nobody else, so that a restart is only ordered where one would help."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 where database, broker and a worker answer, else 503; `checks` has each one's state."""
    with heartbeat.open_broker() as broker:
        checks = {
            "database": _state(ask_database),
            "broker": _state(broker.ping),
            "worker": _state(lambda: ask_workers(broker)),
        }
    is_ready = all(state == "ok" for state in checks.values())
    body = {"status": "ok" if is_ready else "unavailable", "checks": checks}
    return JsonResponse(body, status=200 if is_ready else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What Prometheus reads, for those who bear METRICS_TOKEN; where none is set, nothing is here."""
    given = request.headers.get("authorization", "")
    if not settings.METRICS_TOKEN or not compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        raise Http404
    return HttpResponse(metrics_text(), content_type="text/plain; version=0.0.4; charset=utf-8")


def ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def ask_workers(broker: redis.Redis) -> None:
    silent = [queue for queue in QUEUES if not heartbeat.has_worker(broker, queue)]
    if silent:
        raise LookupError(f"no worker has reported for {heartbeat.LASTS_SECONDS} s: {', '.join(silent)}")


def _state(ask: Callable[[], object]) -> str:
    """“ok”, or what kind of failure; never its text, which may name hosts and users."""
    try:
        ask()
    except LookupError as error:
        return str(error)
    except Exception as error:
        log.warning("Not ready: %s", error)
        return f"failed ({type(error).__name__})"
    return "ok"
