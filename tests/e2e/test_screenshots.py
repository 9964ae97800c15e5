"""The pictures of the README, taken when asked: LABELOPS_SCREENSHOTS=1 with the demo's own tasks, or =FILE:FOLDER with
the tasks of that import file and its attachments."""

import io
import os
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from audits.services.demo import create_demo

SOURCE = os.environ.get("LABELOPS_SCREENSHOTS", "")
PASSWORD = "demo-password"
VERDICTS = "aaraaamaaraa"
COMMENT = "One cell at the upper edge has no box."

pytestmark = pytest.mark.skipif(not SOURCE, reason="LABELOPS_SCREENSHOTS is not set")


def take(page: Page, name: str) -> None:
    """docs/images/<name>.png, in as many colours as the eye needs."""
    page.wait_for_timeout(600)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    target = Path(settings.BASE_DIR, "docs/images", f"{name}.png")
    target.parent.mkdir(exist_ok=True)
    picture.quantize(256).save(target, optimize=True)
    assert target.stat().st_size <= 200_000


@pytest.fixture
def project() -> str:
    """The demo, and in it the project that is shown."""
    create_demo(password=PASSWORD, now=timezone.now())
    if SOURCE == "1":
        return "Shapes"
    file, folder = SOURCE.split(":")
    call_command("import_tasks", file, organization="demo", project="Blood cells", attachments=Path(folder))
    return "Blood cells"


@pytest.fixture
def page(browser, live_server):
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 800}, color_scheme="light"
    )
    page = context.new_page()
    page.goto("/accounts/login/?next=/o/demo/")
    page.fill("[name=login]", "owner@demo.localhost")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/o/demo/")
    yield page
    page.goto("about:blank")
    page.wait_for_timeout(400)
    context.close()


def wait_for_editor(page: Page) -> None:
    """The image fits its frame: the editor is there, and keys are heard."""
    expect(page.locator("[data-part=zoom]")).not_to_have_text("100 %")


def judge(page: Page, key: str) -> None:
    heading = page.locator(".workspace__title h1")
    wait_for_editor(page)
    before = heading.inner_text()
    page.keyboard.press(key)
    if key == "m":
        move_a_box(page)
        page.keyboard.press("m")
    if key == "r":
        page.keyboard.type(COMMENT)
        page.keyboard.press("Control+Enter")
    expect(heading).not_to_have_text(before)


def move_a_box(page: Page) -> None:
    page.locator(".box-list__item").nth(1).click()
    box = page.locator("[data-part=outline]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 12, y + 9, steps=4)
    page.mouse.up()


def test_the_pictures_of_the_readme(project, page):
    page.goto(f"/o/demo/quality/?project={project}")
    page.fill("[name=size]", "20")
    page.fill("[name=seed]", "2026")
    page.get_by_role("button", name="Audit Tasks").click()
    for key in VERDICTS:
        judge(page, key)
    wait_for_editor(page)
    page.keyboard.press("m")
    move_a_box(page)
    page.fill("[name=comment]", "The box was too high.")
    take(page, "workspace")
    page.goto(f"/o/demo/quality/?project={project}")
    take(page, "quality")
