"""Exports from the button to the download: at once, in the background, by the API; killed runs, deletions, expiry."""

import json
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.http import QueryDict
from django.utils import timezone

from labelops.errors import Forbidden, InvalidInput
from labelops.tenancy.models import Event
from labelops.tenancy.services.people import remove_member
from reports.models import Export
from reports.services import export_runs, exports
from reports.services.exports import create_export, expire_exports
from tests.audits.scene import Scene, make_scene
from tests.concurrency.together import run_together
from tests.factories import bearer, client_of, make_key

ROLES = {"alice": "auditor", "lead": "lead", "integrator": "integrator"}


@pytest.fixture
def scene(transactional_db, settings, tmp_path) -> Scene:
    settings.MEDIA_ROOT = tmp_path
    return make_scene(tasks=3, roles=ROLES)


def ask(scene: Scene, listing: str = "tasks", format: str = "csv", by: str = "lead", query: str = "") -> Export:
    with scene.scope():
        return create_export(by=scene.members[by], listing=listing, format=format, data=QueryDict(query),
                             now=timezone.now())  # fmt: skip


def run(export: Export) -> Export | None:
    return export_runs.run_export(organization_id=export.organization_id, export_id=export.pk)


def events(scene: Scene) -> list[str]:
    with scene.scope():
        found = Event.objects.filter(type__startswith="export.").order_by("id")
        return list(found.values_list("type", flat=True))


def path(scene: Scene, rest: str = "") -> str:
    return f"/o/{scene.organization.slug}/exports/{rest}"


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def test_a_small_list_comes_at_once(scene):
    answer = client_of(scene.members["lead"].user).post(path(scene), {"list": "tasks", "format": "csv", "query": ""})
    assert answer["Content-Disposition"].startswith('attachment; filename="tasks-')
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/csv; charset=utf-8", "private, no-store")
    assert len(body(answer).splitlines()) == 4
    assert events(scene) == ["export.downloaded"]


def test_a_large_one_is_made_in_the_background_and_downloaded(scene, monkeypatch):
    monkeypatch.setattr(exports, "SMALL", 2)
    client = client_of(scene.members["lead"].user)
    assert client.post(path(scene), {"list": "tasks", "format": "jsonl"})["Location"] == path(scene)
    with scene.scope():
        export = Export.objects.get()
    assert 'hx-trigger="every 1s"' in client.get(path(scene)).content.decode()
    assert client.get(path(scene, f"{export.public_id}/file/")).status_code == 409
    done = run(export)
    assert (done.status, done.rows, done.total, done.percent) == ("finished", 3, 3, 100)
    assert done.size == len(body(client.get(path(scene, f"{export.public_id}/file/"))))
    shown = client.get(path(scene)).content.decode()
    assert "hx-trigger" not in shown.partition('id="export-state"')[2][:200]
    assert run(export) is None, "it is over"
    assert events(scene) == ["export.started", "export.finished", "export.downloaded"]


def test_it_has_no_more_than_its_maker_may_see_when_it_is_made(scene):
    export = ask(scene)
    with scene.scope():
        remove_member(organization=scene.organization, user=scene.members["lead"].user, actor=None,
                      now=timezone.now())  # fmt: skip
    done = run(export)
    assert (done.status, done.file.name) == ("failed", "")
    assert "no member" in done.failure


def test_who_may_not_export_and_what_cannot_be(scene):
    for listing, by in (("tasks", "alice"), ("deliveries", "lead"), ("sessions", "integrator")):
        with pytest.raises(Forbidden):
            ask(scene, listing, by=by)
    for wish in ({"listing": "secrets"}, {"format": "xlsx"}, {"query": "completed_after=tomorrow"}):
        with pytest.raises(InvalidInput):
            ask(scene, **wish)
    for _ in range(exports.MOST_AT_ONCE):
        ask(scene)
    with pytest.raises(exports.TooManyExports):
        ask(scene)


def test_an_export_of_deliveries_is_not_for_those_who_may_not_see_them(scene):
    export = ask(scene, "deliveries", by="integrator")
    run(export)
    for who, status in (("integrator", 200), ("owner", 200), ("lead", 404), ("alice", 403)):
        answer = client_of(scene.members[who].user).get(path(scene, f"{export.public_id}/file/"))
        assert answer.status_code == status
        if answer.streaming:
            assert body(answer)


