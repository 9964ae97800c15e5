"""The viewer of the API's description works under the strict policy, from this server alone."""

from django.urls import reverse
from playwright.sync_api import Page, expect


def test_the_viewer_shows_the_calls(live_server, page: Page):
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(live_server.url + reverse("api-viewer"))
    page.locator("#operations-tag-audit_session").click(timeout=30_000)
    expect(page.get_by_text("Draw a random sample of completed tasks", exact=False).first).to_be_visible(timeout=30_000)
    page.get_by_text("Draw a random sample of completed tasks", exact=False).first.click()
    expect(page.get_by_text("request body", exact=False).first).to_be_visible()
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
    assert said == []
