"""Pictures for the documentation, of what the window shows."""

import io
from pathlib import Path

from django.conf import settings
from PIL import Image
from playwright.sync_api import Page

WIDE, PHONE = {"width": 1440, "height": 1000}, {"width": 390, "height": 844}
FOLDER = Path(settings.BASE_DIR, "docs/screenshots")
LARGEST = 160_000


def take(page: Page, address: str, name: str, *, down_to: str = "") -> None:
    """The page at this address, scrolled to `down_to`."""
    page.goto(address)
    if down_to:
        page.locator(down_to).scroll_into_view_if_needed()
    keep(page, name)


def keep(page: Page, name: str) -> None:
    """docs/screenshots/<name>.webp of the page as it is."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    FOLDER.mkdir(exist_ok=True)
    picture.save(FOLDER / f"{name}.webp", quality=80, method=6)
    assert (FOLDER / f"{name}.webp").stat().st_size <= LARGEST
