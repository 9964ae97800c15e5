"""What people usually build: one Celery task for each delivery, on a prefork worker, with requests and the ORM."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
app = Celery("one-task-per-delivery", broker=os.environ.get("REDIS_URL"), set_as_current=False)
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1, task_ignore_result=True,
                task_default_queue="one-task-per-delivery")  # fmt: skip
_session = None


def _setup():
    global _session
    if _session is None:
        import django
        import requests

        django.setup()
        _session = requests.Session()
    return _session


@app.task(name="deliver_one")
def deliver_one(delivery_id: str) -> None:
    session = _setup()
    from django.utils import timezone

    from callbacks.models import Attempt, Delivery
    from callbacks.signing import signed_headers
    from labelops.tenancy.encryption import decrypt
    from labelops.tenancy.scope import system_scope

    with system_scope("command line"):
        delivery = Delivery.objects.select_related("event", "endpoint").get(pk=delivery_id)
    now, body = timezone.now(), bytes(delivery.event.body)
    secret = decrypt(bytes(delivery.endpoint.secret))
    headers = {"content-type": "application/json"}
    headers |= signed_headers(delivery.event_id.hex, int(now.timestamp()), body, [secret])
    answer = session.post(delivery.endpoint.url, data=body, headers=headers, timeout=15)
    with system_scope("command line"):
        delivery.status, delivery.is_head, delivery.finished_at = "delivered", False, timezone.now()
        delivery.attempts, delivery.last_status_code = 1, answer.status_code
        delivery.save(update_fields=["status", "is_head", "finished_at", "attempts", "last_status_code"])
        Attempt.objects.create(
            organization_id=delivery.organization_id, delivery=delivery, number=1, at=now, seconds=0.0,
            status_code=answer.status_code, response=answer.content,
        )  # fmt: skip
