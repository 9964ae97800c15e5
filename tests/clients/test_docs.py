"""Every example of docs/api.md, in its order, against a live server: one shell and one Python session."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.audits.api_world import make_key
from tests.factories import make_organization, make_user

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


def examples() -> list[tuple[str, str]]:
    """(language, code) of each block, in order."""
    return re.findall(r"^```(sh|python)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def run(program: list[str], code: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        program, input=code, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: the examples of the shell need it")
def test_every_example_works(live_server, transactional_db):
    owner = make_user()
    key = make_key(make_organization(owner=owner), owner)
    environment = {**os.environ, "LABELOPS_URL": live_server.url, "LABELOPS_API_KEY": key}
    blocks = examples()
    assert len(blocks) >= 8
    shell = "set -euo pipefail\n" + "".join(code for language, code in blocks if language == "sh")
    python = "".join(code for language, code in blocks if language == "python")
    # The first task of the shell is what both speak of; the rest of either stands on its own.
    assert '"status":"canceled"' in run(["bash"], shell, environment)
    assert "accepted ['Sharp and clear.']" in run([sys.executable, "-"], python, environment)
