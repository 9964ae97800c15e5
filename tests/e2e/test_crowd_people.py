"""The seed's rule as people live it: invited, two suites skipped in a row, shut out without a reason, let in again."""

import re

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from crowd_rules.models import Assignment, Restriction
from tests.crowd_rules.workplace import SEEDS_RULE, make_workplace, open_categories
from tests.e2e.every_page import Visitor, serious_findings

# What the browser itself says of an address that is not there, and of a network that was cut.
EXPECTED = re.compile(r"status of 404|net::ERR_FAILED")
REASON = "Picks the short ones"
UNNAMED = """() => [...document.querySelectorAll('.table--cards tbody tr')].flatMap((row) =>
    [...row.querySelectorAll('td[data-label]')].slice(1)).filter((cell) => cell.childNodes.length &&
    getComputedStyle(cell, '::before').display === 'none').map((cell) => cell.dataset.label)"""


@pytest.fixture
def crowd(transactional_db):
    return make_workplace()


@pytest.fixture
def arrive(browser, live_server):
    visitors = []

    def _arrive(**options) -> Page:
        visitors.append(Visitor.arrive(browser, live_server.url, **options))
        return visitors[-1].page()

    yield _arrive
    for visitor in visitors:
        visitor.leave()
    said = [one for visitor in visitors for one in visitor.complaints]
    assert [one for one in said if not EXPECTED.search(one)] == []


def requester(arrive, crowd) -> Page:
    page = arrive(viewport={"width": 1440, "height": 900})
    page.goto(f"/accounts/login/?next=/o/{crowd.organization.slug}/crowd/performers/")
    page.fill("[name=login]", crowd.owner.email)
    page.fill("[name=password]", "a long password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Performers", exact=True)).to_be_visible()
    return page


def invite(page: Page, name: str, email: str) -> str:
    """Through the requester's form; the path of the link in the mail."""
    page.keyboard.press("n")
    page.locator("#new-performer [name=name]").fill(name)
    page.locator("#new-performer [name=email]").fill(email)
    page.get_by_role("button", name="Set up the performer").click()
    expect(page.get_by_text(f"Invited: {email}")).to_be_visible()
    return re.search(r"http://127\.0\.0\.1:8000(/work/invitations/\S+)", mail.outbox[-1].body)[1]


def sign_up(page: Page, path: str) -> None:
    page.goto(path)
    page.fill("[name=password]", "correct-horse-9")
    page.fill("[name=again]", "correct-horse-9")
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("heading", name="Work", exact=True)).to_be_visible()


def skip(page: Page) -> None:
    suite = page.locator("[data-suite]").get_attribute("data-assignment")
    page.keyboard.press("s")
    page.locator("#confirm [data-confirm-button]").click()
    page.wait_for_function("one => document.querySelector('[data-suite]')?.dataset.assignment !== one", arg=suite)


def ready(page: Page) -> None:
    expect(page.locator("[data-suite][data-ready]")).to_be_visible()


