import asyncio
import os
import shutil

import pytest

pytest_plugins = ["tests.fixtures", "tests.faults.fixtures"]

CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def pytest_configure(config):
    # Playwright's synchronous calls run an event loop in the thread that also asks the database.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    """Playwright keeps its loop running in this thread between tests; what downloads or delivers starts its own.

    Hidden around all of a test's fixtures: Django has another connection where a loop runs.
    """
    if "browser" in item.fixturenames:
        return (yield)
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(loop)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium: CHROMIUM, or one on PATH. Skips where there is none, fails if REQUIRE_BROWSER=1."""
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else CHROMIUM_NAMES
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"REQUIRE_BROWSER=1, but none of these is a program: {', '.join(names)}")
    if found is None:
        pytest.skip("no Chromium: install chromium-headless-shell, or set CHROMIUM to the path of one")
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, chromium):
    return {**browser_type_launch_args, "executable_path": chromium, "args": CHROMIUM_OPTIONS}
