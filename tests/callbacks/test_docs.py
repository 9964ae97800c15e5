"""Every example of docs/callbacks.md, in its order, against a live server, with a deliverer of its own process."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from callbacks.models import Endpoint
from callbacks.views.verification import sample
from tests.audits.api_world import make_key
from tests.callbacks.test_processes import end, start
from tests.callbacks.test_samples import free_port
from tests.factories import make_organization, make_user

PAGE = (Path(__file__).parents[2] / "docs" / "callbacks.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_receiver_is_the_one_of_the_page():
    assert blocks("python")[0].strip() == sample("python", Endpoint(profile="standard")).strip()


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: the examples need it")
def test_every_example_works(live_server, transactional_db, tmp_path):
    owner = make_user()
    key, port = make_key(make_organization(owner=owner), owner), str(free_port())
    (tmp_path / "receiver.py").write_text(blocks("python")[0])
    environment = {"LABELOPS_URL": live_server.url, "LABELOPS_API_KEY": key, "PORT": port,
                   "RECEIVER_URL": f"http://127.0.0.1:{port}/"}  # fmt: skip
    deliverer = start("manage.py", "deliver")
    try:
        done = subprocess.run(
            ["bash"], input="set -euo pipefail\n" + "".join(blocks("sh")), env={**os.environ, **environment},
            cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    finally:
        end(deliverer)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    # The first test event four times (itself, resent, chosen, in the range), and the one that both secrets signed;
    # what only the new one signed is refused.
    assert done.stdout.count("genuine") == 5
    assert '"dry_run":true,"total":1' in done.stdout
    assert done.stdout.rstrip().endswith('{"success":true}')
