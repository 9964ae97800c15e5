"""The design page: every component looks as it did. LABELOPS_PICTURES=1 takes the pictures anew: look at them."""

import os

import pytest
from django.test import override_settings

from tests.e2e.pictures import FOLDER, SHARE, difference, keep, small, surroundings
from tests.e2e.test_every_page import visit  # noqa: F401  (a fixture)
from tests.factories import make_organization, make_user

ANEW = os.environ.get("LABELOPS_PICTURES") == "1"
PLACE = FOLDER / "surroundings.txt"


@pytest.fixture
def design(visit, transactional_db, browser):  # noqa: F811
    """design("dark") -> the page, standing still."""
    here = surroundings(browser.version)
    if not ANEW and (not PLACE.exists() or PLACE.read_text().strip() != here):
        pytest.skip(
            f"the pictures were taken with {PLACE.read_text().strip() if PLACE.exists() else 'nothing'}, this is {here}"
        )
    make_organization(owner=make_user(email="eye@example.com"))

    def _open(theme: str):
        visitor = visit(
            color_scheme=theme, viewport={"width": 1100, "height": 900}, reduced_motion="reduce", locale="en-US"
        )
        page = visitor.page()
        visitor.sign_in(page, "eye@example.com")
        page.goto("/design")
        page.evaluate("document.fonts.ready")
        return page

    yield _open
    if ANEW:
        PLACE.write_text(f"{here}\n")


@override_settings(ROOT_URLCONF="tests.e2e.design_urls")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_component_looks_as_it_did(design, theme):
    page, apart = design(theme), {}
    for section in page.locator("[data-picture]").all():
        name = f"{section.get_attribute('data-picture')}-{theme}"
        taken = small(section.screenshot(animations="disabled", caret="hide"))
        if ANEW:
            keep(taken, name)
        elif (share := difference(taken, name)) > SHARE:
            apart[name] = round(share, 4)
    assert apart == {}


@override_settings(ROOT_URLCONF="tests.e2e.design_urls")
def test_another_look_would_be_seen(design):
    """The control: a button of another colour."""
    page = design("light")
    page.evaluate("document.documentElement.style.setProperty('--accent', 'oklch(0.5 0.2 140)')")
    section = page.locator("[data-picture=buttons]")
    assert difference(small(section.screenshot(animations="disabled")), "buttons-light") > SHARE
