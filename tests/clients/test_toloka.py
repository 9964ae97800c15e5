"""The official client of the crowd dialect plays its scenarios against a live server; see tests/clients/toloka/."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.environments import TOLOKA

pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("scaleapi")]
SCENARIOS = ["seeds_rule", "golden_skill", "golden_ban", "majority", "audit_verdicts"]
SURFACE = ["errors", "projects", "pools", "pool_refusals", "tasks", "suites_and_review", "skills_and_restrictions",
           "many_tasks", "performers", "asynchronous_client"]  # fmt: skip


@pytest.fixture(scope="module")
def play(sandbox) -> Iterator[Callable[[str], str]]:
    """Plays a scenario by its name; what went wrong, or nothing."""
    environment = {name: sandbox.environment[name] for name in ("LABELOPS_URL", "LABELOPS_API_KEY")}
    child = subprocess.Popen(
        [TOLOKA.python(), "-W", "ignore", "play.py"], cwd=TOLOKA.folder, env={**os.environ, **environment},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip

    def ask(name: str) -> str:
        child.stdin.write(f"{name}\n")
        child.stdin.flush()
        return json.loads(child.stdout.readline())["failure"]

    yield ask
    child.stdin.close()
    child.wait(30)
    child.stdout.close()


@pytest.mark.parametrize("name", [f"scenarios.{name}" for name in SCENARIOS] + [f"surface.{name}" for name in SURFACE])
def test_the_official_client(play, name):
    failure = play(name)
    assert not failure, failure
