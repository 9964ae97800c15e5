"""What a lead reads on the Quality pages, and where a click leads."""

import re
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audits.models import AuditSession, Batch, Task
from audits.services.audits import Judgement, record_verdict
from audits.services.batches import create_batch
from audits.services.sampling import SampleSize
from audits.services.sessions import claim_next
from reports.engine.weeks import last_weeks, week_of
from reports.services.following import follow_events
from tests.audits.scene import make_scene
from tests.factories import client_of

pytestmark = pytest.mark.django_db
VERDICTS = ["accepted"] * 20 + ["fixed"] * 3 + ["rejected"] * 2


@pytest.fixture
def scene():
    """Thirty tasks completed in the last complete week, 25 of them audited in a random session, one more by hand."""
    scene = make_scene(tasks=30)
    monday = last_weeks(timezone.now(), scene.organization.time_zone, 1)[0].starts_at
    with scene.scope():
        batch = create_batch(project=scene.project, actor=None, name="one", now=timezone.now())
        tasks = Task.objects.for_organization(scene.organization)
        tasks.update(completed_at=monday + timedelta(days=2), batch=batch)
        Batch.objects.update(status="completed")
    session = scene.session(size=SampleSize(number=25))
    for verdict in VERDICTS:
        judge_next(scene, session, verdict)
    with scene.scope():
        left = tasks.ready_to_audit().first()
        record_verdict(auditor=scene.members["bob"], task_id=left.pk, judgement=Judgement("rejected", "By hand"),
                       now=timezone.now())  # fmt: skip
    follow_events()
    return scene


def judge_next(scene, session, verdict):
    response = {"category": "goose"} if verdict == "fixed" else None
    with scene.scope():
        claimed = claim_next(auditor=scene.members["alice"], session=session)
        record_verdict(
            auditor=scene.members["alice"], task_id=claimed.task.pk, session_id=session.pk, now=timezone.now(),
            judgement=Judgement(verdict, "" if verdict == "accepted" else "In front is a goose", response),
            lock_token=claimed.lease.token, version=claimed.task.version,
        )  # fmt: skip


def get(scene, name, query="", member="owner", *args, **headers):
    address = reverse(name, args=[scene.organization.slug, *args])
    return client_of(scene.members[member].user).get(f"{address}{query}", headers=headers)


def words(response):
    assert response.status_code == 200, response.content[:500]
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_dashboard_has_totals_of_all_audits_and_estimates_of_the_random_ones(scene):
    page = words(get(scene, "reports:quality"))
    assert "Completed tasks 30" in page
    assert "Audited 26 86.7 % of the tasks" in page
    assert "Reviews 26" in page
    assert "Accepts 20 76.9 % of the reviews" in page
    assert "Rejects 3" in page
    assert "Accepted 80.0 %" in page, "20 of 25: the one by hand enters no estimate"
    assert "n = 25 tasks audited in random sessions, of 30." in page
    assert "hypergeometric" in page
    assert "1 audited task was picked by hand and is left out." in page


def test_a_filter_by_outcome_leaves_totals_and_no_estimate(scene):
    page = words(get(scene, "reports:quality", "?review_status=rejected"))
    assert "Completed tasks 3" in page
    assert "no estimate" in page
    assert "80.0 %" not in page
    assert "Not enough yet." in words(get(scene, "reports:quality", "?completed_after=2040-01-01"))


def test_the_filters_form_is_understood_with_its_empty_fields(scene):
    query = "?completed_after=&completed_before=&review_status=&project=birds&batch=&tag="
    for headers in ({}, {"HX-Request": "true", "HX-Target": "quality"}):
        assert "Completed tasks 30" in words(get(scene, "reports:quality", query, **headers))


def test_every_figure_leads_to_its_tasks_under_the_same_filter(scene):
    client = client_of(scene.members["owner"].user)
    address = reverse("reports:quality", args=[scene.organization.slug])
    page = client.get(f"{address}?project=birds&type=categorization").content.decode()
    stats = re.findall(r'<a class="stat[^"]*" href="([^"]+)">.*?stat__figure">([\d,]+)', page, re.S)
    assert len(stats) == 6
    for url, figure in stats:
        rows = client.get(url.replace("&amp;", "&")).content.decode()
        assert "project=birds" in url
        assert f"{figure} " in words_of(rows, "data-summary"), (url, figure)
    assert re.search(r'href="[^"]*completed_after=[\d-]+&amp;completed_before=', page), "the bars are links too"


