"""Callbacks as an integrator sets them up and watches them, with a real receiver and a deliverer of its own process."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from callbacks import services
from tests.callbacks.conftest import Receiver, answer_status
from tests.callbacks.test_processes import end, start

AXE = find_spec("axe_playwright_python")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Retries come after 4 to 6 s, and a busy machine takes its time.
PATIENCE = 30_000


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.CALLBACK_ALLOWED_NETWORKS, settings.CALLBACK_ALLOWED_PORTS = ["127.0.0.0/8"], ["*"]
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def deliverer(transactional_db) -> Iterator[None]:
    process = start("manage.py", "deliver")
    yield
    end(process)


def bodies(receiver: Receiver) -> list[str]:
    return [json.loads(request.body)["type"] for request in receiver.requests]


def test_from_the_first_endpoint_to_a_resent_callback(enter, scene, receiver, deliverer, complaints):
    page = enter("owner")
    refuse_a_private_address(page)
    # The browser's own word for the refused form; anything else stays a complaint.
    complaints[:] = [said for said in complaints if "400 (Bad Request)" not in said]
    create_endpoint(page, receiver)
    audit_one_task(page)
    watch_it_fail_and_recover(page, receiver)
    resend(page, receiver)


def refuse_a_private_address(page: Page) -> None:
    page.get_by_role("link", name="Endpoints").click()
    page.get_by_role("link", name="New endpoint").first.click()
    page.get_by_label("Address").fill("http://169.254.169.254/latest")
    page.get_by_role("button", name="Create endpoint").click()
    expect(page.get_by_text("169.254.169.254 is not a public address")).to_be_visible()


def create_endpoint(page: Page, receiver: Receiver) -> None:
    page.get_by_label("Address").fill(receiver.url)
    page.get_by_label("Description").fill("My pipeline")
    page.get_by_label("task.audited").check()
    page.get_by_role("button", name="Create endpoint").click()
    expect(page.get_by_text("shown again")).to_be_visible()
    assert page.locator(".secret code").inner_text().startswith("whsec_")
    expect(page.locator("#delivery-summary")).to_contain_text("HTTP 200", timeout=PATIENCE)
    assert bodies(receiver) == ["endpoint.test"]


def audit_one_task(page: Page) -> None:
    page.get_by_role("link", name="Tasks", exact=True).first.click()
    page.get_by_role("link", name="Audit Task image-1").click()
    expect(page.locator(".workspace__title h1")).to_have_text("image-1")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Accepted: image-1.")).to_be_visible(timeout=PATIENCE)


def watch_it_fail_and_recover(page: Page, receiver: Receiver) -> None:
    """The log stays open while another task is audited elsewhere; nothing is reloaded."""
    page.get_by_role("link", name="Deliveries").click()
    rows = page.locator("#delivery-log tbody tr")
    expect(rows.first).to_contain_text("task.audited")
    expect(rows.first.locator(".badge--accepted")).to_be_visible(timeout=PATIENCE)
    receiver.answer = answer_status(503, body=b"<script>alert('down')</script>")
    other = page.context.new_page()
    other.goto(page.url.replace("callbacks/deliveries/", "tasks/"))
    other.get_by_role("link", name="Audit Task image-2").click()
    expect(other.locator(".workspace__title h1")).to_have_text("image-2")
    other.get_by_role("button", name="Approve").click()
    expect(other.get_by_text("Accepted: image-2.")).to_be_visible(timeout=PATIENCE)
    other.close()
    page.bring_to_front()
    expect(rows).to_have_count(3, timeout=PATIENCE)
    expect(rows.first).to_contain_text("HTTP 503", timeout=PATIENCE)
    expect(rows.first).to_contain_text("next try")
    rows.first.get_by_role("link", name="task.audited").click()
    expect(page.locator(".attempt").first).to_contain_text("<script>alert('down')</script>")
    receiver.answer = answer_status(200)
    expect(page.locator("#delivery-summary")).to_contain_text("Delivered", timeout=PATIENCE)


def resend(page: Page, receiver: Receiver) -> None:
    before = len(receiver.requests)
    page.get_by_role("button", name="Resend").click()
    receiver.wait_for(before + 1, seconds=20)
    last, again = receiver.requests[-2:]
    assert (last.body, last.headers["webhook-id"]) == (again.body, again.headers["webhook-id"])
    expect(page.locator("#delivery-summary")).to_contain_text("Delivered", timeout=PATIENCE)


@pytest.fixture
def addresses(scene, receiver) -> dict[str, str]:
    """Every callback page of one endpoint that has something to show."""
    with scene.scope():
        endpoint, _ = services.create_endpoint(
            organization=scene.organization, url=receiver.url, now=timezone.now(), signs_with_ed25519=True
        )
        sent = services.send_test_event(organization=scene.organization, endpoint_id=endpoint.pk, now=timezone.now())
    one = f"endpoints/{endpoint.pk.hex}"
    return {
        "endpoints": "endpoints/", "by callback_url": "endpoints/?kind=callback_url", "new": "endpoints/new/",
        "endpoint": f"{one}/", "edit": f"{one}/edit/", "verify": f"{one}/verify/", "replay": f"{one}/replay/",
        "counted": f"{one}/replay/?since=2026-01-01T00:00&until=2099-01-01T00:00&statuses=delivered",
        "deliveries": "deliveries/", "none": "deliveries/?status=dead", "delivery": f"deliveries/{sent.pk.hex}/",
    }  # fmt: skip


@pytest.mark.skipif(AXE is None, reason="axe-playwright-python is not installed")
@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    enter, scene, addresses, receiver, deliverer, theme, width
):
    receiver.wait_for(1, seconds=20)
    page = enter("owner", color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    found = {}
    for name, rest in addresses.items():
        page.goto(f"/o/{scene.organization.slug}/callbacks/{rest}")
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        found[name] = complaints_of_axe(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[name].append("wider than the screen")
    assert {name: said for name, said in found.items() if said} == {}


def complaints_of_axe(page: Page) -> list[str]:
    page.evaluate((Path(AXE.origin).parent / "axe.min.js").read_text())
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    violations = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations]