def test_the_seeds_rule_in_the_browser(arrive, crowd):
    open_categories(crowd, tasks=12, rules=(SEEDS_RULE,))
    office = requester(arrive, crowd)
    path = invite(office, "Ann", "ann@example.com")
    page = arrive(viewport={"width": 390, "height": 844}, has_touch=True)
    sign_up(page, path)
    expect(page.get_by_text("$0.05")).to_be_visible()
    assert serious_findings(page) == []

    # A suite by the keyboard alone: two tasks, two answers, submitted; then one is skipped, and another.
    page.keyboard.press("w")
    ready(page)
    assert serious_findings(page) == []
    page.keyboard.press("1")
    page.keyboard.press("w")
    page.keyboard.press("2")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Submitted. Thank you.")).to_be_visible()
    ready(page)
    skip(page)
    ready(page)
    skip(page)

    expect(page.get_by_role("heading", name="Work", exact=True)).to_be_visible()
    expect(page.get_by_text("Your access is suspended.")).to_be_visible()
    told = page.get_by_text("Your access to these tasks is suspended until").first
    expect(told).to_be_visible()
    expect(told, "in the reader's own time, as everywhere").not_to_contain_text("UTC")
    for address in ("", "history/", "skills/"):
        page.goto(f"/work/at/{crowd.organization.slug}/{address}")
        assert REASON not in page.content()
        assert "in a row" not in page.content()
        assert serious_findings(page) == []

    # The requester sees why, on the performer's page.
    office.reload()
    why = office.get_by_role("region", name="Why restricted")
    expect(why).to_contain_text("task suites skipped in a row ≥ 2")
    expect(why).to_contain_text("for 5 days")
    expect(why).to_contain_text(REASON)
    office.get_by_text("What led to it").click()
    expect(why.get_by_text("Skipped a page of")).to_have_count(2)
    assert serious_findings(office) == []

    # No requester's page opens to a performer.
    for address in ("", "crowd/performers/", "tasks/"):
        assert page.goto(f"/o/{crowd.organization.slug}/{address}").status == 404

    # Five days later access is back, and one skip alone shuts nobody out.
    crowd.let_pass(days=5, minutes=1)
    page.goto("/work/")
    expect(page.get_by_text("Your access is suspended.")).to_have_count(0)
    page.get_by_role("link", name="Begin").first.click()
    ready(page)
    skip(page)
    ready(page)
    with crowd.scope():
        assert Restriction.objects.live().count() == 0
        statuses = list(Assignment.objects.order_by("id").values_list("status", flat=True))
    assert statuses == ["ACCEPTED", "SKIPPED", "SKIPPED", "SKIPPED", "ACTIVE"]
    office.reload()
    expect(office.get_by_role("region", name="Why restricted")).to_have_count(0)
    expect(office.locator("#timeline").get_by_text("The restriction ended")).to_be_visible()


def test_answers_survive_a_reload_and_a_lost_network(arrive, crowd):
    open_categories(crowd, tasks=2)
    office = requester(arrive, crowd)
    page = arrive(viewport={"width": 1280, "height": 800})
    sign_up(page, invite(office, "Ben", "ben@example.com"))
    page.keyboard.press("w")
    ready(page)
    page.keyboard.press("2")
    page.reload()
    ready(page)
    expect(page.locator("[data-task='0'] input[value=Dog]")).to_be_checked()
    # Long before it is needed: once, on a busy machine, a submit right behind it went through.
    page.route("**/submit/", lambda route: route.abort())
    page.keyboard.press("w")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#submit-all-the-same")).to_contain_text("One of these tasks has no answer yet")
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    page.unroute("**/submit/")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("That was all for now")).to_be_visible()
    with crowd.scope():
        answers = [one.output_values for one in Assignment.objects.get().solutions.order_by("position")]
    assert answers == [{"category": "Dog"}, {"category": "Neither"}]


def test_a_restriction_is_ended_from_the_performers_page_and_undone_from_the_list(arrive, crowd):
    pool = open_categories(crowd, tasks=12, rules=(SEEDS_RULE,))
    for _number in range(2):
        crowd.skip("ann", pool)
    page = requester(arrive, crowd)
    page.get_by_role("link", name="ann").click()
    page.get_by_role("button", name="Let in again").first.click()
    page.locator("dialog[open] [name=reason]").fill("She was ill")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Why restricted")).to_have_count(0)
    page.goto(f"/o/{crowd.organization.slug}/crowd/restrictions/?state=all")
    page.get_by_role("button", name="Undo").first.click()
    page.locator("dialog[open] [name=reason]").fill("It was her brother")
    page.keyboard.press("Enter")
    expect(page.locator("tbody")).to_contain_text("It was her brother")
    with crowd.scope():
        assert Restriction.objects.get().undone
    # On a phone a row is a card, and each figure in it has its name.
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    assert page.evaluate(UNNAMED) == []
