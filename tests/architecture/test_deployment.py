"""What cannot be started where no container engine is, is read: every name in it must exist."""

import importlib
import re
import shlex
from pathlib import Path

import pytest
import yaml
from celery.bin.celery import celery as celery_program
from django.conf import settings
from django.core.management import get_commands

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
DOCKERFILE = (PROJECT / "Dockerfile").read_text().replace("\\\n", " ")
OURS = [name for name, service in COMPOSE["services"].items() if "build" in service]
# Read by the programs themselves, not by our settings.
OTHER_VARIABLES = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
FOREIGN_VARIABLES = {"postgres": {"POSTGRES_PASSWORD", "DATABASE_PASSWORD"}}


def settings_variables() -> set[str]:
    source = (PROJECT / "labelops/settings.py").read_text()
    return set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z0-9_]+)\"", source))


def docker_instructions(word: str) -> list[str]:
    return re.findall(rf"^{word} (.+)$", DOCKERFILE, re.MULTILINE)


def image_command() -> list[str]:
    return yaml.safe_load(docker_instructions("CMD")[-1])


def known_queues() -> set[str]:
    return {"celery", *(route["queue"] for route in settings.CELERY_TASK_ROUTES.values())}


def check_celery(words: list[str]) -> None:
    options = dict(word.lstrip("-").split("=", 1) for word in words if "=" in word)
    importlib.import_module(options["app"])
    subcommand = next(word for word in words if not word.startswith("-"))
    assert subcommand in celery_program.commands
    assert set(options.get("queues", "celery").split(",")) <= known_queues()
    accepted = {name for option in celery_program.commands[subcommand].params for name in option.opts}
    unknown = {f"--{name}" for name in options if name != "app"} - accepted
    assert not unknown, f"celery {subcommand} has no {unknown}"


def check_command(words: list[str]) -> None:
    """Fails unless the program, and what of ours it names, exists."""
    program, *rest = words
    if program == "celery":
        check_celery(rest)
    elif program == "gunicorn":
        assert callable(importlib.import_module(rest[0]).application)
    else:
        assert [program, rest[0]] == ["python", "manage.py"]
        assert rest[1] in get_commands()


def test_the_same_image_runs_every_part_of_the_product():
    assert set(OURS) == {"web", "worker", "callbacks", "beat", "migrate"}
    assert {COMPOSE["services"][name]["image"] for name in OURS} == {"labelops"}


@pytest.mark.parametrize("name", OURS)
def test_its_command_exists(name):
    check_command(COMPOSE["services"][name].get("command") or image_command())


@pytest.mark.parametrize(
    "words", ["celery --app=labelops walk", "python manage.py mirgate", "celery --app=labelops beat --x=1"]
)
def test_a_command_that_does_not_exist_is_seen(words):
    with pytest.raises(AssertionError):
        check_command(words.split())


def test_every_queue_has_a_worker():
    commands = [COMPOSE["services"][name].get("command") or [] for name in OURS]
    served = [word.removeprefix("--queues=") for command in commands for word in command if "--queues=" in word]
    assert {queue for queues in served for queue in queues.split(",")} == known_queues()


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_its_variables_are_read_by_somebody(name):
    variables = set(COMPOSE["services"][name].get("environment", {}))
    known = settings_variables() if name in OURS else FOREIGN_VARIABLES.get(name, set())
    assert variables <= known


def test_the_settings_that_must_be_set_are_set():
    for name in OURS:
        assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"} <= set(COMPOSE["services"][name]["environment"])


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_what_it_needs_is_there(name):
    service = COMPOSE["services"][name]
    for needed, terms in service.get("depends_on", {}).items():
        assert needed in COMPOSE["services"]
        healthy = "healthcheck" in COMPOSE["services"][needed]
        assert terms["condition"] == ("service_healthy" if healthy else "service_completed_successfully")
    for volume in service.get("volumes", []):
        assert volume.split(":")[0] in COMPOSE["volumes"]
    for config in service.get("configs", []):
        assert config["source"] in COMPOSE["configs"]


@pytest.mark.parametrize("name", [name for name in COMPOSE["services"] if name != "migrate"])
def test_it_tells_whether_it_is_well(name):
    words = COMPOSE["services"][name]["healthcheck"]["test"]
    if words[0] == "CMD-SHELL" and words[1].startswith("celery"):
        check_celery([word for word in shlex.split(words[1])[1:] if word != "ping"])
    assert words[0] in ("CMD", "CMD-SHELL")


def test_the_product_signs_in_as_a_role_that_row_level_security_binds():
    assert "NOSUPERUSER NOBYPASSRLS" in COMPOSE["configs"]["create_role"]["content"]
    for name in OURS:
        assert COMPOSE["services"][name]["environment"]["DATABASE_URL"].startswith("postgresql://labelops:")


def test_the_image_is_made_of_what_is_there_and_not_run_by_root():
    assert docker_instructions("USER") == ["labelops"]
    for line in docker_instructions("COPY"):
        words = line.split()
        if not words[0].startswith("--from"):
            assert [word for word in words[:-1] if not (PROJECT / word).exists()] == []
    names = {word.split("=")[0] for line in docker_instructions("ENV") for word in line.split()}
    assert names <= settings_variables() | OTHER_VARIABLES


def test_the_image_has_the_versions_that_are_tested():
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9][^ ]*==[^ ]+", (PROJECT / name).read_text(), re.MULTILINE))

    runtime, whole = pins("requirements.runtime.lock"), pins("requirements.lock")
    assert runtime
    assert runtime <= whole


def test_the_makefile_calls_what_there_is():
    embedded = importlib.import_module("labelops.embedded.commands").TEXTS
    called = re.findall(r"manage\.py (\w+)", (PROJECT / "Makefile").read_text())
    assert called
    assert set(called) <= set(get_commands()) | set(embedded)
