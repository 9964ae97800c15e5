"""The pictures of docs/crowd.md, taken when asked: LABELOPS_SCREENSHOTS=1, of the demo's opinion poll."""

import os
import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from audits.services.demo import create_demo
from crowd_rules.models import Operation, Pool, Restriction
from crowd_rules.services.demo import create_crowd_demo
from crowd_rules.services.jobs import run_operation
from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope, system_scope
from tests.e2e.every_page import Visitor
from tests.e2e.photographs import FOLDER, PHONE, WIDE, keep, take
from tests.e2e.test_crowd_people import invite, ready, sign_up, skip

PASSWORD = "demo-password"
WHOLE = 1_500_000

pytestmark = pytest.mark.skipif(not os.environ.get("LABELOPS_SCREENSHOTS"), reason="LABELOPS_SCREENSHOTS is not set")


@pytest.fixture
def organization(transactional_db) -> Organization:
    create_demo(password=PASSWORD, now=timezone.now())
    create_crowd_demo(now=timezone.now())
    with system_scope("command line"):
        return Organization.objects.get(slug="demo")


@pytest.fixture
def arrive(browser, live_server):
    visitors = []

    def _arrive(theme: str = "light", size: dict = WIDE) -> Page:
        visitors.append(Visitor.arrive(browser, live_server.url, viewport=size, color_scheme=theme))
        return visitors[-1].page()

    yield _arrive
    for visitor in visitors:
        visitor.leave()
        assert visitor.complaints == []


def sign_in(page: Page) -> Page:
    page.goto("/accounts/login/?next=/o/demo/")
    page.fill("[name=login]", "owner@demo.localhost")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/o/demo/")
    return page


def pages(organization: Organization) -> dict[str, str]:
    with organization_scope(organization.pk):
        pool = Pool.objects.get()
        shut_out = Restriction.objects.filter(lifted_at=None).first().performer_id

    def at(name: str, *more: object) -> str:
        return reverse(f"crowd_rules:{name}", args=[organization.slug, *more])

    return {
        "crowd-pool": at("pool", pool.pk),
        "crowd-controls": at("controls", pool.pk),
        "crowd-performers": at("performers"),
        "crowd-performer": at("performer", shut_out),
        "crowd-review": at("review"),
        "crowd-rule": at("new_rule", pool.pk),
    }


def try_rule(page: Page, organization: Organization) -> None:
    """The seed's rule, stricter than the one in force, over what has happened."""
    page.get_by_label("Value 1").fill("1")
    page.get_by_label("For how long").fill("5")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    with organization_scope(organization.pk):
        run = Operation.objects.get(type="RULES.DRY_RUN")
    run_operation(organization_id=organization.pk, operation_id=run.pk, now=timezone.now())
    expect(page.get_by_role("heading", name="Who would have been shut out")).to_be_visible()


def work(office: Page, page: Page) -> None:
    """Ann is invited, sees the pool, answers, skips two pages in a row, and is shut out."""
    office.goto("/o/demo/crowd/performers/")
    sign_up(page, invite(office, "Ann", "ann@example.com"))
    assert mail.outbox
    keep(page, "crowd-work-pools")
    page.keyboard.press("w")
    ready(page)
    page.keyboard.press("1")
    keep(page, "crowd-work")
    for _ in range(2):
        ready(page)
        skip(page)
    expect(page.get_by_text(re.compile("suspended")).first).to_be_visible()
    keep(page, "crowd-work-suspended")


def test_the_pictures_of_the_crowd(organization, arrive):
    addresses = pages(organization)
    office, dark = sign_in(arrive()), sign_in(arrive("dark"))
    for name, address in addresses.items():
        take(office, address, name)
    take(dark, addresses["crowd-pool"], "crowd-pool-dark")
    office.goto(addresses["crowd-rule"])
    try_rule(office, organization)
    keep(office, "crowd-dry-run")
    work(office, arrive(size=PHONE))
    assert sum(one.stat().st_size for one in FOLDER.glob("crowd-*.webp")) < WHOLE
