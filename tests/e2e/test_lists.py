"""The lists as people use them: filters as chips, views, columns, order, many rows at once, changes while looking."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from audits.models import BulkJob
from audits.services.bulk import Wish, change_tasks
from audits.services.bulk_jobs import run_bulk_job


@pytest.fixture
def tasks(enter, scene):
    """The owner's Tasks page with three completed tasks and one that waits."""
    scene.add_task(done=False, unique_id="waiting")
    page = enter("owner")
    page.get_by_role("link", name="Tasks", exact=True).first.click()
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    return page


def names(page) -> list[str]:
    return page.locator(".table__main").all_inner_texts()


def choose(page, *rows: str) -> None:
    for row in rows:
        page.get_by_label(f"Choose {row}", exact=True).check()


def confirm(page, question: str | re.Pattern) -> None:
    expect(page.locator("#confirm")).to_contain_text(question)
    page.locator("#confirm [data-confirm-button]").click()


def test_a_filter_is_a_chip_in_the_address_and_goes_by_one_press(tasks):
    tasks.locator("#id_status").select_option("pending")
    tasks.get_by_role("button", name="Filter", exact=True).click()
    expect(tasks.locator(".chip")).to_have_count(1)
    assert names(tasks) == ["waiting"]
    assert "status=pending" in tasks.url
    tasks.reload()
    assert names(tasks) == ["waiting"]
    tasks.get_by_role("link", name="Remove the filter Status").click()
    expect(tasks.locator(".table__main")).to_have_count(4)
    tasks.go_back()
    expect(tasks.locator(".table__main")).to_have_count(1)


def test_a_view_is_saved_opened_and_deleted(tasks):
    tasks.locator("#id_status").select_option("pending")
    tasks.get_by_role("button", name="Filter", exact=True).click()
    expect(tasks.locator(".chip")).to_have_count(1)
    tasks.locator("summary", has_text="Views").click()
    tasks.get_by_label("Save what you see as").fill("What waits")
    tasks.get_by_role("button", name="Save", exact=True).click()
    expect(tasks.get_by_text("The view “What waits” is saved.")).to_be_visible()
    tasks.get_by_role("link", name="Tasks", exact=True).first.click()
    expect(tasks.locator(".table__main")).to_have_count(4)
    tasks.locator("summary", has_text="Views").click()
    tasks.get_by_role("link", name="What waits").click()
    expect(tasks.locator(".table__main")).to_have_count(1)
    tasks.locator("summary", has_text="Views").click()
    tasks.get_by_role("button", name="Delete the view What waits").click()
    expect(tasks.get_by_text("The view is deleted.")).to_be_visible()


def test_columns_are_chosen_and_stay(tasks):
    tasks.locator("summary", has_text="Columns").click()
    tasks.get_by_role("checkbox", name="Created", exact=True).check()
    tasks.get_by_role("checkbox", name="Auditor", exact=True).uncheck()
    tasks.get_by_role("button", name="Show", exact=True).click()
    expect(tasks.get_by_role("columnheader", name="Created")).to_be_visible()
    tasks.get_by_role("link", name="Today").first.click()
    tasks.get_by_role("link", name="Tasks", exact=True).first.click()
    expect(tasks.get_by_role("columnheader", name="Created")).to_be_visible()
    expect(tasks.get_by_role("columnheader", name="Auditor")).to_have_count(0)
    # Which can then be sorted by, and says so.
    tasks.get_by_role("columnheader", name="Created").get_by_role("link").click()
    expect(tasks.get_by_role("columnheader", name="Created")).to_have_attribute("aria-sort", "ascending")
    assert names(tasks) == ["image-0", "image-1", "image-2", "waiting"]


def test_the_chosen_are_tagged_after_a_question_with_their_number(tasks):
    choose(tasks, "image-0", "image-2")
    expect(tasks.locator("[data-bulk-count]")).to_have_text("2 chosen")
    tasks.locator(".bulk-bar summary", has_text="Tags").click()
    tasks.get_by_label("Tags, with commas between").fill("odd, second look")
    tasks.get_by_role("button", name="Add", exact=True).click()
    confirm(tasks, "Tag these 2 tasks?")
    expect(tasks.get_by_text("2 tasks were tagged.")).to_be_visible()
    expect(tasks.locator(".bulk-bar")).to_be_hidden()
    tasks.goto(f"{tasks.url.partition('?')[0]}?tag=odd")
    assert sorted(names(tasks)) == ["image-0", "image-2"]


def test_shift_chooses_what_lies_between_and_the_head_all(tasks):
    boxes = tasks.locator("[data-select]")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(tasks.locator("[data-bulk-count]")).to_have_text("3 chosen")
    tasks.locator("[data-select-all]").check()
    expect(tasks.locator("[data-bulk-count]")).to_have_text("4 chosen")
    tasks.get_by_role("button", name="Choose none").click()
    expect(tasks.locator(".bulk-bar")).to_be_hidden()


