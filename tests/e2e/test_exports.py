"""A lead sends a rejected task back, filters on what was sent back, exports it, and downloads a larger export."""

import json

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from audits.services.audits import Judgement, record_verdict
from reports.models import Export
from reports.services import exports
from reports.services.export_runs import run_export


@pytest.fixture
def rejected(scene):
    task = scene.tasks[0]
    with scene.scope():
        said = Judgement("rejected", "One is missing.")
        record_verdict(auditor=scene.members["alice"], task_id=task.pk, judgement=said, now=timezone.now())
    return task


def test_a_lead_sends_back_filters_exports_and_downloads(enter, scene, rejected, monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    page = enter("lead")
    page.get_by_role("link", name="Tasks", exact=True).first.click()
    page.get_by_role("link", name="image-0", exact=True).click()
    page.get_by_role("button", name="Send back").click()
    page.get_by_label("What should be different this time?").fill("Count the cells.")
    page.get_by_role("button", name="Send it back").click()
    expect(page.get_by_text("Sent back: it waits for its response, attempt 2.")).to_be_visible()
    expect(page.get_by_text("Count the cells.")).to_be_visible()

    page.get_by_role("link", name="Tasks", exact=True).first.click()
    page.get_by_role("button", name="More filters").click()
    page.locator("#id_redo").select_option("waiting")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.locator(".chip")).to_have_count(1)
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON Lines").click()
    (line,) = download.value.path().read_text().splitlines()
    assert (json.loads(line)["unique_id"], json.loads(line)["comment"]) == ("image-0", "One is missing.")

    monkeypatch.setattr(exports, "SMALL", 1)
    page.get_by_role("link", name="Exports", exact=True).click()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_text("The export is being made.")).to_be_visible()
    expect(page.get_by_text("Waiting", exact=True)).to_be_visible()
    with scene.scope():
        export = Export.objects.get()
    run_export(organization_id=export.organization_id, export_id=export.pk)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert len(download.value.path().read_text().splitlines()) == 4