def test_a_killed_run_is_taken_up_and_the_slow_one_stops(scene, monkeypatch):
    export = ask(scene)
    whole = export_runs.write_rows

    def another_run():
        with scene.scope():
            Export.objects.filter(pk=export.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        assert (export.organization_id, export.pk) in export_runs.exports_without_a_runner()
        return run(export).rows

    def taken_over(rows, format, file, progress):
        monkeypatch.setattr(export_runs, "write_rows", whole)
        assert run_together([another_run]) == [3]
        return whole(rows, format, file, progress)

    monkeypatch.setattr(export_runs, "write_rows", taken_over)
    with pytest.raises(export_runs.ExportLeaseLost):
        run(export)
    with scene.scope():
        kept = Export.objects.get()
    assert (kept.status, kept.rows) == ("finished", 3)
    assert default_storage.listdir(f"{scene.organization.pk.hex}/exports")[1] == [kept.file.name.rpartition("/")[2]]


def seen_by_others(scene) -> Export:
    with scene.scope():
        return Export.objects.get()


def test_a_run_renews_its_lease_and_tells_how_far_it_is(scene, monkeypatch):
    monkeypatch.setattr(export_runs, "TELL_EVERY", 0)
    monkeypatch.setattr("reports.exporting.copying.PORTION", 0)
    told, tell = [], export_runs.Teller.tell

    def watched(teller, rows, **options):
        before = teller.export.lease_until
        tell(teller, rows, **options)
        (seen,) = run_together([lambda: seen_by_others(scene)])
        told.append((seen.rows, seen.total, seen.lease_until > before))

    monkeypatch.setattr(export_runs.Teller, "tell", watched)
    run(ask(scene))
    assert told == [(0, 3, True), (1, 3, True), (2, 3, True), (3, 3, True), (3, 3, True)]


def test_a_deleted_export_stops_and_leaves_no_file(scene, monkeypatch):
    export, client = ask(scene), client_of(scene.members["lead"].user)
    whole = export_runs.write_rows

    def deleted(rows, format, file, progress):
        (answer,) = run_together([lambda: client.post(path(scene, f"{export.public_id}/delete/"))])
        assert answer.status_code == 302
        return whole(rows, format, file, progress)

    monkeypatch.setattr(export_runs, "write_rows", deleted)
    with pytest.raises(export_runs.ExportLeaseLost):
        run(export)
    assert not default_storage.exists(f"{scene.organization.pk.hex}/exports")


def test_files_go_when_their_time_is_over(scene):
    export = run(ask(scene))
    assert expire_exports() == 0
    with scene.scope():
        Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert expire_exports() == 1
    assert not default_storage.exists(export.file.name)
    with scene.scope():
        assert Export.objects.get().status == "expired"
    client = client_of(scene.members["lead"].user)
    assert client.get(path(scene, f"{export.public_id}/file/")).status_code == 409
    assert "Expired" in client.get(path(scene)).content.decode()


def test_the_api_makes_lists_and_downloads(scene):
    with scene.scope():
        key = bearer(make_key(organization=scene.organization, user=scene.members["lead"].user))
    client = client_of(None)

    def call(method: str, rest: str = "", data: dict | None = None):
        options = {"data": json.dumps(data), "content_type": "application/json"} if data is not None else {}
        return getattr(client, method)(f"/v1/exports{rest}", headers=key, **options)

    named = call("post", "", {"list": "tasks", "columns": ["status", "task_id"]}).json()
    assert (named["columns"], named["filter"]) == (["status", "task_id"], {})
    assert call("post", "", {"list": "tasks", "columns": ["colour"]}).status_code == 400
    assert call("delete", f"/{named['id']}").status_code == 200
    wish = {"list": "tasks", "filter": {"customer_review_status": "pending,fixed", "start_time": "2026-01-01"}}
    made = call("post", "", wish).json()
    assert "error" not in made, made
    assert made["filter"] == {"review_status": ["pending", "fixed"], "created_after": "2026-01-01T00:00:00+00:00"}
    assert call("get", f"/{made['id']}/download").status_code == 409
    with scene.scope():
        export = Export.objects.get()
    run(export)
    told = call("get", f"/{made['id']}").json()
    assert (told["status"], told["rows"], told["format"]) == ("finished", 3, "csv")
    assert len(body(call("get", f"/{made['id']}/download")).splitlines()) == 4
    assert [one["id"] for one in call("get").json()["docs"]] == [made["id"]]
    assert {one["list"] for one in call("get", "/lists").json()["docs"]} >= {"tasks", "audits", "sessions"}
    for wrong in ({"list": "x"}, {"list": "tasks", "more": 1}):
        assert call("post", "", wrong).status_code == 400, wrong
    for filter in ({"colour": "red"}, {"start_time": "soon"}, {"tag": 1}):
        assert call("post", "", {"list": "tasks", "filter": filter}).status_code == 400, filter
    assert call("delete", f"/{made['id']}").status_code == 200
    assert call("get", f"/{made['id']}").status_code == 404
