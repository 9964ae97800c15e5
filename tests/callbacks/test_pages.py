"""The callback pages, through the pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from callbacks import services
from callbacks.models import Attempt, Delivery, Endpoint, Replay
from labelops.tenancy.models import User
from tests.audits.scene import Scene, make_scene
from tests.callbacks.conftest import answer_status, deliver
from tests.factories import client_of

HOSTILE = b"<script>alert(1)</script>\x00\x1b[31m \xe2\x80\xaeevil \xff"


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene(tasks=1, roles={"robot": "integrator", "alice": "auditor"})


def address(scene: Scene, rest: str) -> str:
    return f"/o/{scene.organization.slug}/{rest}"


def get(scene: Scene, rest: str, who: str = "robot", **options: Any) -> Any:
    return client_of(scene.members[who].user).get(address(scene, rest), **options)


def post(scene: Scene, rest: str, data: dict[str, Any] | None = None, who: str = "robot") -> Any:
    return client_of(scene.members[who].user).post(address(scene, rest), data or {})


def make_endpoint(scene: Scene, url: str = "https://example.com/callbacks", **options: Any) -> Endpoint:
    with scene.scope():
        return services.create_endpoint(organization=scene.organization, url=url, now=timezone.now(), **options)[0]


def test_event(scene: Scene, endpoint: Endpoint) -> Delivery:
    with scene.scope():
        return services.send_test_event(organization=scene.organization, endpoint_id=endpoint.pk, now=timezone.now())


test_event.__test__ = False


def reload(scene: Scene, row: Any) -> Any:
    with scene.scope():
        return type(row).objects.for_organization(scene.organization).get(pk=row.pk)


def all_of(scene: Scene, model: Any) -> list[Any]:
    with scene.scope():
        return list(model.objects.for_organization(scene.organization).order_by("pk"))


def test_an_endpoint_is_made_with_a_test_event_and_its_secret_is_shown_once(scene, receiver):
    data = {"url": receiver.url, "description": "Ours", "profile": "standard", "sends_test": "on",
            "event_types": ["task.audited"], "project": scene.project.pk.hex}  # fmt: skip
    made = post(scene, "callbacks/endpoints/new/", data)
    secret = re.search(r"whsec_[\w+/=]+", made.content.decode())[0]
    (endpoint,) = all_of(scene, Endpoint)
    assert (endpoint.url, endpoint.event_types, endpoint.project_id) == (
        receiver.url,
        ["task.audited"],
        scene.project.pk,
    )
    assert services.secret_of(endpoint) == secret
    assert made["Cache-Control"].count("no-store") == 1
    deliver()
    assert [request.headers["webhook-signature"][:3] for request in receiver.requests] == ["v1,"]
    later = get(scene, f"callbacks/endpoints/{endpoint.pk.hex}/").content.decode()
    assert secret not in later
    assert "Ours" in later


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("url", "http://169.254.169.254/latest", "169.254.169.254 is not a public address"),
        ("url", "https://user:secret@example.com/", "Take the user name and password out"),
        ("url", "ftp://example.com/", "Callbacks go to http, https or e-mail"),
        ("url", "", "This field is required"),
        ("header_name", "webhook-id", "Callbacks use this header themselves"),
        ("client_certificate", "no certificate", "Paste the certificate chain"),
        ("timeout_seconds", "31", "less than or equal to 30"),
        ("event_types", "task.exploded", "task.exploded"),
        ("project", "0" * 32, "Select a valid choice"),
        ("description", "\0", "Null characters"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(scene, field, value, sentence):
    data = {"url": "https://example.com/", "profile": "standard", field: value}
    data |= {"header_value": "x"} if field == "header_name" else {}
    refused = post(scene, "callbacks/endpoints/new/", data)
    assert refused.status_code == 400
    assert sentence in " ".join(refused.context["form"].errors[field])
    assert all_of(scene, Endpoint) == []


def test_editing_keeps_the_secrets_that_are_left_empty_and_drops_what_is_to_be_dropped(scene):
    endpoint = make_endpoint(scene, header_name="x-token", header_value="a long secret value")
    place = f"callbacks/endpoints/{endpoint.pk.hex}/edit/"
    assert "a long secret value" not in get(scene, place).content.decode()
    data = {"url": "https://example.com/other", "profile": "scale", "header_name": "x-token", "rate_limit": "5"}
    assert post(scene, place, data).status_code == 302
    changed = reload(scene, endpoint)
    assert (changed.url, changed.profile, changed.rate_limit) == ("https://example.com/other", "scale", 5)
    assert bytes(changed.header_value) == bytes(endpoint.header_value)
    post(scene, place, data | {"drops_header": "on"})
    changed = reload(scene, endpoint)
    assert (changed.header_name, bytes(changed.header_value)) == ("", b"")


def test_rotating_shows_the_new_secret_once_and_both_sign_until_it_is_revoked(scene, receiver):
    endpoint = make_endpoint(scene, receiver.url)
    old, place = services.secret_of(endpoint), f"callbacks/endpoints/{endpoint.pk.hex}/"
    rotated = post(scene, f"{place}rotate/", {"overlap_hours": "24"}).content.decode()
    new = services.secret_of(reload(scene, endpoint))
    assert new in rotated
    assert old not in rotated
    test_event(scene, endpoint)
    post(scene, f"{place}revoke/")
    deliver()
    assert len(receiver.requests[0].headers["webhook-signature"].split()) == 1
    assert post(scene, f"{place}rotate/", {"overlap_hours": "5000"}).status_code == 302
    assert services.secret_of(reload(scene, endpoint)) == new


def test_a_disabled_endpoint_holds_and_an_enabled_one_sends(scene, receiver):
    endpoint = make_endpoint(scene, receiver.url)
    place = f"callbacks/endpoints/{endpoint.pk.hex}/"
    post(scene, f"{place}disable/", {"reason": "moving house"})
    page = get(scene, place).content.decode()
    assert "moving house" in page
    assert "Send a test event" not in page.split("</header>")[-1]
    scene.add_task()
    deliver()
    assert receiver.requests == []
    post(scene, f"{place}enable/")
    deliver()
    assert len(receiver.requests) == 1


def test_a_deleted_endpoint_is_gone_from_the_list_and_its_log_stays(scene, receiver):
    endpoint = make_endpoint(scene, receiver.url, description="Short-lived")
    delivery = test_event(scene, endpoint)
    deliver()
    post(scene, f"callbacks/endpoints/{endpoint.pk.hex}/delete/")
    assert "Short-lived" not in get(scene, "callbacks/endpoints/").content.decode()
    assert get(scene, f"callbacks/deliveries/{delivery.pk.hex}/").status_code == 200
    assert get(scene, f"callbacks/endpoints/{endpoint.pk.hex}/edit/").status_code == 404


def test_one_delivery_shows_every_attempt_and_a_hostile_answer_as_text(scene, receiver):
    receiver.answer = answer_status(500, body=HOSTILE)
    endpoint = make_endpoint(scene, receiver.url, header_name="x-token", header_value="sixteen characters and more")
    delivery = test_event(scene, endpoint)
    deliver()
    page = get(scene, f"callbacks/deliveries/{delivery.pk.hex}/")
    text = page.content.decode()
    assert "HTTP 500" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert(1)" not in text
    assert not set("\0\x1b\u202e") & set(text)
    assert "x-token: …more" in text
    assert "sixteen characters" not in text
    assert "127.0.0.1" in text
    shown = page.context["attempts"][0]
    assert sum(step.share for step in shown.steps) == pytest.approx(100, abs=0.1)
    assert {"connect", "wait", "rest"} <= {step.name for step in shown.steps}
    assert "next one is" in text


def test_resending_sends_the_same_id_and_bytes_once_more(scene, receiver):
    delivery = test_event(scene, make_endpoint(scene, receiver.url))
    deliver()
    assert post(scene, f"callbacks/deliveries/{delivery.pk.hex}/resend/").status_code == 302
    deliver()
    first, second = receiver.requests
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert len(all_of(scene, Attempt)) == 2


def test_what_waits_is_not_resent_and_can_be_canceled(scene):
    delivery = test_event(scene, make_endpoint(scene))
    client = client_of(scene.members["robot"].user)
    place = address(scene, f"callbacks/deliveries/{delivery.pk.hex}/")
    assert "still on its way" in client.post(f"{place}resend/", follow=True).content.decode()
    client.post(f"{place}cancel/")
    assert reload(scene, delivery).status == Delivery.Status.CANCELED


def test_the_chosen_ones_are_sent_again_and_the_page_comes_back_as_it_was(scene, receiver):
    endpoint = make_endpoint(scene, receiver.url)
    chosen = [test_event(scene, endpoint).pk.hex for _ in range(3)]
    deliver()
    back = address(scene, "callbacks/deliveries/?status=delivered")
    sent = post(scene, "callbacks/deliveries/replay/", {"delivery": [*chosen[:2], "nonsense"], "back": back})
    assert (sent.status_code, sent["Location"]) == (302, back)
    deliver()
    assert len(receiver.requests) == 5
    away = post(scene, "callbacks/deliveries/replay/", {"delivery": chosen, "back": "https://evil.example/"})
    assert away["Location"].endswith("/callbacks/deliveries/")
    assert post(scene, "callbacks/deliveries/replay/").status_code == 400


def test_a_range_is_counted_first_then_replayed_and_canceled(scene, receiver):
    endpoint = make_endpoint(scene, receiver.url)
    for _ in range(3):
        test_event(scene, endpoint)
    deliver()
    place = f"callbacks/endpoints/{endpoint.pk.hex}/replay/"
    day = timedelta(days=1)
    given = {"since": (timezone.now() - day).isoformat(), "until": (timezone.now() + day).isoformat(),
             "statuses": ["delivered"]}  # fmt: skip
    assert get(scene, place, data=given).context["number"] == 3
    assert all_of(scene, Replay) == []
    assert post(scene, place, given).status_code == 302
    (replay,) = all_of(scene, Replay)
    assert (replay.total, replay.status) == (3, "running")
    assert "a replay to this endpoint is running" in post(scene, place, given).content.decode().lower()
    page = get(scene, f"callbacks/endpoints/{endpoint.pk.hex}/").content.decode()
    assert "0 of 3 sent again" in page
    post(scene, f"callbacks/replays/{replay.pk.hex}/cancel/")
    assert reload(scene, replay).status == "canceled"
    backwards = given | {"since": given["until"], "until": given["since"]}
    assert "before the beginning" in get(scene, place, data=backwards).content.decode()


def test_an_open_page_gets_nothing_until_something_changes(scene, receiver):
    endpoint = make_endpoint(scene, receiver.url)
    delivery = test_event(scene, endpoint)
    places = {
        "endpoint-list": "callbacks/endpoints/",
        "endpoint-live": f"callbacks/endpoints/{endpoint.pk.hex}/",
        "delivery-log": "callbacks/deliveries/?type=endpoint.test",
        "delivery-live": f"callbacks/deliveries/{delivery.pk.hex}/",
    }
    seen = {region: seen_on(get(scene, place)) for region, place in places.items()}
    for region, place in places.items():
        headers = {"HX-Request": "true", "HX-Target": region}
        asked = place + ("&" if "?" in place else "?") + f"seen={seen[region]}"
        assert get(scene, asked, headers=headers).status_code == 204
    deliver()
    for region, place in places.items():
        headers = {"HX-Request": "true", "HX-Target": region}
        asked = place + ("&" if "?" in place else "?") + f"seen={seen[region]}"
        answer = get(scene, asked, headers=headers)
        assert answer.status_code == 200
        assert answer.content.decode().strip().startswith(f'<div class="stack" id="{region}"')
        assert "seen=" not in answer.context["live_url"]


def seen_on(page: Any) -> str:
    return re.search(r'hx-vals="\{&quot;seen&quot;: &quot;(\w+)&quot;\}"', page.content.decode())[1]


def statements(scene: Scene, rest: str, user: User) -> int:
    client = client_of(user)
    client.get(address(scene, rest))
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address(scene, rest)).status_code == 200
    return len(captured)


def test_as_many_statements_for_one_row_as_for_many(scene):
    endpoint, user = make_endpoint(scene, project_id=scene.project.pk), scene.members["robot"].user
    test_event(scene, endpoint)
    places = ["callbacks/endpoints/", "callbacks/deliveries/", f"callbacks/endpoints/{endpoint.pk.hex}/"]
    one = [statements(scene, place, user) for place in places]
    for number in range(5):
        other = make_endpoint(scene, f"https://example.com/{number}", project_id=scene.project.pk)
        for to in (endpoint, other):
            test_event(scene, to)
    assert [statements(scene, place, user) for place in places] == one


def test_lists_are_filtered_and_their_columns_chosen(scene):
    made = make_endpoint(scene, description="The warehouse")
    make_endpoint(scene, url="https://other.example/hooks", description="The shop")
    test_event(scene, made)
    page = get(scene, "callbacks/endpoints/?q=ware&columns=state,created").text
    assert "The warehouse" in page
    assert "The shop" not in page
    assert 'data-label="Made"' in page
    assert 'data-label="Told of"' not in page
    assert "Remove the filter" in page
    assert "No endpoint matches this filter" in get(scene, "callbacks/endpoints/?q=nothing").text
    assert "The warehouse" in get(scene, "callbacks/endpoints/?sort=-created&newer=").text
    assert post(scene, "views/deliveries/columns/", {"columns": ["status"]}).status_code == 302
    log = get(scene, "callbacks/deliveries/").text
    assert 'data-label="Status"' in log
    assert 'data-label="Attempts"' not in log
    post(scene, "views/deliveries/", {"name": "Dead ones", "query": "status=dead"})
    assert "?status=dead" in get(scene, "callbacks/deliveries/").text
