"""Two imports of overlapping files at the same time."""

import io
import json

import pytest
from django.utils import timezone

from audits.models import Task
from audits.services.imports import import_file
from labelops.tenancy.models import Event
from tests.audits.scene import PARAMS, make_scene
from tests.concurrency.together import run_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def file_of(numbers) -> io.BytesIO:
    lines = [{"unique_id": f"u{n}", "type": "categorization", "project": "birds", "params": PARAMS} for n in numbers]
    return io.BytesIO("\n".join(json.dumps(line) for line in lines).encode())


def test_each_task_comes_in_once_and_nobody_waits_in_a_circle(monkeypatch):
    monkeypatch.setattr("audits.services.imports.CHUNK_RECORDS", 50)
    scene = make_scene(tasks=0)

    def bring_in(numbers):
        content = file_of(numbers)
        return import_file(
            organization=scene.organization, actor=None, name="t.jsonl", file=content, now=timezone.now()
        )

    forward, backward = range(400), range(399, -1, -1)
    done = run_together([lambda: bring_in(forward), lambda: bring_in(backward), lambda: bring_in(forward)])
    assert [one.failure for one in done] == [""] * 3
    assert sum(one.imported for one in done) == 400
    assert sum(one.duplicates for one in done) == 800
    with scene.scope():
        tasks = Task.objects.for_organization(scene.organization)
        assert tasks.count() == 400
        events = Event.objects.for_organization(scene.organization).filter(type="task.imported")
        assert set(events.values_list("task_id", flat=True)) == set(tasks.values_list("pk", flat=True))
        assert events.count() == 400