def words_of(page, mark):
    return re.search(rf"<span {mark}>([^<]*)<", page)[1]


def test_the_open_dashboard_asks_only_whether_a_figure_moved(scene):
    tag = get(scene, "reports:quality")["ETag"]
    headers = {"X-Live": "1", "If-None-Match": tag}
    assert get(scene, "reports:quality", **headers).status_code == 304
    task = scene.tasks[0]
    with scene.scope():
        record_verdict(auditor=scene.members["bob"], task_id=task.pk, judgement=Judgement("accepted"),
                       now=timezone.now())  # fmt: skip
    follow_events()
    assert get(scene, "reports:quality", **headers).status_code == 200


def test_common_errors_come_with_their_counts(scene):
    page = words(get(scene, "reports:remarks"))
    assert "of 26 audited tasks" in page
    assert "In front is a goose 3×" in page
    assert "By hand" in page


def test_audit_opens_a_session_over_exactly_that_week(scene):
    scene.add_task()  # in the running week
    follow_events()
    client = client_of(scene.members["owner"].user)
    page = client.get(reverse("reports:weeks", args=[scene.organization.slug])).content.decode()
    week = last_weeks(timezone.now(), scene.organization.time_zone, 1)[0]
    row = re.search(rf'<tr data-row="{week.monday}" data-state="([^"]*)".*?</tr>', page, re.S)
    assert row[1] == "30 26 20 3 3"
    form = re.search(r'<form method="post" action="([^"]+)">.*?</form>', row[0], re.S)
    fields = dict(re.findall(r'name="(how|name|seed)" value="([^"]*)"', form[0]))
    opened = client.post(form[1].replace("&amp;", "&"), fields)
    assert opened.status_code == 302
    with scene.scope():
        session = AuditSession.objects.order_by("-id").first()
        assert (session.population, session.size) == (30, 30)
        assert session.filter == {"completed_after": str(week.monday), "completed_before": str(week.sunday)}
    assert re.search(r"This week, still running.*?>\s*1\s*<", page, re.S)


@pytest.mark.parametrize(
    ("monday", "hours"), [("2026-03-02", 167), ("2026-03-09", 168), ("2026-10-26", 169), ("2026-11-02", 168)]
)
def test_a_week_with_a_clock_change_is_an_hour_shorter_or_longer(monday, hours):
    week = week_of(datetime.fromisoformat(monday).date() + timedelta(days=3), "America/Los_Angeles")
    assert str(week.monday) == monday
    assert week.ends_at - week.starts_at == timedelta(hours=hours)


def test_the_reports_say_who_audited_what(scene):
    tasks = words(get(scene, "reports:tasks", "?review_status=rejected"))
    assert "3 completed tasks" in tasks
    assert tasks.count("In front is a goose") == 2
    assert scene.members["bob"].user.email in tasks
    tracker = words(get(scene, "reports:batches"))
    assert "one birds Completed 30 26 86.7 % 20 accepted , 3 fixed , 3 rejected 25 alice@" in tracker
    assert "3.7 a day" in tracker, "26 audits in seven days"
    auditors = words(get(scene, "reports:auditors"))
    assert f"{scene.members['alice'].user.email} 25 20 80 % 3 12 % 2 8 %" in auditors


def test_the_tracker_says_that_it_needs_batches():
    scene = make_scene(tasks=1)
    assert "This report needs batches" in words(get(scene, "reports:batches"))


def test_those_who_need_an_assignment_see_figures_of_their_projects_only(scene):
    with scene.scope():
        scene.organization.auditors_need_assignment = True
        scene.organization.save()
    assert "Completed tasks 0" in words(get(scene, "reports:quality", member="alice"))
    assert "30" not in words(get(scene, "reports:weeks", member="alice")).partition("Week")[2].partition("Figures")[0]
    assert "This report needs batches" in words(get(scene, "reports:batches", member="alice"))
    assert "Nobody has audited a task yet" in words(get(scene, "reports:auditors", member="alice"))
