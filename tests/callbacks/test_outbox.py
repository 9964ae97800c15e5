import json
import threading
import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from callbacks.bodies import canonical_json
from callbacks.delivery import Deliverer
from callbacks.models import Delivery, Endpoint
from callbacks.outbox import publish
from labelops.errors import InvalidInput
from labelops.tenancy.scope import organization_scope
from tests.callbacks.conftest import deliver, make_organization, rows, tell

STATE = "SELECT sequence, status, is_head FROM callbacks_delivery ORDER BY sequence, id"


def count_statements(organization, *urls):
    with organization_scope(organization.pk), CaptureQueriesContext(connection) as captured:
        publish(
            organization=organization,
            type="task.audited",
            subject_id=uuid.uuid4(),
            sequence=1,
            body={"a": 1},
            project_id=None,
            callback_urls=urls,
            now=datetime.now(UTC),
        )
    return len(captured)


def test_nobody_listens_nothing_is_written(organization):
    tell(organization)
    assert rows("SELECT count(*) FROM callbacks_callbackevent") == [(0,)]
    assert rows("SELECT count(*) FROM callbacks_delivery") == [(0,)]


def test_publish_is_one_statement_whoever_listens(organization):
    assert count_statements(organization) == 1
    assert count_statements(organization, "https://a.example/", "https://b.example/") == 1
    with organization_scope(organization.pk):
        Endpoint.objects.create(organization=organization, url="https://c.example/")
    assert count_statements(organization) == 1


def test_ad_hoc_endpoints_are_found_again(organization):
    for _ in range(3):
        tell(organization, "https://a.example/x", "", "https://a.example/x")
    assert rows("SELECT url, profile, is_ad_hoc FROM callbacks_endpoint") == [("https://a.example/x", "scale", True)]
    assert rows("SELECT count(*) FROM callbacks_delivery") == [(3,)]


def test_ids_made_in_the_database_are_version_7_and_sort_by_time(organization):
    for number in range(1, 4):
        tell(organization, f"https://a.example/{number}")
    ids = [row[0] for row in rows("SELECT id FROM callbacks_delivery ORDER BY created_at")]
    assert ids == sorted(ids)
    assert {(one.version, one.variant) for one in ids} == {(7, uuid.RFC_4122)}


def test_registered_endpoints_are_matched_by_project_and_type(organization):
    project, other = uuid.uuid4(), uuid.uuid4()
    with organization_scope(organization.pk):
        for name, fields in {
            "all": {},
            "project": {"project_id": project},
            "elsewhere": {"project_id": other},
            "typed": {"event_types": ["task.audited", "task.completed"]},
            "other-type": {"event_types": ["batch.completed"]},
        }.items():
            Endpoint.objects.create(organization=organization, url=f"https://{name}.example/", **fields)
    make_organization("stranger")
    tell(organization, project_id=project)
    told = rows("SELECT e.url FROM callbacks_delivery d JOIN callbacks_endpoint e ON e.id = d.endpoint_id ORDER BY 1")
    assert [url for (url,) in told] == ["https://all.example/", "https://project.example/", "https://typed.example/"]


def test_another_organization_hears_nothing(organization):
    other = make_organization("other")
    with organization_scope(other.pk):
        Endpoint.objects.create(organization=other, url="https://other.example/")
    tell(organization)
    assert rows("SELECT count(*) FROM callbacks_delivery") == [(0,)]
    tell(other)
    with organization_scope(organization.pk):
        assert Delivery.objects.count() == 0


def test_a_disabled_endpoint_s_events_are_held(organization):
    with organization_scope(organization.pk):
        Endpoint.objects.create(organization=organization, url="https://a.example/", status="disabled")
    tell(organization)
    assert rows(STATE) == [(1, "held", False)]


def test_rolled_back_is_never_told(organization, receiver):
    with transaction.atomic():
        tell(organization, receiver.url)
        transaction.set_rollback(True)
    deliver()
    assert receiver.requests == []


def test_only_the_first_of_a_subject_is_head(organization):
    subject = tell(organization, "https://a.example/")
    tell(organization, "https://a.example/", subject=subject, sequence=2)
    tell(organization, "https://a.example/", sequence=3)
    assert rows(STATE) == [(1, "pending", True), (2, "pending", False), (3, "pending", True)]


def test_canonical_json_is_stable_and_strict():
    assert canonical_json({"b": "é", "a": [1, None]}) == '{"a":[1,null],"b":"é"}'
    for bad in ({"a": float("nan")}, {"a": "\ud800"}):
        with pytest.raises(InvalidInput):
            canonical_json(bad)


def test_zero_byte_in_a_text_is_escaped_and_stored(organization):
    tell(organization, "https://a.example/", body={"text": "a\x00b"})
    ((body,),) = rows("SELECT body FROM callbacks_callbackevent")
    assert json.loads(bytes(body))["text"] == "a\x00b"


def test_successor_published_while_the_head_finishes_is_never_stuck(organization, receiver):
    """The race between 'is there an earlier one?' and 'is there a later one?': without the shared lock, rows stick."""
    subjects = [uuid.uuid4() for _ in range(20)]
    deliverer = Deliverer(idle_seconds=None, run_seconds=60)
    running = threading.Thread(target=deliverer.run)
    running.start()
    try:
        for sequence in range(1, 16):
            for subject in subjects:
                tell(organization, receiver.url, subject=subject, sequence=sequence)
        receiver.wait_for(300, 30)
    finally:
        deliverer.stop()
        running.join()
    assert rows("SELECT status, count(*) FROM callbacks_delivery GROUP BY 1") == [("delivered", 300)]
    for subject in subjects:
        seen = [
            json.loads(r.body)["sequence"] for r in receiver.requests if json.loads(r.body)["task_id"] == subject.hex
        ]
        assert seen == list(range(1, 16))
