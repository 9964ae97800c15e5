"""The auditor's day: undo, reasons, pins, flags, templates, palette; and what is cut, lost or doubled on the way."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from audits.models import Audit, Draft, Flag, SessionItem, TaskLock
from audits.services.audits import Judgement, record_verdict
from audits.services.projects import set_project_reasons
from tests.e2e.conftest import PASSWORD
from tests.e2e.test_audit_loop import resize_a_box, title, wait_for_other

REASONS = ["Box too loose", "Wrong label"]


@pytest.fixture
def work(enter, scene):
    """work("alice") -> alice's page in the workspace of one session over all tasks."""
    with scene.scope():
        set_project_reasons(project=scene.project, actor=None, reasons=REASONS, now=timezone.now())
    session = scene.session()

    def _work(name: str, page: Page | None = None) -> Page:
        page = page or enter(name)
        # What aside.js asks for once has come before anybody acts on it.
        with page.expect_response(re.compile("/audit/tools/")):
            page.goto(f"/o/{scene.organization.slug}/audit/{session.public_id}/")
        expect(page.locator("[data-audit-workspace][data-ready]")).to_be_visible()
        return page

    return _work


def audits(scene, **wanted):
    with scene.scope():
        return list(Audit.objects.for_organization(scene.organization).filter(**wanted).order_by("audited_at"))


def undo_is_offered(page: Page, name: str):
    expect(page.locator("#undo")).to_be_visible()
    expect(page.locator("#undo")).to_contain_text(name)


