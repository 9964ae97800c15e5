"""A project's own fields from the requester's rows to the performer's form, and the same form where it is audited."""

import os
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from audits.models import Task
from crowd_rules.models import Pool, Solution
from crowd_rules.services.pool_tasks import NewPoolTask, add_tasks
from crowd_rules.services.pools import PoolSettings, create_pool, open_pool
from tests.crowd_rules.crowd import make_crowd
from tests.crowd_rules.workplace import give_login, work_address
from tests.e2e.conftest import picture
from tests.e2e.every_page import Visitor, serious_findings
from tests.factories import PASSWORD

# The browser itself reports an answer of 400, which is what a refused form is.
EXPECTED = re.compile(r"status of 400")
OWNERS = "a long password"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def crowd(transactional_db):
    return make_crowd("ann")


@pytest.fixture
def arrive(browser, live_server):
    visitors = []

    def _arrive(email: str, password: str = PASSWORD, **options) -> Page:
        visitor = Visitor.arrive(browser, live_server.url, **options)
        visitors.append(visitor)
        page = visitor.page()
        visitor.sign_in(page, email, password)
        return page

    yield _arrive
    for visitor in visitors:
        visitor.leave()
    assert [one for visitor in visitors for one in visitor.complaints if not EXPECTED.search(one)] == []


def look(page: Page, name: str) -> None:
    if folder := os.environ.get("LABELOPS_LOOK"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def fill_row(page: Page, number: int, name: str, kind: str, **values: str) -> None:
    row = page.locator(".spec-rows").first.locator("> li").nth(number)
    row.get_by_label("Name").fill(name)
    row.get_by_label("Kind").select_option(kind)
    for label, value in values.items():
        row.get_by_label(label).fill(value)
    if name in ("remark", "tags"):
        row.get_by_label("Required").uncheck()


def set_fields(page: Page, crowd) -> None:
    page.goto(f"/o/{crowd.organization.slug}/projects/{crowd.project.pk.hex}/")
    expect(page.get_by_text("No fields yet")).to_be_visible()
    page.get_by_role("link", name="Edit the fields").click()
    fill_row(page, 0, "mood", "string", Choices="good\nbad\nneither")
    fill_row(page, 1, "stars", "integer", Least="0", Most="5")
    fill_row(page, 2, "remark", "string")
    page.locator("#id_input_spec-0-name").fill("photo")
    page.locator("#id_input_spec-0-type").select_option("url")
    assert serious_findings(page) == []
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("mood", exact=True)).to_be_visible()
    page.get_by_role("link", name="Edit the fields").click()
    fill_row(page, 3, "tags", "array_string")
    look(page, "fields")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("string: good, bad, neither")).to_be_visible()


def open_pool_of_photos(crowd) -> Pool:
    with crowd.scope():
        settings = PoolSettings(private_name="photos", real_tasks_count=1)
        crowd.project.refresh_from_db()
        pool = create_pool(project=crowd.project, actor=crowd.owner, settings=settings, now=timezone.now())
        pool.organization = crowd.organization
        params = {"photo": picture(), "caption": "A smear of blood, 40×"}
        add_tasks(pool=pool, actor=crowd.owner, tasks=[NewPoolTask(input_values=params)], now=timezone.now())
        open_pool(pool=pool, actor=crowd.owner, now=timezone.now())
    return pool


def test_a_form_of_the_projects_own_fields(arrive, crowd):
    office = arrive(crowd.owner.email, OWNERS, viewport={"width": 1280, "height": 900})
    set_fields(office, crowd)
    pool = open_pool_of_photos(crowd)

    ann = give_login(crowd, "ann")
    page = arrive(ann.email, viewport={"width": 1280, "height": 800})
    page.goto(work_address(crowd, f"pools/{pool.pk.hex}/"))
    expect(page.locator("[data-suite][data-ready]")).to_be_visible()
    expect(page.get_by_role("img", name="Picture: photo")).to_be_visible()
    assert page.get_by_role("img", name="Picture: photo").evaluate("one => one.naturalWidth") == 400
    # Nothing is filled in: the form says so at its fields before anything is sent.
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("mood: This field is required.")).to_be_visible()
    expect(page.locator(".field[data-wrong]")).to_have_count(2)
    look(page, "required")
    page.get_by_role("radio", name="good").focus()
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="bad")).to_be_checked()
    page.get_by_label("stars").fill("9")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".field[data-wrong] .field__error")).to_have_text("From 0 to 5.")
    page.get_by_label("stars").fill("4")
    page.get_by_label("tags").fill("cell\n\nred ")
    assert serious_findings(page) == []
    for number, size in enumerate(({"width": 1280, "height": 800}, {"width": 390, "height": 844})):
        page.set_viewport_size(size)
        look(page, f"suite-{number}")
        assert page.evaluate(WIDER) <= 0
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("That was all for now")).to_be_visible()
    with crowd.scope():
        given = {"mood": "bad", "stars": 4, "tags": ["cell", "red"]}
        assert Solution.objects.get().output_values == given
        task = Task.objects.get()

    audit_it(arrive(crowd.owner.email, OWNERS, color_scheme="dark", reduced_motion="reduce"), crowd, task)
    with crowd.scope():
        task.refresh_from_db()
    expected = given | {"mood": "good", "remark": "Two cells."}
    assert {key: value for key, value in task.response.items() if key != "is_customer_fix"} == expected


def audit_it(page: Page, crowd, task: Task) -> None:
    page.goto(f"/o/{crowd.organization.slug}/tasks/{task.public_id}/audit/")
    editor = page.locator("[data-task-editor=fields]")
    expect(editor.get_by_role("radio", name="bad")).to_be_checked()
    expect(editor.get_by_label("stars")).to_have_value("4")
    page.keyboard.press("m")
    expect(editor).to_have_attribute("data-readonly", "false")
    page.keyboard.press("1")
    editor.get_by_label("stars").fill("")
    page.keyboard.press("Control+Enter")
    expect(editor.locator(".field[data-wrong] .field__error")).to_have_text("This field is required.")
    editor.get_by_label("stars").fill("4")
    editor.get_by_label("remark").fill("Two cells.")
    look(page, "audit")
    assert serious_findings(page) == []
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/tasks/")
