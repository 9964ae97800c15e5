"""The upload, its progress, the report; and a worker that takes it over."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from audits.models import TaskImport
from audits.services.imports import create_import, imports_without_a_runner, run_import
from audits.tasks import resume_imports
from labelops.tenancy.scope import organization_scope
from tests.audits.files import Found, bring_in, counts, lines_of, record
from tests.factories import make_organization

ROOT = Path(__file__).resolve().parents[2]
URL = "/o/acme/import/"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def upload(client, content, name="tasks.jsonl", **fields):
    return client.post(URL, {"file": SimpleUploadedFile(name, content), **fields})


def only_import(organization):
    with organization_scope(organization.pk):
        return TaskImport.objects.for_organization(organization).get()


@pytest.mark.django_db
def test_an_upload_waits_for_a_worker_and_its_page_asks_every_second(acme, owner_client):
    answer = upload(owner_client, lines_of([record()]), project="birds", notify="on")

    waiting = only_import(acme)
    assert answer["Location"] == f"{URL}{waiting.pk.hex}/"
    assert (waiting.status, waiting.notify, waiting.format, waiting.project) == ("waiting", True, "jsonl", None)
    page = owner_client.get(answer["Location"]).content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert "<progress" in page
    assert imports_without_a_runner() == [(acme.pk, waiting.pk)]

    run_import(organization_id=acme.pk, import_id=waiting.pk, now=timezone.now())

    partial = owner_client.get(answer["Location"], headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in partial
    assert "<html" not in partial
    assert "The import is done" in partial
    assert "tasks.jsonl" in owner_client.get(URL).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name", "fields", "reason"),
    [
        (b"hello", "x.bin", {}, "no JSON list"),
        (b"", "x.json", {}, "empty"),
        (b"[]", "x.json", {"project": "p" * 300}, "255"),
        (b"[]", "x.json", {"callback_url": "javascript:alert(1)"}, "https://"),
    ],
)
def test_a_wrong_upload_is_told_at_its_field_and_leaves_nothing(acme, owner_client, content, name, fields, reason):
    answer = upload(owner_client, content, name, **fields)

    assert answer.status_code == 400
    assert reason in answer.content.decode()
    assert imports_without_a_runner() == []


@pytest.mark.django_db
def test_the_report_has_every_refused_record_and_runs_no_formula(acme, owner_client):
    bad = b"\n".join(b'=HYPERLINK("x")' if number else b"{<b>}" for number in range(1500))
    done = bring_in(acme, bad, "tasks.jsonl")

    page = owner_client.get(f"{URL}{done.pk.hex}/").content.decode()
    answer = owner_client.get(f"{URL}{done.pk.hex}/refused.csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))

    assert "The first 100 of 1,500." in page
    assert "&lt;b&gt;" in page
    assert len(rows) == 1501
    assert rows[0] == ["line", "reason", "text"]
    assert rows[1500][0] == "1500"
    assert rows[1500][2] == '\'=HYPERLINK("x")'


@pytest.mark.django_db
def test_roles_that_may_not_import_and_strangers_see_nothing(acme, rival, people):
    from tests.factories import client_of

    theirs = bring_in(rival, lines_of([record()]))
    for role, status in {"owner": 200, "requester": 200, "integrator": 200, "auditor": 403, "lead": 403}.items():
        client = client_of(people[role])
        assert client.get(URL).status_code == status
        assert client.get(f"{URL}{theirs.pk.hex}/").status_code == (404 if status == 200 else 403)
        assert client.get(f"{URL}{theirs.pk.hex}/refused.csv").status_code == (404 if status == 200 else 403)


@pytest.mark.django_db
def test_a_broker_that_is_gone_costs_no_upload(acme, owner_client, django_capture_on_commit_callbacks):
    from celery import current_app

    before, current_app.conf.broker_write_url = current_app.conf.broker_write_url, "redis://127.0.0.1:1/0"
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assert upload(owner_client, lines_of([record()])).status_code == 302
    finally:
        current_app.conf.broker_write_url = before
    assert only_import(acme).status == "waiting"


# --- a run that dies --------------------------------------------------------------------------------------------------


def child(code, organization, import_id):
    """A process of its own on this test's database."""
    name = connection.settings_dict["NAME"]
    address = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    environment = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    words = [sys.executable, "-c", code, organization.pk.hex, import_id.hex, str(connection.media)]
    return subprocess.Popen(words, env=environment, cwd=ROOT)


