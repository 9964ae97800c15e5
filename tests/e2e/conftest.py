"""A live server, a Chromium and the cast: every journey signs in as a person does."""

import base64
import io
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image, ImageDraw

from tests.audits.scene import Scene, make_scene

PASSWORD = "a long password"
LABELS = ["RBC", "WBC"]
BOXES = [
    {"uuid": "one", "type": "box", "label": "RBC", "left": 40, "top": 40, "width": 120, "height": 80},
    {"uuid": "two", "type": "box", "label": "WBC", "left": 220, "top": 130, "width": 100, "height": 100},
]


def pytest_collection_modifyitems(items):
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(autouse=True)
def _bundled():
    if not Path(settings.BASE_DIR, "static/dist/audit.js").exists():
        pytest.skip("the front end is not bundled: ./run python manage.py bundle")


@pytest.fixture(autouse=True)
def _one_browser_at_a_time(transactional_db):
    """Rows must be there for the server's own threads."""


def picture() -> str:
    """A small image as a data: address, so that no other server is needed."""
    image = Image.new("RGB", (400, 300), "#d8c8c0")
    draw = ImageDraw.Draw(image)
    draw.ellipse((40, 40, 160, 120), fill="#b86050")
    draw.ellipse((220, 130, 320, 230), fill="#7050a0")
    data = io.BytesIO()
    image.save(data, "PNG")
    return f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"


@pytest.fixture
def scene() -> Scene:
    """Three image tasks with two boxes each, completed."""
    made = make_scene(tasks=0, roles={"alice": "auditor", "bob": "auditor", "lead": "lead"})
    params = {
        "attachment_type": "image",
        "attachment": picture(),
        "geometries": {"box": {"objects_to_annotate": LABELS}},
    }
    for number in range(3):
        made.add_task(
            done=False, type="imageannotation", params=params, unique_id=f"image-{number}",
            instruction="Box every cell.", response={"annotations": BOXES},
        )  # fmt: skip
    return made


@pytest.fixture
def complaints():
    """What the consoles of all pages said in red; a journey ends without any."""
    said: list[str] = []
    yield said
    assert said == []


@pytest.fixture
def enter(browser, live_server, scene, complaints):
    """enter("alice") -> a page of this person's own browser context, signed in, on Today."""
    contexts = []

    def _enter(name: str, **options):
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800}, **options)
        contexts.append(context)
        context.set_default_timeout(8000)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"/accounts/login/?next=/o/{scene.organization.slug}/")
        page.fill("[name=login]", scene.members[name].user.email)
        page.fill("[name=password]", PASSWORD)
        page.locator("form button[type=submit], form button:not([type])").first.click()
        page.wait_for_url("**/o/**")
        return page

    yield _enter
    for context in contexts:
        for page in context.pages:
            # The last words of closing pages must be through before the tables are emptied.
            page.goto("about:blank")
            page.wait_for_timeout(400)
        context.close()
