"""Every example of docs/moving-from-scale.md, in its order: Python, then the shell, then Node."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from labelops.embedded.frontend import node
from tests.clients.conftest import Sandbox
from tests.embedded.conftest import PROJECT

pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("scaleapi")]
PAGE = PROJECT / "docs" / "moving-from-scale.md"


def examples(language: str) -> str:
    return "".join(re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL))


def run(sandbox: Sandbox, program: list[str], code: str) -> str:
    names = ("LABELOPS_URL", "LABELOPS_API_KEY")
    environment = {**os.environ, **{name: sandbox.environment[name] for name in names}}
    done = subprocess.run(
        program, input=code, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: the examples of the shell need it")
def test_every_example_works(sandbox, tmp_path):
    assert "accepted ['Sharp and clear.']" in run(sandbox, [sys.executable, "-"], examples("python"))
    script = tmp_path / "examples.sh"
    script.write_text("set -euo pipefail\n" + examples("sh"))
    assert "set -euo pipefail" in run(sandbox, ["bash", str(script)], "")
    assert run(sandbox, [str(node()[0]), "--input-type=module"], examples("js")) == "rejected 1\n"


def test_the_table_names_every_method():
    import scaleapi
    from scaleapi import batches, tasks, teams

    table = PAGE.read_text().partition("## Every method")[2]
    kinds = (scaleapi.ScaleClient, tasks.Task, batches.Batch, teams.Teammate)
    own = {name for kind in kinds for name in vars(kind) if not name.startswith("_")} - {"as_dict"}
    told = set(re.findall(r"[a-z_0-9]+", table))
    abbreviated = {"add_studio_assignments", "remove_studio_assignments", "reset_studio_batches_priorities"}
    assert own - told - abbreviated == set()
