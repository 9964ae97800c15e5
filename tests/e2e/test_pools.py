"""A requester makes a pool with the seed's rule, mostly by the keyboard, tries it, and sees it shut somebody out."""

import re

from django.utils import timezone
from playwright.sync_api import Page, expect

from crowd_rules.models import Operation, Pool
from crowd_rules.services.hand_out import skip_assignment, take_assignment
from crowd_rules.services.jobs import run_operation
from crowd_rules.services.performers import create_performer
from tests.audits.scene import PARAMS
from tests.e2e.every_page import serious_findings

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def is_sound(page: Page) -> None:
    """For everybody, on a phone as well. The journey is in the dark; test_every_page sees the pages in both themes."""
    assert serious_findings(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(WIDER) <= 0
    page.set_viewport_size({"width": 1280, "height": 800})


def settled(page: Page) -> None:
    """htmx takes new fields over a moment after they are there: before, no hand is as fast as a script."""
    expect(page.locator(".htmx-settling, .htmx-added, .htmx-request")).to_have_count(0)


class Performer:
    def __init__(self, scene, name: str) -> None:
        self.scene = scene
        with scene.scope():
            account, _token = create_performer(
                organization=scene.organization, actor=None, name=name, now=timezone.now()
            )
        self.performer = account.performer

    def skip(self) -> None:
        """Takes the pool's next page and gives it back."""
        place = {"organization": self.scene.organization, "performer": self.performer}
        with self.scene.scope():
            issued = take_assignment(pool_id=Pool.objects.get().pk, **place)
            skip_assignment(assignment_id=issued.assignment.pk, now=timezone.now(), **place)


def test_a_pool_with_the_seeds_rule(enter, scene, complaints):
    for number in range(24):
        scene.add_task(done=False, params={**PARAMS, "attachment": "A duck? " * (1 + number % 4)})
    page = enter("owner", color_scheme="dark", reduced_motion="reduce")
    make_pool(page)
    ann = Performer(scene, "ann")
    ann.skip()
    ann.skip()
    write_rule(page)
    try_rule(page, scene)
    page.get_by_role("button", name="Switch it on").press("Enter")
    expect(page.get_by_text("It counts from the next event on.")).to_be_visible()
    expect(page.locator(".rule-sentence")).to_have_text(
        re.compile(r"If\s+task suites skipped in a row ≥ 2\s+then\s+suspend from this pool for 5 days")
    )
    # The open page hears of it by itself.
    bob = Performer(scene, "bob")
    bob.skip()
    bob.skip()
    expect(page.get_by_text("1 suspended now")).to_be_visible(timeout=20_000)
    expect(page.locator(".firing").first).to_contain_text("bob: suspend from this pool for 5 days")
    is_sound(page)
    add_controls(page)
    # The browser itself reports an answer of 400, which is what a form with errors is.
    complaints[:] = [one for one in complaints if "status of 400" not in one]


def make_pool(page: Page) -> None:
    page.get_by_role("link", name="Pools").click()
    expect(page.get_by_role("heading", name="No pool yet")).to_be_visible()
    page.get_by_role("link", name="New pool").press("Enter")
    page.get_by_label("Name").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#id_private_name_error")).to_be_visible()
    page.get_by_label("Name").focus()
    page.keyboard.type("Birds, first round")
    page.get_by_label("Tasks on a page", exact=True).fill("1")
    page.get_by_role("button", name="Add a condition").press("Enter")
    key = page.get_by_label("Skill or property")
    expect(key).to_be_focused()
    settled(page)
    key.select_option("profile:languages")
    expect(page.get_by_label("Comparison")).to_have_value("IN")
    settled(page)
    is_sound(page)
    page.get_by_role("button", name="Remove this condition").press("Enter")
    expect(key).to_have_count(0)
    page.get_by_label("Name").focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Birds, first round")).to_be_visible()
    expect(page.get_by_role("button", name="Open the pool")).to_be_disabled()
    page.get_by_role("button", name="Put them in").press("Enter")
    expect(page.get_by_text("24 tasks are in the pool.")).to_be_visible()
    page.get_by_role("button", name="Open the pool").press("Enter")
    expect(page.get_by_text("performers can take its tasks")).to_be_visible()


def write_rule(page: Page) -> None:
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="New rule")).to_be_visible()
    page.get_by_label("What is counted").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#id_c-0-value_error")).to_have_text("Give a value.")
    expect(page.locator("#id_a-duration_error")).to_be_visible()
    is_sound(page)
    page.get_by_label("Value 1").focus()
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    # Said in words while it is written, and the advice beside it.
    expect(page.locator("#rule-advice")).to_contain_text("task suites skipped in a row ≥ 2")
    expect(page.locator("#rule-advice")).to_contain_text("Keep task order")
    page.get_by_role("button", name="And another condition").press("Enter")
    expect(page.get_by_label("Condition 2")).to_be_focused()
    settled(page)
    page.get_by_role("button", name="Remove condition 2").press("Enter")
    expect(page.get_by_label("Condition 2")).to_have_count(0)
    # For good needs no number; days do.
    settled(page)
    page.get_by_label("Unit").select_option("PERMANENT")
    expect(page.get_by_label("For how long")).to_have_count(0)
    settled(page)
    page.get_by_label("Unit").select_option("DAYS")
    page.get_by_label("For how long").fill("5")
    page.keyboard.press("Control+Enter")


def try_rule(page: Page, scene) -> None:
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    with scene.scope():
        run = Operation.objects.get(type="RULES.DRY_RUN")
    run_operation(organization_id=scene.organization.pk, operation_id=run.pk, now=timezone.now())
    expect(page.get_by_role("heading", name="Who would have been shut out")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("ann"))).to_contain_text("not known")
    expect(page.get_by_role("heading", name="What a replay cannot know")).to_be_visible()
    is_sound(page)


def add_controls(page: Page) -> None:
    page.get_by_role("link", name="Look after them").click()
    page.get_by_role("link", name="Add control tasks").press("Enter")
    page.get_by_label("Choose every row of this page").check()
    page.get_by_role("button", name="Make control tasks of them").press("Enter")
    expect(page.get_by_text("3 control tasks are in the pool.")).to_be_visible()
    expect(page.get_by_text("No page has room for a control task")).to_be_visible()
    is_sound(page)
    page.locator("[data-select]").first.check()
    page.get_by_role("button", name="Retire").press("Enter")
    page.locator("#confirm [data-confirm-button]").press("Enter")
    expect(page.get_by_text("1 control task is retired")).to_be_visible()
