"""What an import leaves behind: tasks, events, refusals with their reasons, and nothing twice."""

import json

import pytest
from django.core.management import CommandError, call_command

from audits.models import Batch, TaskImport
from callbacks.models import Delivery
from labelops.tenancy.models import EventType
from labelops.tenancy.scope import organization_scope
from tests.audits.files import Found, bring_in, counts, lines_of, record, shared_data
from tests.factories import twin_of

pytestmark = pytest.mark.django_db


def run_command(capsys, *words, **options):
    """What the command prints, and its exit code."""
    code = 0
    try:
        call_command("import_tasks", *map(str, words), **options)
    except SystemExit as error:
        code = error.code
    return capsys.readouterr().out, code


def test_records_become_tasks_with_everything_they_say(acme):
    said = record(
        batch="first", status="completed", instruction="Look.", completed_by="w-1", tags=["a", 'b"\\,'],
        created_at="2026-01-01T10:00:00+02:00", completed_at="2026-01-02T00:00:00Z", metadata={"k": 1},
        callback_url="https://example.com/x", judgments=[{"worker": "w-2"}], surprise=1,
    )  # fmt: skip

    done = bring_in(acme, lines_of([said, record(1, response=None, completed_by="w-9")]))

    assert (counts(done), done.status, done.failure) == ((2, 0, 0), "finished", "")
    first, second = Found(acme).tasks
    assert (first.project.name, first.batch.name, first.completed_by.external_id) == ("birds", "first", "w-1")
    assert (first.params, first.response) == (said["params"], {"category": "yes"})
    assert first.metadata == {"k": 1, "judgments": [{"worker": "w-2"}]}
    assert first.tags == ["a", 'b"\\,']
    assert (first.created_at.isoformat(), first.completed_at.isoformat()) == (
        "2026-01-01T08:00:00+00:00",
        "2026-01-02T00:00:00+00:00",
    )
    assert (first.callback_url, first.instruction, first.review_status) == ("https://example.com/x", "Look.", "")
    assert (second.status, second.completed_by, second.completed_at) == ("pending", None, None)
    assert done.notes["unknown"] == ["surprise"]


def test_each_task_has_one_event_and_no_callback_goes_out(acme):
    bring_in(acme, lines_of([record(number, callback_url="https://example.com/x") for number in range(3)]))

    found = Found(acme)
    imported = [event for event in found.events if event.type == EventType.TASK_IMPORTED]
    assert sorted(event.task_id for event in imported) == sorted(task.pk for task in found.tasks)
    with organization_scope(acme.pk):
        assert not Delivery.objects.for_organization(acme).exists()


def test_with_notify_each_completed_task_is_called_back_at_the_imports_address(acme):
    tasks = [record(0, callback_url="https://example.com/file"), record(1, response=None)]

    bring_in(acme, lines_of(tasks), notify=True, callback_url="https://example.com/import")

    with organization_scope(acme.pk):
        urls = Delivery.objects.for_organization(acme).values_list("endpoint__url", flat=True)
        assert list(urls) == ["https://example.com/import"]


def test_with_notify_a_task_that_could_not_be_done_is_told_as_one(acme):
    broken = record(0, status="error", response=None, callback_url="https://example.com/file")

    bring_in(acme, lines_of([broken]), notify=True)

    with organization_scope(acme.pk):
        assert list(Delivery.objects.values_list("event__type", flat=True)) == ["task.error"]


def test_the_same_file_twice_imports_nothing_twice(acme):
    content = lines_of([record(number, batch="b") for number in range(5)] + [record(2)])

    assert counts(bring_in(acme, content)) == (5, 1, 0)
    assert counts(bring_in(acme, content)) == (0, 6, 0)
    assert len(Found(acme).tasks) == 5


def test_task_id_stands_in_for_a_missing_unique_id_and_without_both_nothing_is_recognised(acme):
    content = lines_of([record(unique_id=None, task_id="t-1"), record(unique_id=None)])

    assert [counts(bring_in(acme, content)) for _ in range(2)] == [(2, 0, 0), (1, 1, 0)]


def test_another_organizations_unique_id_is_nobodys_business(acme, rival):
    assert counts(bring_in(rival, lines_of([record()]))) == (1, 0, 0)
    assert counts(bring_in(acme, lines_of([record()]))) == (1, 0, 0)


def test_a_test_mode_organization_imports_the_same_way(acme):
    assert counts(bring_in(twin_of(acme), lines_of([record(), record(1, response=None)]))) == (2, 0, 0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "nonsense", "project": None}, "no task type"),
        ({"type": None, "project": None}, "type is missing"),
        ({"type": None, "project": "new"}, "type is missing"),
        ({"type": 7}, "type must be text"),
        ({"params": [1]}, "params must be an object"),
        ({"params": {"categories": ["yes"]}}, "attachment"),
        ({"response": {"category": "perhaps"}}, "“perhaps” is none of"),
        ({"status": "done"}, "status must be one of"),
        ({"status": "pending"}, "pending task has no response"),
        ({"status": "completed", "response": None}, "needs a response"),
        ({"completed_at": "yesterday"}, "completed_at must be a time"),
        ({"completed_at": "9999-12-31T23:59:60Z"}, "completed_at must be a time"),
        ({"completed_at": "9999-12-31T00:00:00Z"}, "in the future"),
        ({"created_at": "2026-02-02T00:00:00Z", "completed_at": "2026-02-01T00:00:00Z"}, "before created_at"),
        ({"unique_id": "x" * 256}, "at most 255"),
        ({"unique_id": {"a": 1}}, "unique_id must be a text"),
        ({"completed_by": 7}, "completed_by must be text"),
        ({"tags": "a,b"}, "tags must be a list"),
        ({"metadata": {"k": "x" * 11_000}}, "metadata is larger than"),
        ({"batch": "b", "project": None}, "name the project"),
        ({"project": "p" * 256}, "project is longer"),
    ],
)
def test_a_wrong_record_is_refused_with_its_reason_and_stops_no_other(acme, changes, reason):
    done = bring_in(acme, lines_of([record(1), record(2, **changes), record(3)]))

    found = Found(acme)
    assert counts(done) == (2, 0, 1)
    assert reason in found.reasons[2]
    assert found.refused[0].record == json.dumps(record(2, **changes))[:10_000]


