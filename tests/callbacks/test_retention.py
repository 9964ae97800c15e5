"""What leaves the log of deliveries, and what never does; who changed an endpoint."""

from datetime import timedelta

import pytest
from django.utils import timezone

from callbacks import services
from callbacks.models import Attempt, CallbackEvent, Delivery
from callbacks.services import retention
from callbacks.services.retention import drop_old_deliveries
from labelops.tenancy.identifiers import first_uuid7, uuid7
from labelops.tenancy.models import Event
from tests.audits.scene import Scene, make_scene

LONG_AGO = timedelta(days=100)


@pytest.fixture
def scene(db) -> Scene:
    return make_scene(tasks=0, roles={})


def sent(scene: Scene, status: str, *, ago: timedelta = LONG_AGO, ended: timedelta | None = LONG_AGO) -> Delivery:
    """A delivery whose event is so old, with one attempt."""
    at = timezone.now() - ago
    with scene.scope():
        endpoint, _secret = services.create_endpoint(
            organization=scene.organization, url="https://example.com/", now=timezone.now()
        )
        place = {"organization": scene.organization}
        old_id = uuid7().int & ((1 << 76) - 1) | first_uuid7(at).int >> 76 << 76
        event = CallbackEvent.objects.create(id=type(uuid7())(int=old_id), type="task.completed", subject_id=uuid7(),
                                             body=b"{}", sha256=b"", created_at=at, **place)  # fmt: skip
        delivery = Delivery.objects.create(
            event=event, endpoint=endpoint, subject_id=event.subject_id, sequence=1, status=status, due_at=at,
            created_at=at, finished_at=timezone.now() - ended if ended else None, **place,
        )  # fmt: skip
        Attempt.objects.create(delivery=delivery, number=1, at=at, seconds=0.1, **place)
    return delivery


def left(scene: Scene) -> tuple[set, int, int]:
    with scene.scope():
        return (
            set(Delivery.objects.values_list("pk", flat=True)),
            Attempt.objects.count(),
            CallbackEvent.objects.count(),
        )


def test_what_arrived_long_ago_goes_and_what_never_arrived_stays(scene, monkeypatch):
    monkeypatch.setattr(retention, "PORTION", 2)
    for status in ("delivered", "canceled", "delivered"):
        sent(scene, status)
    stays = {
        sent(scene, "pending", ended=None).pk, sent(scene, "held", ended=None).pk, sent(scene, "dead").pk,
        sent(scene, "delivered", ago=timedelta(days=89), ended=timedelta(days=89)).pk,
        # Sent again lately.
        sent(scene, "delivered", ended=timedelta(days=1)).pk,
    }  # fmt: skip
    assert drop_old_deliveries(now=timezone.now()) == 3
    assert left(scene) == (stays, 5, 5)
    assert drop_old_deliveries(now=timezone.now()) == 0


def test_it_can_be_switched_off(scene, settings):
    sent(scene, "delivered")
    settings.CALLBACK_LOG_DAYS = 0
    assert drop_old_deliveries(now=timezone.now()) == 0


def test_the_event_log_knows_who_changed_an_endpoint_and_no_secret(scene):
    owner = scene.members["owner"].user
    who = {"organization": scene.organization, "actor": owner, "now": timezone.now()}
    with scene.scope():
        endpoint, secret = services.create_endpoint(url="https://example.com/a", **who)
        one = {**who, "endpoint_id": endpoint.pk}
        services.update_endpoint(**one, url="https://example.com/b", header_name="X-Key", header_value="hush hush")
        services.update_endpoint(**one, url="https://example.com/b")
        newer = services.rotate_secret(**one)
        services.revoke_old_secrets(**one)
        services.disable_endpoint(**one, reason="Moving house")
        services.enable_endpoint(**one)
        services.delete_endpoint(**one)
        events = list(Event.objects.filter(type__startswith="endpoint.").order_by("id"))
    assert [event.type.removeprefix("endpoint.") for event in events] == [
        "created", "changed", "secret_rotated", "old_secrets_revoked", "disabled", "enabled", "deleted",
    ]  # fmt: skip
    assert {(event.actor_id, event.subject_id) for event in events} == {(owner.pk, endpoint.pk)}
    changed = events[1]
    assert (changed.before["url"], changed.after["url"]) == ("https://example.com/a", "https://example.com/b")
    assert (changed.before["header_value"], changed.after["header_value"]) == ("", "set")
    assert events[4].after == {"reason": "Moving house"}
    text = repr([(event.before, event.after) for event in events])
    assert not any(hidden in text for hidden in (secret, newer, "hush"))
