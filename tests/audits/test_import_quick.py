"""Lines read the short way become the same tasks as when they are read the long way."""

import json
from datetime import UTC, datetime
from io import BytesIO

import pytest

from audits.importing.quick import QuickLine, quick_line
from audits.models import Task
from audits.services import import_chunks, imports
from audits.services.import_lines import write_ready
from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope
from tests.audits.files import Found, bring_in, counts, lines_of, record
from tests.factories import twin_of

pytestmark = pytest.mark.django_db

ODD = "\\N \\t “ü”\t\n\r 😀 \u2028 }{ \\"
# What is taken as it stands, in lines and in words that PostgreSQL's COPY or JSON could take for something else.
TAKEN = [
    record(0),
    record(1, response=None),
    record(2, instruction="\\N"),
    record(3, instruction=ODD, tags=[ODD, "", "\\N", "a,b", '"']),
    record(4, metadata={ODD: [ODD, {"n": 1e300, "m": -0.0, "i": 10**40, "e": 1e22}], "empty": {}}),
    record(5, status="completed", completed_by="w-1", batch="first"),
    record(6, completed_by="w-1", response=None),
    record(7, created_at="2026-01-01T10:00:00.123456+02:00", completed_at="2026-01-02"),
    record(8, created_at="2026-01-02"),
    record(9, callback_url="https://example.com/x", tags=[], task_id="other", is_test=False, urgency="day"),
    record(10, response=None, created_at="2025-12-31 23:59", status="pending"),
    record(11, metadata={}),
    record(12, type="imageannotation", project="pictures", params={"attachment": "https://e.example/a.png"},
           response={"annotations": []}),
    record(13, created_at="2026-01-31T09:30:00Z", completed_at="2026-W06-1T09:30:00Z"),
    record(14, created_at="20260131T093000Z", completed_at="2026-01-31T09:30:00.5Z"),
]  # fmt: skip
AGAIN = [one | {"unique_id": f"{one['unique_id']} again"} for one in TAKEN]
# What the short way must leave to the long one.
LEFT = [
    {}, [], {"unique_id": ""}, {"unique_id": 5}, {"unique_id": "\ud800"}, {"project": " birds"}, {"type": "unknown"},
    {"type": None}, {"params": []}, {"params": {}}, {"response": None, "status": "completed"}, {"status": "pending"},
    {"status": "error"}, {"surprise": 1}, {"judgments": [1]}, {"attachment": "x"}, {"metadata": None},
    {"metadata": [1]}, {"metadata": {"a": "\0"}}, {"metadata": {"a": "x" * 6000}}, {"tags": [1]},
    {"tags": ["x" * 256]}, {"created_at": "soon"}, {"created_at": "2999-01-01"},
    {"created_at": "2026-01-02", "completed_at": "2026-01-01"}, {"completed_by": "x" * 256},
    {"response": {"category": "none of them"}}, {"response": {"category": 1}},
]  # fmt: skip
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def rows(organization: Organization) -> list[dict]:
    names = [field.attname for field in Task._meta.concrete_fields if field.name not in ("id", "organization")]
    named = {"project_id": "project__name", "batch_id": "batch__name", "completed_by_id": "completed_by__external_id"}
    with organization_scope(organization.pk):
        tasks = Task.objects.for_organization(organization).order_by("unique_id")
        return list(tasks.values(*[named.get(name, name) for name in names]))


def lines(records: list) -> bytes:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records).encode()


def quick(line: bytes) -> QuickLine | None:
    return quick_line(1, len(line), line, now=NOW, callback_url="")


def test_both_ways_make_the_same_tasks(acme):
    # Blanks that COPY takes for something else, and none.
    whole = lines(TAKEN).replace(b'": ', b'":\t \r') + lines(AGAIN)
    assert [number for number, line in enumerate(BytesIO(whole)) if quick(line) is None] == []
    twin = twin_of(acme)

    assert counts(bring_in(acme, whole, now=NOW)) == (2 * len(TAKEN), 0, 0)
    # A list is always read the long way.
    listed = json.dumps(TAKEN + AGAIN).encode()
    assert counts(bring_in(twin, listed, name="tasks.json", now=NOW)) == (2 * len(TAKEN), 0, 0)

    assert rows(acme) == rows(twin)
    assert [task.unique_id for task in Found(acme).tasks] == [one["unique_id"] for one in TAKEN + AGAIN]


@pytest.mark.parametrize("changes", LEFT, ids=lambda changes: str(changes)[:40])
def test_what_needs_a_sentence_is_left_to_the_long_way(changes):
    said = {**record(), **changes} if changes else changes
    if changes == {}:
        said = {name: value for name, value in record().items() if name != "unique_id"}
    line = json.dumps(said).encode()
    assert quick(line) is None
    assert quick(b"\xef\xbb\xbf" + line) is None


def test_lines_of_both_ways_in_one_file_come_in_the_order_of_the_file(acme):
    said = [record(number, **({"surprise": 1} if number % 2 else {})) for number in range(6)]
    said += [record(3), record(4), record(7, params={})]

    assert counts(bring_in(acme, lines_of(said))) == (6, 2, 1)
    assert [task.unique_id for task in Found(acme).tasks] == [one["unique_id"] for one in said[:6]]
    assert counts(bring_in(acme, lines_of(said[:5]))) == (0, 5, 0)


def test_chunks_made_ahead_are_written_as_any_other(acme, monkeypatch):
    """The names of the later ones are known; one of theirs is not new."""
    monkeypatch.setattr(imports, "CHUNK_RECORDS", 2)
    written = []
    monkeypatch.setattr(import_chunks, "write_ready", lambda *args: written.append(write_ready(*args)) or written[-1])
    bring_in(acme, lines_of([record(21)]))

    assert counts(bring_in(acme, lines_of([record(number, batch="b") for number in range(30)]))) == (29, 1, 0)

    assert [len(ids) for ids in written if ids]
    others = [f"bird-{number}" for number in range(30) if number != 21]
    assert [task.unique_id for task in Found(acme).tasks] == ["bird-21", *others]