def test_a_number_beyond_all_bounds_is_refused(acme):
    content = lines_of([record(1), record(2)]).replace(b'"bird-2"', b'"bird-2", "metadata": {"k": 1e400}')

    assert counts(bring_in(acme, content)) == (1, 0, 1)
    assert "too large" in Found(acme).reasons[2]


def test_a_project_takes_tasks_of_its_type_only_and_gives_its_type_to_those_without(acme):
    content = lines_of([record(0), record(1, type=None), record(2, type="custom")])

    assert counts(bring_in(acme, content, project="all of them")) == (2, 0, 1)
    found = Found(acme)
    assert {task.project.name for task in found.tasks} == {"all of them"}
    assert "takes tasks of the type categorization" in found.reasons[3]


def test_a_batch_ends_with_the_import_where_all_its_tasks_are_completed(acme):
    bring_in(acme, lines_of([record(0, batch="done"), record(1, batch="open"), record(2, batch="open", response=None)]))

    with organization_scope(acme.pk):
        batches = dict(Batch.objects.for_organization(acme).values_list("name", "status"))
    assert batches == {"done": "completed", "open": "in_progress"}
    assert counts(bring_in(acme, lines_of([record(9, batch="done")]))) == (0, 0, 1)


def test_a_file_that_breaks_keeps_what_came_before_and_tells_where(acme):
    content = b"[" + b",".join(json.dumps(record(number)).encode() for number in range(700)) + b', {"x'

    done = bring_in(acme, content, "tasks.json")

    assert (counts(done), done.status) == ((700, 0, 0), "failed")
    assert "Record 701" in done.failure


def test_what_only_the_database_refuses_costs_one_record(acme, monkeypatch):
    # The checks before are as strict as the database; without them it must still be one record and not the chunk.
    monkeypatch.setattr("audits.importing.records.check_json", lambda value: None)
    bad = lines_of([record(2, metadata={"k": "\0"})])

    done = bring_in(acme, b"\n".join([lines_of([record(1)]), bad, lines_of([record(3)])]))

    assert counts(done) == (2, 0, 1)
    assert "The database cannot store" in Found(acme).reasons[2]


def test_csv_becomes_tasks_and_formula_cells_stay_text(acme):
    content = (
        b"unique_id,type,project,params.attachment_type,params.attachment,response.category,completed_by\n"
        b"'=1+1,categorization,p,text,'+SUM(A1),'@x,w\n"
        b'=2+2,categorization,p,text,"=HYPERLINK(""x"")",b,\n'
    )

    assert counts(bring_in(acme, content, "tasks.csv")) == (2, 0, 0)
    first, second = Found(acme).tasks
    assert (first.unique_id, first.params["attachment"], first.response) == ("=1+1", "+SUM(A1)", {"category": "@x"})
    assert (second.unique_id, second.params["attachment"]) == ("=2+2", '=HYPERLINK("x")')


def test_the_real_photographs_come_in_with_one_command(acme, capsys):
    data = shared_data()
    words = [data / "scale_format" / "tasks_bccd.json", "--organization", "acme", "--project", "blood-cells",
             "--attachments", data]  # fmt: skip

    out, code = run_command(capsys, *words)

    assert (code, "120 imported" in out) == (0, True)
    tasks = Found(acme).tasks
    assert sum(len(task.response["annotations"]) for task in tasks) == 1870
    assert len({task.params["attachment"] for task in tasks}) == 120
    assert all(task.params["attachment"].startswith("labelops://") for task in tasks)
    assert "0 imported, 120 there already" in run_command(capsys, *words)[0]


def test_the_real_texts_come_in_with_one_command(acme, capsys):
    out, code = run_command(capsys, shared_data() / "scale_format" / "tasks_text.json", "--organization", "acme")

    assert (code, "300 imported" in out) == (0, True)
    assert all(task.metadata["judgments"] for task in Found(acme).tasks)


def test_the_command_ends_with_1_where_nothing_came_in(acme, capsys, tmp_path):
    (tmp_path / "bad.jsonl").write_bytes(b'{"type": "nope"}\n')

    out, code = run_command(capsys, tmp_path / "bad.jsonl", "--organization", "acme")

    assert code == 1
    assert "line 1: There is no task type" in out


@pytest.mark.parametrize("words", [["missing.json"], [__file__]])
def test_the_command_says_what_is_wrong_with_a_file(acme, words):
    with pytest.raises(CommandError):
        call_command("import_tasks", *words, organization="acme")


def test_a_second_runner_gets_nothing_while_the_first_ones_lease_lasts(acme):
    from audits.services.imports import take_import

    with organization_scope(acme.pk):
        waiting = TaskImport.objects.create(
            organization=acme, name="x", format="jsonl", size=1, created_at=acme.created_at
        )
        assert take_import(organization=acme, import_id=waiting.pk)
        assert take_import(organization=acme, import_id=waiting.pk) is None