def test_the_last_verdict_is_taken_back_with_one_key(work, scene):
    page = work("alice")
    first = title(page)
    page.keyboard.press("r")
    page.keyboard.press("2")
    page.keyboard.type("This is a WBC.")
    page.keyboard.press("Control+Enter")
    wait_for_other(page, first)
    undo_is_offered(page, first)
    page.keyboard.press("u")
    expect(page.locator(".workspace__title h1")).to_have_text(first)
    expect(page.locator("[name=comment]")).to_have_value("This is a WBC.")
    expect(page.get_by_role("button", name="Wrong label")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#undo")).to_be_hidden()
    (audit,) = audits(scene)
    assert audit.reverted_at
    assert audit.reasons == ["Wrong label"]
    page.locator("[data-audit-workspace]").focus()
    page.keyboard.press("a")
    wait_for_other(page, first)
    assert [one.verdict for one in audits(scene, reverted_at=None)] == ["accepted"]


def test_undo_keeps_what_was_begun_on_the_next_task(work, scene):
    page = work("alice")
    first = title(page)
    page.keyboard.press("a")
    second = wait_for_other(page, first)
    page.fill("[name=comment]", "Half a thought")
    page.locator("[data-undo]").click()
    expect(page.locator(".workspace__title h1")).to_have_text(first)
    with scene.scope():
        assert [draft.comment for draft in Draft.objects.all()] == ["Half a thought"]
        assert [lock.task.unique_id for lock in TaskLock.objects.select_related("task")] == [first]
    assert second != first


def test_after_the_last_task_undo_is_offered_on_the_summary(work, scene):
    page = work("alice")
    for _ in range(2):
        name = title(page)
        page.keyboard.press("a")
        wait_for_other(page, name)
    last = title(page)
    page.keyboard.press("a")
    expect(page.get_by_text("Well done")).to_be_visible()
    undo_is_offered(page, last)
    page.keyboard.press("u")
    expect(page.locator(".workspace__title h1")).to_have_text(last)


def test_a_whole_task_by_the_keyboard_alone(work, scene):
    page = work("alice")
    first = title(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Flag for a colleague")
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    expect(page.locator("details[data-remember=instruction]")).not_to_have_attribute("open", "")
    page.locator("[data-part=stage]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("p")
    page.keyboard.type("Wider than the cell")
    page.keyboard.press("Enter")
    expect(page.locator("[data-pins] [data-pin-place]")).to_have_text("RBC 1")
    page.locator("[data-audit-workspace]").focus()
    page.keyboard.press("t")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.press("1")
    page.keyboard.type("Draw it tighter.")
    page.keyboard.press("Control+Enter")
    wait_for_other(page, first)
    (audit,) = audits(scene)
    assert (audit.comment, audit.reasons) == ("Draw it tighter.", ["Box too loose"])
    assert audit.pins == [
        {"target": {"kind": "annotation", "id": "one", "index": 0, "label": "RBC"}, "comment": "Wider than the cell"}
    ]
    expect(page.locator("details[data-remember=instruction]")).not_to_have_attribute("open", "")


def test_a_reason_alone_says_what_was_wrong(work, scene):
    page = work("alice")
    first = title(page)
    page.keyboard.press("r")
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    wait_for_other(page, first)
    (audit,) = audits(scene)
    assert (audit.verdict, audit.comment) == ("rejected", "Box too loose")


def test_a_task_flagged_for_a_colleague_is_on_their_today_with_the_note(work, enter, scene):
    page = work("alice")
    name = title(page)
    page.keyboard.press("g")
    page.select_option("#flag-assignee", label=scene.members["bob"].user.email)
    page.fill("#flag-note", "Is this one cell or two?")
    page.keyboard.press("Control+Enter")
    wait_for_other(page, name)
    bob = enter("bob")
    card = bob.locator(".card", has_text="Is this one cell or two?")
    expect(card).to_contain_text(name)
    card.get_by_role("button", name="Audit it").click()
    expect(bob.locator(".workspace__title h1")).to_have_text(name)
    expect(bob.locator("[data-note]")).to_contain_text("Is this one cell or two?")
    bob.keyboard.press("a")
    wait_for_other(bob, name)
    with scene.scope():
        assert not Flag.objects.open().exists()


def test_a_comment_becomes_a_template_and_is_used_on_the_next_task(work, scene):
    page = work("alice")
    first = title(page)
    page.fill("[name=comment]", "The box cuts the cell.")
    page.get_by_role("button", name="Templates T").click()
    page.get_by_role("button", name="For me").click()
    expect(page.get_by_role("option", name="The box cuts the cell.")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("[data-audit-workspace]").focus()
    page.keyboard.press("a")
    wait_for_other(page, first)
    page.keyboard.press("t")
    page.keyboard.type("cuts")
    page.keyboard.press("Enter")
    expect(page.locator("[name=comment]")).to_have_value("The box cuts the cell.")


def test_the_palette_does_what_it_says_and_goes_where_it_says(work, scene):
    page = work("alice")
    first = title(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("appro")
    page.keyboard.press("Enter")
    wait_for_other(page, first)
    page.keyboard.press("Control+k")
    page.keyboard.type("sess")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/sessions/$"))
    page.keyboard.press("Control+k")
    page.keyboard.type(first)
    page.get_by_role("option", name=f"Find the task “{first}”").click()
    page.wait_for_url(re.compile(r"/tasks/\?q="))
    expect(page.get_by_role("link", name=first, exact=True)).to_be_visible()


def test_the_back_button_shows_the_task_that_was_judged(work, scene):
    page = work("alice")
    first = title(page)
    page.keyboard.press("a")
    wait_for_other(page, first)
    page.go_back()
    page.wait_for_url(re.compile("/tasks/[0-9a-f]{32}/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(first)
    undo_is_offered(page, first)
    page.go_forward()
    expect(page.locator("[data-audit-workspace][data-ready]")).to_be_visible()


def test_a_cut_in_mid_submit_sends_again_by_itself_and_leaves_one_audit(work, scene, complaints):
    """The server records the verdict and its answer is lost: the same submit goes out again."""
    page = work("alice")
    first = title(page)
    lost = []

    def lose_the_answer(route):
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    page.route("**/verdict/", lose_the_answer, times=1)
    page.fill("[name=comment]", "fine")
    page.locator('[data-verdict="accepted"]').click()
    expect(page.get_by_text("The server cannot be reached. Your verdict is kept and sent by itself.")).to_be_visible()
    expect(page.locator("[name=comment]")).to_have_js_property("readOnly", True)
    wait_for_other(page, first)
    complaints.clear()  # The browser reports the cut itself.
    assert lost == [200]
    assert [audit.comment for audit in audits(scene)] == ["fine"]
    with scene.scope():
        assert TaskLock.objects.count() == 1


def test_without_a_network_nothing_typed_is_lost(work, scene, complaints):
    page = work("alice")
    first = title(page)
    page.context.set_offline(True)
    page.fill("[name=comment]", "typed in a tunnel")
    page.locator('[data-verdict="accepted"]').click()
    expect(page.get_by_text("Your verdict is kept and sent by itself.")).to_be_visible()
    page.get_by_role("button", name="Change it").click()
    page.fill("[name=comment]", "typed in a tunnel, and mended")
    page.locator('[data-verdict="accepted"]').click()
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_for_other(page, first)
    complaints.clear()
    assert [audit.comment for audit in audits(scene)] == ["typed in a tunnel, and mended"]


def test_an_expired_lock_in_mid_edit_is_still_theirs_while_nobody_took_it(work, scene):
    page = work("alice")
    first = title(page)
    page.keyboard.press("m")
    resize_a_box(page)
    with scene.scope():
        TaskLock.objects.update(expires_at=timezone.now())
    page.get_by_role("button", name="Submit changes").click()
    wait_for_other(page, first)
    assert [audit.verdict for audit in audits(scene)] == ["fixed"]


def test_an_expired_lock_that_somebody_took_keeps_the_work_and_says_who(work, scene, complaints):
    page = work("alice")
    first = title(page)
    page.keyboard.press("m")
    resize_a_box(page)
    page.fill("[name=comment]", "half done")
    with scene.scope():
        TaskLock.objects.update(expires_at=timezone.now())
    bob = work("bob")
    expect(bob.locator(".workspace__title h1")).to_have_text(first)
    page.get_by_role("button", name="Submit changes").click()
    expect(page.get_by_text(f"{scene.members['bob'].user.email} has taken this task")).to_be_visible()
    complaints.clear()
    with scene.scope():
        assert Draft.objects.get(user=scene.members["alice"].user).comment == "half done"
    page.get_by_role("link", name="Next task").click()
    wait_for_other(page, first)


def test_signed_out_in_mid_task_the_verdict_goes_out_after_signing_in_elsewhere(work, scene, complaints):
    page = work("alice")
    first = title(page)
    cookies = page.context.cookies()
    page.context.clear_cookies(name=re.compile("session"))
    page.fill("[name=comment]", "written before")
    page.locator('[data-verdict="accepted"]').click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert cookies
    other = page.context.new_page()
    other.goto(f"/accounts/login/?next=/o/{scene.organization.slug}/")
    other.fill("[name=login]", scene.members["alice"].user.email)
    other.fill("[name=password]", PASSWORD)
    other.locator("form button[type=submit], form button:not([type])").first.click()
    other.wait_for_url("**/o/**")
    other.close()
    page.evaluate("dispatchEvent(new Event('focus'))")
    wait_for_other(page, first)
    complaints.clear()
    assert [audit.comment for audit in audits(scene)] == ["written before"]


def test_two_tabs_on_one_task_judge_it_once(work, scene):
    page = work("alice")
    first = title(page)
    second = work("alice", page.context.new_page())
    expect(second.locator(".workspace__title h1")).to_have_text(first)
    expect(page.get_by_text("You have this task open in another tab too.")).to_be_visible()
    second.keyboard.press("a")
    wait_for_other(second, first)
    expect(page.get_by_text("You judged this task in another tab.")).to_be_visible()
    expect(page.locator('[data-verdict="accepted"]')).to_be_disabled()
    page.keyboard.press("n")
    wait_for_other(page, first)
    assert len(audits(scene)) == 1


def test_a_task_that_was_audited_before_does_not_cost_the_next_one_its_short_answer(work, scene):
    page = work("alice")
    with scene.scope():
        _, second, third = SessionItem.objects.for_organization(scene.organization).order_by("position")
        record_verdict(auditor=scene.members["bob"], task_id=second.task_id, judgement=Judgement("accepted", "Fine."),
                       now=timezone.now())  # fmt: skip
    answers = []
    for _ in range(2):
        before = title(page)
        with page.expect_response(re.compile("/verdict/")) as answer:
            page.keyboard.press("a")
        answers.append(answer.value.headers["content-type"].partition(";")[0])
        wait_for_other(page, before)
        expect(page.get_by_text("Audited before")).to_be_visible(visible=len(answers) == 1)
    assert answers == ["text/html", "application/json"]
    assert page.locator("[data-audit-workspace]").get_attribute("data-task-id").endswith(third.task_id.hex)
