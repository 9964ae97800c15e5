"""Every example of docs/moving-from-toloka.md, in its order: requester, performer, requester."""

import os
import re
import shutil
import subprocess

import pytest

from tests.clients.conftest import Sandbox
from tests.embedded.conftest import PROJECT
from tests.environments import TOLOKA

pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("scaleapi")]
PAGE = PROJECT / "docs" / "moving-from-toloka.md"
SETUP, POOL, PERFORMERS, REVIEW = range(4)
FIND = 'pool = client.get_pool(os.environ["POOL"])\n'


def run(sandbox: Sandbox, program: list[str], code: str, **more: str) -> str:
    names = ("LABELOPS_URL", "LABELOPS_API_KEY")
    environment = {**os.environ, **{name: sandbox.environment[name] for name in names}, **more}
    done = subprocess.run(
        program, input=code, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: the examples of the shell need it")
def test_every_example_works(sandbox, tmp_path):
    blocks = [code for _, code in re.findall(r"^```(python|sh)\n(.*?)^```$", PAGE.read_text(), re.M | re.S)]
    assert len(blocks) == 4
    python = [str(TOLOKA.python()), "-W", "ignore", "-"]
    name, pool = run(sandbox, python, blocks[SETUP] + blocks[POOL]).split("\n")[:2]
    assert name == "Sandbox"
    script = tmp_path / "performers.sh"
    script.write_text("set -euo pipefail\n" + blocks[PERFORMERS])
    told = run(sandbox, ["bash", str(script)], "", POOL=pool)
    assert '"available":true' in told
    assert '"status":"SUBMITTED"' in told
    assert '"code":"EMPTY_POOL"' in told
    reviewed = run(sandbox, python, blocks[SETUP] + FIND + blocks[REVIEW], POOL=pool)
    assert reviewed.split()[-1] == "ACCEPTED"
