"""Agreement in second audits on Auditor Quality: page, API, file and the Monday's report say the same."""

import io
import json
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from audits.models import Task
from audits.services.audits import Judgement
from audits.services.second_audits import claim_second, record_second_audit
from labelops.statistics.agreement import agreement
from reports.engine.weeks import last_weeks
from reports.exporting.columns import Format
from reports.exporting.listings import LISTINGS
from reports.exporting.writing import write_rows
from reports.models import WeeklySnapshot
from reports.services.following import follow_events
from reports.services.subscriptions import set_subscription
from reports.services.weekly import report_last_week
from tests.audits.api_world import Api, make_key
from tests.audits.scene import make_scene
from tests.audits.test_second_audits import first_audits
from tests.factories import client_of

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ["accepted", "fixed", "rejected"]
ACCEPT, REJECT = Judgement("accepted"), Judgement("rejected", "wrong")


def judge_again(scene, session, name, judgement):
    with scene.scope():
        turn = claim_second(auditor=scene.members[name], session=session)
        record_second_audit(
            auditor=scene.members[name], session_id=session.pk, task_id=turn.task.pk, judgement=judgement,
            lock_token=turn.lease.token, now=timezone.now(),
        )  # fmt: skip


@pytest.fixture
def scene():
    """Eleven tasks of last week judged by alice, all accepted; ten of them again by bob, two of those rejected."""
    scene = make_scene(tasks=11, roles={"alice": "auditor", "bob": "auditor", "carol": "auditor"})
    monday = last_weeks(timezone.now(), scene.organization.time_zone, 1)[0].starts_at
    with scene.scope():
        Task.objects.for_organization(scene.organization).update(completed_at=monday + timedelta(days=1))
        set_subscription(member=scene.members["owner"], wanted=True, now=timezone.now())
    session = scene.session(second_share=1.0)
    first_audits(scene, session, *[ACCEPT] * 11)
    for number in range(10):
        judge_again(scene, session, "bob", REJECT if number < 2 else ACCEPT)
    judge_again(scene, session, "carol", ACCEPT)
    follow_events()
    return scene


def shown(scene, query=""):
    page = client_of(scene.members["owner"].user).get(
        reverse("reports:auditors", args=[scene.organization.slug]) + query
    )
    text = page.content.decode().partition('id="agreement"')[2].partition("</section>")[0]
    return " ".join(text.split())


def test_all_say_the_same(scene):
    email = {name: member.user.email for name, member in scene.members.items()}
    api = Api(make_key(scene.organization, scene.members["owner"].user))
    found = {row["auditor"]: row for row in api.get("reports/auditors").body}
    alice, bob, carol = (found[email[name]]["second_audits"] for name in ("alice", "bob", "carol"))
    assert (alice["n"], bob["n"], carol["n"]) == (11, 10, 1)
    assert (found[email["bob"]]["reviews"], found[email["alice"]]["reviews"]) == (0, 11)
    told = agreement({("accepted", "accepted"): 8, ("rejected", "accepted"): 2}, NAMES)
    for name in ("raw", "kappa", "ac1", "alpha"):
        one = getattr(told, name)
        assert bob[name]["value"] == pytest.approx(one.value, abs=1e-6)
        assert (bob[name]["low"], bob[name]["high"]) == pytest.approx((one.interval.low, one.interval.high), abs=1e-6)
    assert {carol[name] for name in ("raw", "kappa", "ac1", "alpha")} == {None}

    text = shown(scene)
    assert f"{told.ac1.value:.2f}" in text
    assert "not enough yet: 9 more pairs" in text
    assert "80" in text
    with scene.scope():
        file = io.BytesIO()
        write_rows(LISTINGS["auditor_quality"].rows_for(scene.members["owner"], ""), Format.JSONL, file)
    rows = {row["auditor"]: row for row in map(json.loads, file.getvalue().decode().splitlines())}
    assert rows[email["bob"]]["kappa"] == bob["kappa"]["value"]
    assert (rows[email["carol"]]["second_audits"], rows[email["carol"]]["raw"]) == (1, None)

    assert report_last_week(now=timezone.now()) == 1
    assert f"{email['bob']}: 0 (second audits: the same verdict in 8 of 10)" in mail.outbox[0].body
    with scene.scope():
        snapshot = WeeklySnapshot.objects.get()
        assert {row["auditor"]: row["agreed"] for row in snapshot.figures["auditors"]}[email["alice"]] == 9
        # As a report of an earlier release was kept.
        for row in snapshot.figures["auditors"]:
            row.pop("agreed"), row.pop("second_audits")
        snapshot.save()
    address = reverse("reports:week", args=[scene.organization.slug, snapshot.pk])
    assert client_of(scene.members["owner"].user).get(address).status_code == 200


def test_a_filter_narrows_the_pairs(scene):
    api = Api(make_key(scene.organization, scene.members["owner"].user))
    bob = scene.members["bob"].user.email
    (row,) = api.get("reports/auditors", auditor=bob).body
    assert (row["auditor"], row["second_audits"]["n"]) == (bob, 10)
    assert api.get("reports/auditors", completed_after=timezone.now().isoformat()).body == []
    assert api.get("reports/auditors", project="nothing").body == []
    found = api.get("reports/auditors", project="birds", tags="river").body
    assert found == []
    assert "No task that matches this filter was audited a second time" in shown(scene, "?project=nothing")
    assert "11" in shown(scene, "?project=birds")
