"""The pictures of docs/quality.md, taken when asked: LABELOPS_SCREENSHOTS=1, of generated data alone."""

import os

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from audits.models import Task
from labelops.tenancy.scope import organization_scope
from reports.models import WeeklySnapshot
from tests.e2e.photographs import FOLDER, PHONE, WIDE, take
from tests.e2e.quality_stage import Stage

PASSWORD = "demo-password"
WHOLE = 1_500_000

pytestmark = pytest.mark.skipif(not os.environ.get("LABELOPS_SCREENSHOTS"), reason="LABELOPS_SCREENSHOTS is not set")


@pytest.fixture
def stage() -> Stage:
    return Stage(PASSWORD)


@pytest.fixture
def visit(browser, live_server, stage):
    """visit("dark", PHONE) -> a signed-in page."""
    contexts, said = [], []

    def _visit(theme: str = "light", size: dict = WIDE, who: str = "owner") -> Page:
        context = browser.new_context(base_url=live_server.url, viewport=size, color_scheme=theme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.goto("/accounts/login/?next=/o/demo/")
        page.fill("[name=login]", stage.login(who))
        page.fill("[name=password]", PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/o/demo/")
        return page

    yield _visit
    for context in contexts:
        for page in context.pages:
            page.goto("about:blank")
            page.wait_for_timeout(400)
        context.close()
    assert said == []


def pages(stage: Stage) -> dict[str, str]:
    organization = stage.organization
    with organization_scope(organization.pk):
        snapshot = WeeklySnapshot.objects.for_organization(organization).order_by("-monday").first()
        redone = Task.objects.for_organization(organization).filter(attempt__gt=1).first()

    def at(name: str, *more: object) -> str:
        return reverse(name, args=[organization.slug, *more])

    place = "?project=Customer+mood"
    return {
        "dashboard": at("reports:quality") + place,
        "weeks": at("reports:weeks"),
        "week-report": at("reports:week", snapshot.pk),
        "task-level-report": at("reports:tasks") + place + "&review_status=rejected&review_status=fixed",
        "auditor-tracker": at("reports:batches") + place,
        "auditor-quality": at("reports:auditors"),
        "planner": at("audits:plan_sample") + place + "&acceptable=5&limiting=20",
        "session-decision": at("audits:session", stage.lot.pk),
        "redo": at("audits:task", redone.pk),
        "exports": at("exports:exports"),
    }


def test_the_pictures_of_the_quality_tab(stage, visit):
    addresses = pages(stage)
    page = visit()
    for name, address in addresses.items():
        take(page, address, name)
    take(page, addresses["dashboard"], "common-errors", down_to="#remarks")
    again = reverse("audits:audit_again", args=[stage.organization.slug, stage.open.pk])
    take(visit(who="owner"), again, "second-audit")
    dark, phone = visit("dark"), visit("light", PHONE)
    for name in ("dashboard", "auditor-quality"):
        take(dark, addresses[name], f"{name}-dark")
    for name in ("dashboard", "weeks", "auditor-tracker"):
        take(phone, addresses[name], f"{name}-phone")
    take(visit("dark", PHONE), addresses["auditor-quality"], "auditor-quality-phone-dark")
    assert sum(one.stat().st_size for one in FOLDER.glob("*.webp") if not one.name.startswith("crowd-")) < WHOLE
