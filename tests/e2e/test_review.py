"""Review of submitted work by the keyboard alone: a selection, then one by one, and what the performer is told."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from crowd_rules.models import Assignment, Reward
from crowd_rules.services.hand_out import submit_assignment
from tests.crowd_rules.workplace import make_workplace, office_address, open_categories
from tests.e2e.every_page import Visitor, serious_findings


@pytest.fixture
def crowd(transactional_db):
    found = make_workplace("ann")
    pool = open_categories(found, tasks=10, auto_accept_solutions=False, auto_accept_period_day=14)
    for _ in range(5):
        issued = found.take("ann", pool)
        with found.scope():
            submit(found, issued)
    return found


def submit(crowd, issued):
    solutions = [{"output_values": {"category": "Cat"}} for _ in issued.tasks]
    submit_assignment(organization=crowd.organization, performer=crowd.performer("ann"), solutions=solutions,
                      assignment_id=issued.assignment.pk, now=timezone.now())  # fmt: skip


def statuses(crowd) -> list[str]:
    with crowd.scope():
        return list(Assignment.objects.order_by("id").values_list("status", flat=True))


def confirm(page: Page) -> None:
    page.locator("#confirm [data-confirm-button]").press("Enter")


def test_review_by_the_keyboard(browser, live_server, crowd):
    visitor = Visitor.arrive(browser, live_server.url, viewport={"width": 1280, "height": 800})
    page = visitor.page()
    page.goto(f"/accounts/login/?next={office_address(crowd, 'review/')}")
    page.fill("[name=login]", crowd.owner.email)
    page.fill("[name=password]", "a long password")
    page.keyboard.press("Enter")
    rows = page.locator("[data-review-table] tbody tr")
    expect(rows).to_have_count(5)

    # J, X: a selection of two, accepted by Shift A.
    for key in ("j", "x", "j", "j", "k", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-bulk-count]")).to_have_text("2 chosen")
    assert serious_findings(page) == []
    page.keyboard.press("Shift+A")
    confirm(page)
    expect(rows).to_have_count(3)
    page.wait_for_load_state()
    assert statuses(crowd) == ["ACCEPTED", "ACCEPTED", "SUBMITTED", "SUBMITTED", "SUBMITTED"]

    # O opens; a rejection asks for its comment first, and the next one is there by itself.
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name="Decide")).to_be_visible()
    assert serious_findings(page) == []
    page.keyboard.press("r")
    comment = page.get_by_label("Comment that the performer reads")
    expect(page.locator("#comment-error")).to_be_visible()
    expect(comment).to_be_focused()
    page.keyboard.type("Read to the end")
    first = page.url
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: url != first)
    page.wait_for_load_state()
    # N leaves one for later, A accepts the last.
    second = page.url
    page.keyboard.press("n")
    page.wait_for_url(lambda url: url != second)
    page.keyboard.press("a")
    page.wait_for_url(lambda url: url.rstrip("/").endswith(("review", second.rstrip("/").rpartition("/")[2])))
    assert statuses(crowd)[2:] == ["REJECTED", "SUBMITTED", "ACCEPTED"]
    with crowd.scope():
        assert Reward.objects.count() == 3
        assert Assignment.objects.get(status="REJECTED").public_comment == "Read to the end"
    visitor.leave()
    assert visitor.complaints == []
