"""The audit loop as people walk it, in a browser."""

import re

from django.utils import timezone
from playwright.sync_api import Page, expect

from audits.models import Draft, TaskLock
from audits.services.locks import take_lock_away


def open_session(page: Page, *, how: str = "all") -> None:
    page.get_by_role("link", name="Quality").click()
    page.check(f"[name=how][value={how}]")
    page.get_by_role("button", name="Audit Tasks").click()
    expect(page.locator("[data-audit-workspace][data-ready] form[data-verdict-form]")).to_be_visible()


def title(page: Page) -> str:
    return page.locator(".workspace__title h1").inner_text()


def wait_for_other(page: Page, before: str) -> str:
    expect(page.locator("[data-audit-workspace][data-ready] h1")).not_to_have_text(before)
    return title(page)


def resize_a_box(page: Page) -> None:
    """Chooses a box and drags its lower right corner outwards with the mouse."""
    page.locator(".box-list__item").first.click()
    box = page.locator("[data-part=outline]").bounding_box()
    x, y = box["x"] + box["width"], box["y"] + box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 15, y + 10, steps=4)
    page.mouse.move(x + 30, y + 20, steps=4)
    page.mouse.up()


def test_one_task_by_itself_is_approved_and_the_list_says_so(enter, scene):
    page = enter("alice")
    page.get_by_role("link", name="Tasks", exact=True).first.click()
    page.get_by_role("link", name="Audit Task image-1").click()
    expect(page.locator(".workspace__title h1")).to_have_text("image-1")
    expect(page.locator("[data-task-editor][data-ready]")).to_be_attached()  # Before its script runs no key is heard.
    page.keyboard.press("a")
    expect(page.get_by_text("Accepted: image-1.")).to_be_visible()
    row = page.locator("tr", has_text="image-1")
    expect(row.locator(".badge--accepted")).to_be_visible()
    expect(row).to_contain_text(scene.members["alice"].user.email)


def test_a_session_is_approved_fixed_and_rejected_and_the_history_tells_it(enter, scene):
    page = enter("owner")
    open_session(page)
    first = title(page)
    page.keyboard.press("a")
    second = wait_for_other(page, first)
    page.keyboard.press("m")
    resize_a_box(page)
    expect(page.get_by_text("Your changes are not submitted yet.")).to_be_visible()
    page.keyboard.press("m")
    third = wait_for_other(page, second)
    page.keyboard.press("r")
    expect(page.get_by_text("Say what is wrong")).to_be_visible()
    page.keyboard.type("A cell is missing at the lower edge.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Well done")).to_be_visible()
    assert len({first, second, third}) == 3

    page.get_by_role("link", name="Tasks", exact=True).first.click()
    page.get_by_role("link", name=second, exact=True).click()
    expect(page.locator(".timeline").first).to_contain_text("made changes: 1 box resized")
    expect(page.get_by_text("Prior responses")).to_be_visible()
    page.get_by_role("link", name="Tasks", exact=True).first.click()
    page.get_by_role("link", name=third, exact=True).click()
    expect(page.locator(".timeline").first).to_contain_text("A cell is missing at the lower edge.")


def test_two_auditors_on_one_queue_never_see_the_same_task(enter, scene):
    session = scene.session()
    seen: dict[str, list[str]] = {"alice": [], "bob": []}
    pages = {name: enter(name) for name in seen}
    for name, page in pages.items():
        page.goto(f"/o/{scene.organization.slug}/audit/{session.public_id}/")
        seen[name].append(title(page))
    assert seen["alice"] != seen["bob"]
    pages["alice"].keyboard.press("a")
    seen["alice"].append(wait_for_other(pages["alice"], seen["alice"][0]))
    pages["bob"].keyboard.press("a")
    pages["bob"].wait_for_url(re.compile("/sessions/"))
    expect(pages["bob"].get_by_text("1 task left, 1 in other hands.")).to_be_visible()
    assert sorted(seen["alice"] + seen["bob"]) == ["image-0", "image-1", "image-2"]


def test_a_lock_lost_in_mid_edit_keeps_the_work(enter, scene, complaints):
    page = enter("alice")
    session = scene.session()
    page.goto(f"/o/{scene.organization.slug}/audit/{session.public_id}/")
    name = title(page)
    page.keyboard.press("m")
    resize_a_box(page)
    page.fill("[name=comment]", "The left one is too small.")
    with scene.scope():
        lock = TaskLock.objects.for_organization(scene.organization).get()
        take_lock_away(by=scene.members["lead"], task_id=lock.task_id, reason="Lunch", now=timezone.now())
    page.get_by_role("button", name="Submit changes").click()
    expect(page.get_by_text("You no longer hold this task.").first).to_be_visible()
    complaints.clear()  # The browser reports the 409 itself.
    with scene.scope():
        draft = Draft.objects.for_organization(scene.organization).get()
    assert draft.comment == "The left one is too small."
    assert sum(box["width"] for box in draft.response["annotations"]) > 220
    page.get_by_role("link", name="Next task").click()
    expect(page.locator(".workspace__title h1")).to_have_text(name)
    expect(page.get_by_text("Your draft of this task was put back.")).to_be_visible()
    expect(page.locator("[name=comment]")).to_have_value("The left one is too small.")


def test_a_reload_keeps_the_task_and_leaving_gives_it_back(enter, scene):
    page = enter("alice")
    session = scene.session()
    page.goto(f"/o/{scene.organization.slug}/audit/{session.public_id}/")
    name = title(page)
    for _ in range(3):
        page.reload()
        expect(page.locator(".workspace__title h1")).to_have_text(name)
    page.keyboard.press("a")
    wait_for_other(page, name)
    page.locator(".workspace__bar a").first.click()
    page.wait_for_url(re.compile("/sessions/"))
    page.wait_for_timeout(500)  # The closing page's last word is sent past its end.
    page.reload()
    expect(page.get_by_text("Who holds what")).not_to_be_visible()


def test_a_skip_goes_behind_with_its_reason(enter, scene):
    page = enter("alice")
    session = scene.session()
    page.goto(f"/o/{scene.organization.slug}/audit/{session.public_id}/")
    name = title(page)
    page.keyboard.press("s")
    page.keyboard.type("Blurred")
    page.keyboard.press("Enter")
    wait_for_other(page, name)
    page.locator(".workspace__bar a").first.click()
    expect(page.get_by_text(f"{name}: Blurred")).to_be_visible()
