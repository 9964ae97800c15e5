"""All pages: the content security policy is kept, axe finds nothing serious, none is wider than its window."""

import re

import pytest
from django.test import override_settings

from tests.e2e.every_page import Visitor, addresses, is_html, make_world, serious_findings

# The browser itself reports an answer of 400 and above; here it may be what the page is.
STATUS = re.compile(r"Failed to load resource: the server responded with a status of (400|404|409|423)")
# The one ends the walk; the other is a part that the open dashboard asks for.
LEFT_OUT = ("account_logout", "reports:remarks")
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PHONE, TABLET, DESK = [{"width": 390, "height": 844}, {"width": 820, "height": 1180}, {"width": 1440, "height": 900}]
pytestmark = pytest.mark.xdist_group("every_page")


@pytest.fixture
def world(transactional_db):
    return make_world()


@pytest.fixture
def visit(browser, live_server):
    visitors = []

    def _visit(**options):
        visitors.append(Visitor.arrive(browser, live_server.url, **options))
        return visitors[-1]

    yield _visit
    for visitor in visitors:
        visitor.leave()


def walk(visitor: Visitor, world, look) -> dict[str, object]:
    """What `look(page)` finds, by the route's name, on every page: first the stranger's pages, then the owner's."""
    found, page = {}, visitor.page()
    found |= _walk(page, visitor, addresses(world, "anonymous"), look, "signed out, ")
    visitor.sign_in(page, world.people["owner"].email)
    return found | _walk(page, visitor, addresses(world) | {"design": "/design"}, look, "")


def _walk(page, visitor, pages, look, prefix) -> dict[str, object]:
    found = {}
    for name, address in pages.items():
        if name in LEFT_OUT:
            continue
        visitor.complaints.clear()
        response = page.goto(address)
        if not is_html(response):
            continue
        result = [*look(page), *(one for one in visitor.complaints if not STATUS.match(one))]
        if result:
            found[prefix + name] = result
    return found


@override_settings(ROOT_URLCONF="tests.e2e.design_urls")
def test_axe_finds_nothing_serious_the_policy_is_kept_and_no_page_is_wider_than_its_window(visit, world):
    visitor = visit(color_scheme="light", viewport=PHONE, has_touch=True, reduced_motion="reduce")
    assert walk(visitor, world, look_closely) == {}


@override_settings(ROOT_URLCONF="tests.e2e.design_urls")
def test_axe_finds_no_pale_words_in_the_dark(visit, world):
    """Only the colours differ there."""
    visitor = visit(color_scheme="dark", viewport=DESK, reduced_motion="reduce")
    assert walk(visitor, world, lambda page: serious_findings(page, rules=["color-contrast"])) == {}


def look_closely(page) -> list[str]:
    """Each page opens on a phone and grows to a desk."""
    found = in_all_sizes(page) + serious_findings(page)
    page.set_viewport_size(PHONE)
    return found


def in_all_sizes(page) -> list[str]:
    found = []
    for size in (PHONE, TABLET, DESK):
        page.set_viewport_size(size)
        if (wide := page.evaluate(WIDER)) > 0:
            found.append(f"{size['width']}: {wide} px too wide")
    return found


def test_a_breach_of_the_policy_would_be_found(visit, world):
    """The control."""
    visitor = visit()
    page = visitor.page()
    page.goto("/accounts/login/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">a</p>')")
    page.wait_for_timeout(100)
    assert "Content Security Policy" in visitor.complaints[0]


def test_motion_stands_still_for_whoever_wants_it(visit, world):
    visitor = visit(reduced_motion="reduce")
    page = visitor.page()
    visitor.sign_in(page, world.people["owner"].email)
    page.goto("/o/acme/tasks/")
    slow = """() => [...document.querySelectorAll('*')].map((one) => getComputedStyle(one)).filter((style) =>
        parseFloat(style.animationDuration) > 0.001 || parseFloat(style.transitionDuration) > 0.001).length"""
    assert page.evaluate(slow) == 0
