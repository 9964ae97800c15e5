"""A lead's morning: filter, drill down to the tasks, then audit last week as one session."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from audits.models import Task
from audits.services.audits import Judgement, record_verdict
from reports.engine.weeks import last_weeks
from reports.services.following import follow_events
from tests.e2e.every_page import serious_findings


@pytest.fixture
def quality(enter, scene):
    """The owner's Quality page: the scene's tasks were completed last week, one of them is rejected."""
    monday = last_weeks(timezone.now(), scene.organization.time_zone, 1)[0].starts_at
    with scene.scope():
        Task.objects.for_organization(scene.organization).completed().update(completed_at=monday + timedelta(days=1))
        task = Task.objects.for_organization(scene.organization).completed().first()
        judgement = Judgement("rejected", "In front a goose")
        record_verdict(auditor=scene.members["bob"], task_id=task.pk, judgement=judgement, now=timezone.now())
    follow_events()
    page = enter("owner")
    page.get_by_role("link", name="Quality", exact=True).first.click()
    expect(page.get_by_role("heading", name="Quality")).to_be_visible()
    return page


def figure(page, label: str):
    return page.locator(".stat", has_text=label).locator(".stat__figure")


def test_a_lead_filters_drills_down_and_audits_last_week(quality, scene):
    page = quality
    expect(figure(page, "Completed tasks")).to_have_text("3")
    expect(page.locator("#remarks")).to_contain_text("In front a goose")
    page.locator("#id_project").select_option("birds")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.locator(".chip")).to_have_count(1)
    expect(figure(page, "Rejects")).to_contain_text("1")
    report = page.locator(".tabs").get_by_role("link", name="Auditor Quality")
    expect(report).to_have_attribute("href", re.compile(r"\?project=birds$"))

    page.locator(".stat", has_text="Rejects").click()
    expect(page.get_by_role("heading", name="Task Level Report")).to_be_visible()
    assert "project=birds" in page.url
    assert "review_status=rejected" in page.url
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("In front a goose")

    for tab in ("Auditor Quality", "Auditor Tracker", "Dashboard"):
        page.get_by_role("link", name=tab, exact=True).first.click()
        expect(page.get_by_role("link", name=tab, exact=True).first).to_have_attribute("aria-current", "page")
        assert serious_findings(page) == []

    page.get_by_role("link", name="Tasks completed last week", exact=True).first.click()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("3")
    row.get_by_role("button", name=re.compile("Audit the week of")).click()
    expect(page.locator("[data-verdict-form]")).to_be_visible()
    with scene.scope():
        assert Task.objects.for_organization(scene.organization).completed().count() == 3
    page.goto(re.sub(r"/audit/(\w+)/.*", r"/sessions/\1/", page.url))
    expect(page.get_by_role("heading", name=re.compile("Week of"))).to_be_visible()
    expect(page.get_by_text("of 3", exact=False).first).to_be_visible()


def test_a_reader_far_away_with_a_small_screen(enter, scene):
    """Times are those that the filter means, dates can be read at 1024 px, the current tab is in sight on a phone."""
    with scene.scope():
        moment = "2026-11-02T07:30:00Z"  # Still Sunday in Los Angeles, half past four on Monday in Tokyo.
        Task.objects.for_organization(scene.organization).completed().update(completed_at=moment)
    page = enter("owner", timezone_id="Asia/Tokyo", locale="en-US")
    quality = f"/o/{scene.organization.slug}/quality/"
    page.goto(f"{quality}report/tasks/?completed_before=2026-11-01")
    expect(page.locator("tbody time").first).to_have_text("1 Nov 2026, 23:30")
    page.set_viewport_size({"width": 1024, "height": 800})
    assert page.locator("#id_completed_after").bounding_box()["width"] >= 130
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{quality}report/auditors/")
    expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.99)
    page.goto(quality)
    page.locator("main").get_by_role("link", name="Audit Tasks").click()
    expect(page.locator("#audit-tasks h2")).to_be_in_viewport()
