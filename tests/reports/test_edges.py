"""Where the Quality pages and their API used to break: dates at the ends of time, figures at the ends of the scale."""

import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from audits.models import Task
from audits.services.redos import redo_task
from reports.selecting import everything_of
from reports.services.following import follow_events
from reports.templatetags.figures import digits, interval, percent, signed
from reports.trend import trend_of
from reports.views.charts import ticks
from tests.audits.api_world import make_world
from tests.factories import client_of
from tests.reports.test_pages import get, judge_next, make_scene

pytestmark = pytest.mark.django_db
ENDS = ["completed_after=9999-12-31", "completed_before=0001-01-01", "completed_after=0001-01-01",
        "completed_before=9999-12-30T23:00:00-12:00"]  # fmt: skip


def test_dates_at_the_ends_of_time_are_dates():
    world = make_world()
    for query in ENDS:
        for name in ("quality", "tasks", "auditors"):
            assert get(world.scene, f"reports:{name}", f"?{query}").status_code == 200, (name, query)
        key, _is, value = query.partition("=")
        for name in ("summary", "weeks", "tasks", "auditors", "batches"):
            assert world.api.get(f"reports/{name}", **{key: value}).status == 200, (name, query)


def test_the_api_filters_by_a_batchs_status_as_the_page_does():
    """Left out in silence, the figures were those of all tasks."""
    world = make_world()
    task = world.api.create(project="birds")["task_id"]
    world.api.post(f"task/{task}/response", {"response": {"category": "duck"}})
    follow_events()
    assert world.api.get("reports/summary")["tasks"] == 1
    assert world.api.get("reports/summary", batch_status="completed")["tasks"] == 0
    assert world.api.get("reports/tasks", batch_status="completed").body["docs"] == []
    assert world.api.get("reports/summary", batch_status="zzz").status == 400


def test_a_share_is_never_rounded_to_none_or_to_all():
    say = [percent(one).replace("\xa0", " ") for one in (0.9421, 0.9996, 0.99996, 0.0003, 0, 1)]
    assert say == ["94.2 %", "99.96 %", "99.996 %", "0.03 %", "0.0 %", "100.0 %"]
    assert percent(0.996, 0) == "99.6\xa0%"
    assert interval(0.76, 0.9996) == "76.0–99.96\xa0%"
    assert interval(0, 0.128, 0) == "0–13\xa0%"
    assert (signed(-0.354), signed(-0.001), digits(-1200)) == ("−0.35", "0.00", "−1,200")


def test_times_are_told_in_the_zone_that_the_filter_means():
    """A reader elsewhere saw tasks of the 23rd under a filter that ends with the 22nd."""
    scene = make_scene(tasks=1)
    with scene.scope():
        Task.objects.for_organization(scene.organization).update(completed_at="2026-11-23T07:30:00Z")
    page = get(scene, "reports:tasks", "?completed_before=2026-11-22").content.decode()
    assert 'datetime="2026-11-23T07:30:00+00:00" data-local data-zone="America/Los_Angeles"' in page
    assert "Dates and times are in America/Los_Angeles." in page


def test_the_trend_begins_with_the_first_task_and_names_its_bars():
    scene = make_scene(tasks=2)
    now = timezone.now()
    with scene.scope():
        first, last = Task.objects.for_organization(scene.organization).order_by("id")
        Task.objects.filter(pk=first.pk).update(completed_at=now - timezone.timedelta(days=9))
        Task.objects.filter(pk=last.pk).update(completed_at=now - timezone.timedelta(days=2))
    follow_events()
    with scene.scope():
        found = trend_of(everything_of(scene.members["owner"]), today=now.date())
    assert (found.periods[0].tasks, found.periods[-1].tasks, sum(one.tasks for one in found.periods)) == (1, 1, 2)
    names = re.findall("<span>([^<]*)</span>", ticks(found))
    assert len(names) == len(found.periods)
    assert names[0] == f"{found.periods[0].first.day} {found.periods[0].first:%b}"


def test_the_dashboards_export_has_the_reviews_that_it_shows():
    """Not those of tasks that were sent back since: they are no completed tasks."""
    scene = make_scene(tasks=3)
    session = scene.session()
    for verdict in ("accepted", "rejected", "rejected"):
        judge_next(scene, session, verdict)
    with scene.scope():
        rejected = Task.objects.for_organization(scene.organization).filter(review_status="rejected").first()
        redo_task(by=scene.members["owner"], task_id=rejected.pk, now=timezone.now(), note="Again")
    follow_events()
    page = get(scene, "reports:quality").content.decode()
    assert 'data-state="2 2 1 0 1"' in page
    (query,) = re.findall(r'name="list" value="audits"><input type="hidden" name="query" value="([^"]*)"', page)
    wish = {"list": "audits", "format": "jsonl", "query": unescape(query)}
    sent = client_of(scene.members["owner"].user).post(reverse("exports:exports", args=[scene.organization.slug]), wish)
    assert len(b"".join(sent).splitlines()) == 2
