"""What stands in an exported file: every list in every format, safe cells, flat memory."""

import csv
import io
import json
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest
from arro3.io import read_parquet
from django.http import QueryDict
from django.utils import timezone

from audits.models import Audit
from audits.services.audits import Judgement, record_verdict
from labelops.errors import InvalidInput
from reports.exporting.columns import Column, Format, Kind
from reports.exporting.copying import may_be_copied
from reports.exporting.listings import LISTINGS
from reports.exporting.rows import PORTION, ComputedRows, next_size
from reports.exporting.writing import _Counted, _csv, write_rows
from tests.audits.scene import Scene, make_scene

EVIL = ['=HYPERLINK("http://evil.example","x")', "+1+1", "-2+3|cmd", "@SUM(A1)", "\t=1", "\r=1", "＝1", 'a\nb,"c"']
ODD = [
    *EVIL,
    "",
    '"',
    "\\.",
    "\\N",
    "\\",
    "'",
    "a\rb",
    " a ",
    "\x01\x02\x1f\x7f",
    "é日本語🦆\u2028",
    "NULL",
    "null",
    "%s %",
]
FLOATS = [0.0, -0.0, 1.0, 0.1 + 0.2, -3.25, 1e15, 1e15 + 0.125, 9999999999999998.0, 1e16, 1.5e300, 123456789.0, 1e-4,
          9.9e-5, 5e-324, 123456789012345678901234567890.0, 4503599627370497.5, 1 / 3, 12345.678, 1e-7, 100.0,
          2.0**53]  # fmt: skip


@pytest.fixture
def scene(db) -> Scene:
    return make_scene(tasks=2, roles={"alice": "auditor", "lead": "lead"})


def exported(scene: Scene, name: str, format: Format, query: str = "", member: str = "owner") -> bytes:
    file = io.BytesIO()
    with scene.scope():
        rows = LISTINGS[name].rows_for(scene.members[member], query)
        assert rows.total() in (None, write_rows(rows, format, file))
    return file.getvalue()


def in_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def in_jsonl(data: bytes) -> list[dict]:
    return [json.loads(line) for line in data.decode().split("\n") if line]


def in_parquet(data: bytes) -> list[dict]:
    table = read_parquet(io.BytesIO(data)).read_all()
    columns = {name: [cell.as_py() for cell in table.column(name)] for name in table.column_names}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


READERS = {Format.CSV: in_csv, Format.JSONL: in_jsonl, Format.PARQUET: in_parquet}


def test_every_list_in_every_format_has_its_columns(scene):
    scene.session()
    for name, format in product(LISTINGS, Format):
        rows = READERS[format](exported(scene, name, format))
        for row in rows:
            assert list(row) == [column.name for column in LISTINGS[name].columns]
        assert bool(rows) == (name in ("tasks", "sessions", "projects", "task_report", "weeks")), name


def test_a_task_in_each_format(scene):
    task = scene.tasks[0]
    with scene.scope():
        record_verdict(auditor=scene.members["alice"], task_id=task.pk, judgement=Judgement("rejected", "A goose."),
                       now=timezone.now())  # fmt: skip
    found = {format: READERS[format](exported(scene, "tasks", format, "review_status=rejected")) for format in Format}
    for (row,) in found.values():
        assert (row["task_id"], row["customer_review_status"], row["comment"]) == (
            task.public_id,
            "rejected",
            "A goose.",
        )
        assert row["customer_reviewed_by"] == scene.members["alice"].user.email
    (as_csv,), (as_json,), (as_parquet,) = found.values()
    assert as_json["response"] == json.loads(as_csv["response"]) == json.loads(as_parquet["response"])
    moment = as_parquet["completed_at"]
    assert moment == scene.reload(task).completed_at
    told = moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    assert told == as_csv["completed_at"] == as_json["completed_at"]
    assert (as_csv["unique_id"], as_json["unique_id"], as_parquet["unique_id"]) == ("", None, None)


def test_a_filter_leaves_what_its_page_shows(scene):
    other = scene.add_task(type="custom", tags=["river"])
    rows = in_csv(exported(scene, "tasks", Format.CSV, "tag=river&older=nothing"))
    assert [row["task_id"] for row in rows] == [other.public_id]
    assert json.loads(rows[0]["tags"]) == ["river"]


def test_the_columns_and_the_order_of_the_page_are_those_of_the_file(scene):
    tasks = LISTINGS["tasks"]
    query = tasks.query_of(QueryDict("columns=project,review&sort=created&status=completed"))
    assert (
        query == "status=completed&sort=created&fields=task_id%2Cunique_id%2Cproject%2Cbatch%2Ccustomer_review_status"
    )
    for format, read in READERS.items():
        rows = read(exported(scene, "tasks", format, query))
        assert list(rows[0]) == ["task_id", "unique_id", "project", "batch", "customer_review_status"]
        assert [row["task_id"] for row in rows] == [task.public_id for task in scene.tasks], "oldest first"
    assert [one.name for one in tasks.wanted(QueryDict("columns=none"))] == ["task_id", "unique_id"]
    (row, *_) = in_csv(exported(scene, "task_report", Format.CSV, "columns=verdict,comment"))
    assert list(row) == ["task_id", "unique_id", "customer_review_status", "comment"]
    assert exported(scene, "auditor_quality", Format.CSV, "fields=kappa,auditor").decode() == "kappa,auditor\r\n"
    with pytest.raises(InvalidInput):
        tasks.query_of(QueryDict("fields=colour"))
    for listing in LISTINGS.values():
        for name in [name for names in (listing.shown.columns.values() if listing.shown else ()) for name in names]:
            assert name in [column.name for column in listing.columns], (listing.name, name)


