"""Every page of the product, out of the table of routes, with one row of everything to show on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page

from tests.factories import PASSWORD, make_organization, make_user
from tests.isolation.expected import Expected
from tests.isolation.planting import plant
from tests.isolation.routes import ROUTES, requests_of
from tests.isolation.world import World

AXE = (Path(find_spec("axe_playwright_python").origin).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SERIOUS = ("serious", "critical")
# Files, not pages.
FILES = {"audits:refused_lines", "audits:attachment"}


def make_world() -> World:
    world = World.of(make_organization(slug="acme", name="Acme"), make_organization(slug="rival"))
    world.our_rows = plant(world.ours, make_user(name=world.our_canary), world.our_canary)
    return world


def addresses(world: World, actor: str = "owner") -> dict[str, str]:
    """Address by the route's name: what answers this actor's GET with a page."""
    found = {}
    for name in set(ROUTES) - FILES:
        for expected in requests_of(name):
            if _is_page(expected, actor):
                kwargs = {key: world.fill(value) for key, value in expected.kwargs.items()}
                found[name] = reverse(name, kwargs=kwargs) + expected.query
    return found


def _is_page(expected: Expected, actor: str) -> bool:
    statuses = expected.statuses[actor]
    statuses = statuses if isinstance(statuses, tuple) else (statuses,)
    return expected.method == "GET" and not expected.is_call and bool({200, 404} & set(statuses))


@dataclass
class Visitor:
    """A browser context that keeps what its pages complain of."""

    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def arrive(cls, browser: Browser, base_url: str, **options: Any) -> "Visitor":
        visitor = cls(browser.new_context(base_url=base_url, **options))
        visitor.context.set_default_timeout(10_000)
        return visitor

    def page(self) -> Page:
        page = self.context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def sign_in(self, page: Page, email: str, password: str = PASSWORD) -> None:
        page.goto("/accounts/login/")
        page.fill("[name=login]", email)
        page.fill("[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/accounts/login" not in url)

    def leave(self) -> None:
        for page in self.context.pages:
            page.goto("about:blank")
            page.wait_for_timeout(300)
        self.context.close()


def is_html(response: Any) -> bool:
    return "text/html" in (response.headers.get("content-type") or "")


def serious_findings(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe calls serious or critical: rule, first element, how to mend it; of all rules, or of these."""
    page.evaluate(AXE)
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": RULES}
    options = {"runOnly": only, "resultTypes": ["violations"]}
    # The viewer of the API is swagger-ui as it comes from a package.
    found = page.evaluate("options => axe.run({exclude: ['.swagger-ui']}, options)", options)["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]} — {one['nodes'][0]['failureSummary'][:200]}"
        for one in found
        if one["impact"] in SERIOUS
    ]
