"""`manage.py sandbox -- COMMAND`, as an integrator calls it."""

import json
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.embedded.conftest import PROJECT, environment, manage, processes_of, wait_until

pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("embedded")]

NAMES = """
LABELOPS_URL LABELOPS_API_KEY LABELOPS_TEST_KEY LABELOPS_OTHER_API_KEY LABELOPS_ORGANIZATION LABELOPS_OTHER_ORGANIZATION
LABELOPS_EMAIL LABELOPS_PASSWORD LABELOPS_AUDITOR_EMAIL LABELOPS_AUDITOR_PASSWORD LABELOPS_LEAD_EMAIL
LABELOPS_LEAD_PASSWORD LABELOPS_OTHER_EMAIL LABELOPS_OTHER_PASSWORD DATABASE_URL REDIS_URL
""".split()

REPORT = f"""
import json, os, pathlib, subprocess, sys, urllib.error, urllib.request
try:
    status = urllib.request.urlopen(os.environ["LABELOPS_URL"] + "/healthz").status
except urllib.error.HTTPError as error:
    status = error.code
seen = {{name: os.environ.get(name) for name in {NAMES!r}}}
manage = subprocess.run([sys.executable, {str(PROJECT / "manage.py")!r}, "showmigrations"], capture_output=True)
seen |= {{"folder": os.getcwd(), "status": status, "manage": manage.returncode}}
pathlib.Path("seen.json").write_text(json.dumps(seen))
sys.exit(7)
"""


def test_the_command_runs_in_the_callers_folder_and_its_code_is_returned(home):
    caller = home / "caller"
    caller.mkdir()
    words = ("sandbox", "--", sys.executable, "-c", REPORT)
    ended = manage(*words, home=home, LABELOPS_CALLER_DIR=str(caller))

    assert ended.returncode == 7, ended.stderr
    seen = json.loads((caller / "seen.json").read_text())
    assert [name for name in NAMES if not seen[name]] == []
    assert len({seen[name] for name in NAMES}) == len(NAMES)
    assert seen["folder"] == str(caller)
    assert seen["status"] == 200
    assert seen["manage"] == 0


def test_a_signal_tears_everything_down(home):
    command = [sys.executable, str(PROJECT / "manage.py"), "sandbox", "--", "sh", "-c", "echo $LABELOPS_URL; sleep 60"]
    child = subprocess.Popen(command, cwd=PROJECT, env=environment(home), stdout=subprocess.PIPE, text=True)
    url = child.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    begun = time.monotonic()
    child.send_signal(signal.SIGTERM)

    assert child.wait(30) == 128 + signal.SIGTERM
    assert time.monotonic() - begun < 20
    wait_until(lambda: not processes_of(home), seconds=5, what="no process left")
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url, timeout=2)
    child.stdout.close()