def test_nothing_in_a_spreadsheet_runs(scene):
    for number, text in enumerate(EVIL):
        scene.add_task(unique_id=f"{text}{number}", instruction=text, tags=[text])
    cells = [cell for row in in_csv(exported(scene, "tasks", Format.CSV)) for cell in row.values()]
    assert [cell for cell in cells if cell[:1] in "=+-@\t\r＝＋－＠" and cell] == []
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    plain = {row["instruction"] for row in in_jsonl(exported(scene, "tasks", Format.JSONL))}
    assert set(EVIL) <= plain, "where nothing can run, nothing is changed"


def test_what_postgresql_writes_is_what_python_would_write(scene):
    """Byte for byte, whatever stands in a cell."""
    for number, (text, seconds) in enumerate(zip(ODD, FLOATS, strict=True)):
        task = scene.add_task(
            unique_id=f"{text}{number}", instruction=text, tags=[text], params={"attachment": text or "-"}
        )
        with scene.scope():
            record_verdict(auditor=scene.members["alice"], task_id=task.pk, judgement=Judgement("accepted"),
                           now=timezone.now())  # fmt: skip
            Audit.objects.filter(task=task).update(comment=text, seconds=seconds, reasons=[text])
    for name, query in (("tasks", ""), ("audits", ""), ("task_report", ""), ("task_report", "fields=comment,auditor")):
        with scene.scope():
            rows = LISTINGS[name].rows_for(scene.members["owner"], query)
            file = io.BytesIO()
            _csv(rows.columns, _Counted(rows.portions(Format.CSV), lambda number: None), file)
        assert may_be_copied(rows, Format.CSV)
        assert exported(scene, name, Format.CSV, query) == file.getvalue()
    alone = exported(scene, "task_report", Format.CSV, "fields=comment").decode()
    assert '\r\n""\r\n' in alone, "one empty cell is a row all the same"
    assert set(ODD) <= {row["comments"] for row in in_jsonl(exported(scene, "audits", Format.JSONL))}


def test_whoever_stops_an_export_need_not_wait_for_its_rows(scene, monkeypatch):
    """Its transaction can be rolled back at once, and the connection goes on."""
    monkeypatch.setattr("reports.exporting.copying.PORTION", 0)

    def stop(number: int) -> None:
        raise LookupError(number)

    for format in (Format.CSV, Format.JSONL):
        with pytest.raises(LookupError), scene.scope():
            write_rows(LISTINGS["tasks"].rows_for(scene.members["owner"], ""), format, io.BytesIO(), stop)
        assert len(exported(scene, "tasks", format).splitlines()) == 2 + (format == Format.CSV)


def test_computed_rows_of_a_report():
    columns = [Column("week", Kind.TIME), Column("rate", Kind.NUMBER), Column("tasks", Kind.WHOLE), Column("who"),
               Column("batch", Kind.ID), Column("running", Kind.FLAG), Column("shares", Kind.JSON)]  # fmt: skip
    at = datetime(2026, 11, 16, 8, tzinfo=UTC)
    rows = [(at, 0.5, -3, "=1", UUID(int=7), True, {"a": 1}), (None,) * 7]
    found = {}
    for format in Format:
        file = io.BytesIO()
        assert write_rows(ComputedRows(rows, columns), format, file) == 2
        found[format] = READERS[format](file.getvalue())
    stamp, batch = "2026-11-16T08:00:00.000Z", UUID(int=7).hex
    assert list(found[Format.CSV][0].values()) == [stamp, "0.5", "-3", "'=1", batch, "true", '{"a": 1}']
    assert set(found[Format.CSV][1].values()) == {""}
    assert list(found[Format.JSONL][0].values()) == [stamp, 0.5, -3, "=1", batch, True, {"a": 1}]
    assert list(found[Format.PARQUET][0].values()) == [at, 0.5, -3, "=1", batch, True, '{"a": 1}']
    assert set(found[Format.PARQUET][1].values()) == {None}


def test_what_is_in_memory_does_not_grow_with_the_rows(scene, monkeypatch):
    """A server-side cursor gives a portion at a time; wide rows come in smaller ones."""
    monkeypatch.setattr("reports.exporting.rows.FIRST_ROWS", 2)
    monkeypatch.setattr("reports.exporting.rows.MOST_ROWS", 3)
    for _ in range(8):
        scene.add_task()
    with scene.scope():
        rows = LISTINGS["tasks"].rows_for(scene.members["owner"], "")
        sizes = [len(portion) for portion in rows.portions(Format.PARQUET)]
    assert sizes == [2, 3, 3, 2]
    assert next_size([("x" * PORTION,)] * 10) == 1
    assert next_size([("x" * (PORTION // 2),)] * 10) == 2


def test_of_others_nothing_is_in_it(scene):
    other = make_scene(tasks=1)
    text = exported(scene, "tasks", Format.JSONL).decode()
    assert other.tasks[0].public_id not in text
    with scene.scope():
        assert LISTINGS["tasks"].query_of(QueryDict("tag=a&nonsense=1&page=2")) == "tag=a"