RUN = """
import sys, django
django.setup()
from uuid import UUID
from django.conf import settings
from django.utils import timezone
from audits.services import imports
settings.MEDIA_ROOT, imports.CHUNK_RECORDS = sys.argv[3], 2000
imports.run_import(organization_id=UUID(sys.argv[1]), import_id=UUID(sys.argv[2]), now=timezone.now())
"""


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError("It did not happen in time.")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("format", ["json", "jsonl", "csv"])
def test_a_run_that_is_killed_is_taken_up_with_nothing_lost_and_nothing_twice(settings, format):
    organization, number = make_organization(), 6000
    connection.media = settings.MEDIA_ROOT
    with organization_scope(organization.pk):
        waiting = create_import(
            organization=organization, actor=None, name=f"tasks.{format}", file=io.BytesIO(file_of(number, format)),
            now=timezone.now(),
        )  # fmt: skip

    runner = child(RUN, organization, waiting.pk)
    wait_for(lambda: only_import(organization).records >= 1000)
    runner.send_signal(signal.SIGKILL)
    runner.wait()

    stopped = only_import(organization)
    assert stopped.status == "running"
    assert 1000 <= stopped.records < number
    assert len(Found(organization).tasks) == stopped.imported
    assert run_import(organization_id=organization.pk, import_id=waiting.pk, now=timezone.now()) is None
    with organization_scope(organization.pk):
        TaskImport.objects.filter(pk=waiting.pk).update(lease_until=timezone.now())
    assert imports_without_a_runner() == [(organization.pk, waiting.pk)]

    done = run_import(organization_id=organization.pk, import_id=waiting.pk, now=timezone.now())

    assert (counts(done), done.status, done.records) == ((number - 6, 0, 6), "finished", number)
    found = Found(organization)
    assert len({task.params["attachment"] for task in found.tasks}) == len(found.tasks) == number - 6
    assert sum(event.type == "task.imported" for event in found.events) == number - 6


def file_of(number, format):
    """Without unique ids, which would hide what is done twice; every thousandth record is bad."""
    records = [record(one, unique_id=None, type=None if one % 1000 == 0 else "categorization") for one in range(number)]
    records = [{**one, "project": f"p{index % 1000 == 0}"} for index, one in enumerate(records)]
    if format == "csv":
        rows = [f"{one.get('type', '')},{one['project']},{one['params']['attachment']},yes" for one in records]
        return "\n".join(["type,project,params.attachment,response.category", *rows]).encode()
    lines = lines_of(records)
    return lines if format == "jsonl" else b"[" + lines.replace(b"\n", b",\n") + b"]"


@pytest.mark.django_db(transaction=True)
def test_a_run_whose_lease_went_to_another_writes_nothing_more(settings):
    from audits.services.imports import LeaseLost, _run, take_import

    organization = make_organization()
    with organization_scope(organization.pk):
        made = create_import(
            organization=organization, actor=None, name="t.jsonl", file=io.BytesIO(lines_of([record()])),
            now=timezone.now(),
        )  # fmt: skip
        slow = take_import(organization=organization, import_id=made.pk)
        TaskImport.objects.filter(pk=made.pk).update(lease_until=timezone.now())
    done = run_import(organization_id=organization.pk, import_id=made.pk, now=timezone.now())

    with pytest.raises(LeaseLost):
        _run(organization, slow, timezone.now(), None)

    assert counts(done) == (1, 0, 0)
    assert len(Found(organization).tasks) == 1


@pytest.mark.django_db(transaction=True)
def test_the_sweep_calls_a_worker_that_runs_the_import(settings):
    """A real worker on the real broker."""
    organization = make_organization()
    with organization_scope(organization.pk):
        create_import(
            organization=organization, actor=None, name="t.jsonl", file=io.BytesIO(lines_of([record()])),
            now=timezone.now(),
        )  # fmt: skip
    name = connection.settings_dict["NAME"]
    environment = {**os.environ, "DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}",
                   "DJANGO_SETTINGS_MODULE": "tests.settings", "MEDIA_ROOT": str(settings.MEDIA_ROOT)}  # fmt: skip
    words = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "labelops",
        "worker",
        "-P",
        "solo",
        "-l",
        "ERROR",
        "--without-mingle",
    ]
    worker = subprocess.Popen(words, env=environment, cwd=ROOT)
    try:
        resume_imports()
        wait_for(lambda: only_import(organization).status == "finished", 60)
    finally:
        worker.terminate()
        worker.wait(20)
    assert len(Found(organization).tasks) == 1


@pytest.mark.django_db
def test_earlier_imports_are_filtered_sorted_and_their_columns_chosen(acme, owner_client):
    for name in ("one.jsonl", "two.jsonl"):
        upload(owner_client, lines_of([record()]), name=name)
    owner_client.get(URL)  # Says that they were uploaded.
    page = owner_client.get(f"{URL}?q=two&state=waiting&columns=state,project&sort=file").text
    assert "two.jsonl" in page
    assert "one.jsonl" not in page
    assert 'data-label="Project"' in page
    assert 'data-label="Begun"' not in page
    assert "2 imports" in owner_client.get(f"{URL}?sort=created").text
    partial = owner_client.get(f"{URL}?q=none", headers={"HX-Request": "true", "HX-Target": "import-list"}).text
    assert "No import matches this filter" in partial
    assert "<html" not in partial
