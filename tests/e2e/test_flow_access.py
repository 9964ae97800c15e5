"""The workspace with everything of it open, judged by axe in both themes."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.test_flow import work  # noqa: F401  (a fixture)

DIALOGS = ["skip", "flag", "pin", "templates", "palette", "shortcuts"]


def serious(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_finding_in_the_workspace_and_its_dialogs(work, enter, theme):  # noqa: F811
    # A page that changes its theme while it is open keeps the old colours here and there for a moment.
    page = work("alice", enter("alice", color_scheme=theme, reduced_motion="reduce"))
    page.keyboard.press("a")
    page.locator("#undo").wait_for()
    page.keyboard.press("r")
    page.keyboard.press("1")
    assert serious(page) == []
    page.keyboard.type("Too wide")
    for dialog in DIALOGS:
        page.evaluate("id => document.getElementById(id).showModal()", dialog)
        page.wait_for_timeout(300)  # What it shows on opening.
        assert serious(page) == [], dialog
        page.keyboard.press("Escape")