def test_canceling_leaves_what_cannot_be_canceled(tasks):
    tasks.locator("[data-select-all]").check()
    tasks.get_by_role("button", name="Cancel tasks").click()
    confirm(tasks, "Cancel the pending ones of these 4 tasks?")
    expect(tasks.get_by_text("1 task was canceled. 3 stayed as they are.")).to_be_visible()


def test_the_chosen_are_audited_in_a_session_of_their_own(tasks):
    choose(tasks, "image-1")
    tasks.locator(".bulk-bar").get_by_role("button", name="Audit").click()
    confirm(tasks, "Open an audit session over this task?")
    expect(tasks.locator(".workspace__title h1")).to_have_text("image-1")


def test_all_that_match_become_a_job_whose_progress_is_shown(enter, scene, monkeypatch):
    for number in range(52):
        scene.add_task(done=False, unique_id=f"many-{number:02}")
    page = enter("owner")
    page.goto(f"/o/{scene.organization.slug}/tasks/?status=pending")
    page.locator("[data-select-all]").check()
    page.get_by_role("button", name="Choose all that match: 52 tasks").click()
    expect(page.locator("[data-bulk-count]")).to_have_text("52 tasks")
    page.get_by_role("button", name="Cancel tasks").click()
    confirm(page, "these 52 tasks?")
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    with scene.scope():
        job = BulkJob.objects.for_organization(scene.organization).get()
    run_bulk_job(organization_id=job.organization_id, job_id=job.pk, now=timezone.now())
    expect(page.get_by_text("It is done")).to_be_visible()
    expect(page.locator(".stat", has_text="Changed")).to_contain_text("52")


def test_an_open_list_shows_what_others_do_and_keeps_the_choice(tasks, scene):
    choose(tasks, "image-1")
    with scene.scope():
        change_tasks(by=scene.members["owner"], task_ids=[scene.tasks[3].pk], wish=Wish("cancel"), now=timezone.now())
    row = tasks.locator("tr", has_text="waiting")
    expect(row.locator(".badge")).to_have_text("Canceled", timeout=15_000)
    expect(tasks.get_by_label("Choose image-1", exact=True)).to_be_checked()
    expect(tasks.locator("[data-live-note]")).to_be_hidden()
    scene.add_task(done=False, unique_id="newcomer")
    expect(tasks.locator("[data-live-note]")).to_be_visible(timeout=15_000)
    tasks.get_by_role("link", name="The list has changed. Show it").click()
    expect(tasks.get_by_role("link", name="newcomer")).to_be_visible()


def test_everything_of_a_list_is_done_from_the_keyboard(tasks):
    tasks.locator("[data-select]").first.focus()
    tasks.keyboard.press("Space")
    expect(tasks.locator("[data-bulk-count]")).to_have_text("1 chosen")
    tasks.get_by_role("button", name="Cancel tasks").focus()
    tasks.keyboard.press("Enter")
    expect(tasks.locator("#confirm")).to_be_visible()
    tasks.keyboard.press("Escape")
    expect(tasks.locator("#confirm")).to_be_hidden()
    tasks.locator("summary", has_text="Columns").focus()
    tasks.keyboard.press("Enter")
    expect(tasks.get_by_role("checkbox", name="Tags", exact=True)).to_be_visible()
    tasks.keyboard.press("Escape")
    expect(tasks.get_by_role("checkbox", name="Tags", exact=True)).to_be_hidden()


@pytest.mark.parametrize("verdict", ["Approve", "Reject"])
def test_a_phone_is_enough_to_approve_and_to_reject(enter, scene, verdict):
    page = enter("alice", has_touch=True, is_mobile=True)
    page.set_viewport_size({"width": 390, "height": 844})
    session = scene.session()
    page.goto(f"/o/{scene.organization.slug}/audit/{session.public_id}/")
    before = page.locator(".workspace__title h1").inner_text()
    if verdict == "Reject":
        page.locator("[name=comment]").tap()
        page.locator("[name=comment]").fill("A cell is missing.")
    page.get_by_role("button", name=re.compile(f"^{verdict}")).tap()
    expect(page.locator(".workspace__title h1")).not_to_have_text(before)


def test_the_language_is_chosen_in_the_menu(tasks):
    tasks.locator(".user-menu summary").click()
    tasks.get_by_role("button", name="Deutsch").click()
    expect(tasks.get_by_role("heading", name="Aufgaben")).to_be_visible()
    tasks.locator("[data-select-all]").check()
    expect(tasks.locator("[data-bulk-count]")).to_have_text("4 gewählt")
