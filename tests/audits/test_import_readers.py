"""The readers: every format as a stream that can be entered at any record's end, and survives what it is fed."""

import io
import json
import tracemalloc

import pytest

from audits.importing.formats import detect_format, read_records
from audits.importing.records import LONGEST_READ, BrokenFile
from labelops.errors import InvalidInput

THREE = [{"a": 1}, {"b": "x" * 50, "c": [1, {"d": ']}\\"'}]}, {"é": "ß 🦆"}]
FILES = {
    "list.json": json.dumps(THREE, indent=1).encode(),
    "tasks.json": json.dumps({"tasks": THREE, "total": 3}, ensure_ascii=False).encode(),
    "docs.json": b"\xef\xbb\xbf" + json.dumps({"docs": THREE}).encode(),
    "lines.jsonl": b"\n".join(json.dumps(one, ensure_ascii=False).encode() for one in THREE) + b"\n",
    "blank.jsonl": b"\r\n\r\n".join(json.dumps(one).encode() for one in THREE),
}


def read(content: bytes, name: str = "tasks.json", **place: int) -> list:
    file = io.BytesIO(content)
    return list(read_records(file, format=detect_format(file, name), **place))


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_records_and_can_be_entered_after_any_of_them(name):
    records = read(FILES[name], name)

    assert [one.value for one in records] == THREE
    for count, one in enumerate(records, start=1):
        rest = read(FILES[name], name, offset=one.end, records=count)
        assert [(again.number, again.end) for again in rest] == [(r.number, r.end) for r in records[count:]]


def test_one_object_alone_is_one_record():
    assert [one.value for one in read(b'{"a": {"b": 1}}\n')] == [{"a": {"b": 1}}]


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        (b"NaN", "NaN is not a number"),
        (b"1e400", "too large"),
        (b'"\\u0000"', "NUL"),
        (b'"\\ud800"', "surrogate"),
        (b"tru", "not JSON"),
        (b"9" * 5000, "more than 300 digits"),
        (b"[" * 150 + b"]" * 150, "nested deeper"),
        (b"[" * 100_000 + b"]" * 100_000, "nested deeper"),
        (b'"\xe9"', "not UTF-8"),
        (b'"' + b"x" * 6_000_000 + b'"', "longer than 5 MB"),
    ],
)
@pytest.mark.parametrize("lines", [True, False])
def test_a_hostile_record_costs_itself_only(element, reason, lines):
    parts = [b'{"a": 1}', b'{"bad": ' + element + b"}", b'{"z": 2}']
    content = b"\n".join(parts) if lines else b"[" + b", ".join(parts) + b"]"

    first, bad, last = read(content, "tasks.jsonl" if lines else "tasks.json")

    assert (first.value, last.value) == ({"a": 1}, {"z": 2})
    assert reason in bad.error
    assert bool(bad.error) == bool(reason)


@pytest.mark.parametrize("element", [b"7", b'"x"', b"[1]", b"null"])
def test_what_is_no_object_is_refused(element):
    assert "must be a JSON object" in read(b"[" + element + b', {"a": 1}]')[0].error


@pytest.mark.parametrize(
    "rest",
    [b' {"b": 2}]', b', {"b": "x}, {"c": 1}]', b"", b', {"b": [1, 2}', b', {"x": "' + b"y" * (LONGEST_READ + 10)],
)
def test_a_broken_list_gives_what_came_before_and_says_where_it_breaks(rest):
    file, found = io.BytesIO(b'[{"a": 1}' + rest), []

    with pytest.raises(BrokenFile, match=r"[Rr]ecord \d"):
        found.extend(read_records(file, format="json"))  # extend keeps what came before the error

    assert [one.value for one in found][:1] == [{"a": 1}]


def test_csv_reads_columns_inside_and_cells_over_several_lines():
    content = (
        "\ufeffunique_id,type,params.attachment,params.categories,response,tags,note\r\n"
        'u1,categorization,"two\r\nlines","[""a"", ""b""]","{""category"": ""a""}","x, y",\r\n'
        "\r\n"
        "u2,categorization,'=1+1,,,,seen\r\n"
    ).encode()

    first, second = read(content, "tasks.csv")

    assert first.value == {
        "unique_id": "u1", "type": "categorization", "tags": ["x", "y"], "response": {"category": "a"},
        "params": {"attachment": "two\r\nlines", "categories": ["a", "b"]},
    }  # fmt: skip
    assert second.value["params"] == {"attachment": "=1+1"}
    assert (first.number, second.number) == (3, 5)
    assert [one.number for one in read(content, "tasks.csv", offset=first.end, records=1)] == [5]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"u,caf\xe9", "not UTF-8"),
        (b"u,a\0b", "NUL"),
        (b"u,x,too many", "3 cells"),
        (b'u,"' + b"x" * 10_000_000 + b'"', "longer than 5 MB"),
        (b"u,{broken", "Column params.note: This is not JSON"),
    ],
)
def test_a_hostile_row_costs_itself_only(row, reason):
    bad, good = read(b"unique_id,params.note\n" + row + b"\nv,fine\n", "tasks.csv")

    assert reason in bad.error
    assert good.value == {"unique_id": "v", "params": {"note": "fine"}}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"unique_id,type,unique_id\n1,2,3\n", "stands twice"),
        (b",,\n1,2,3\n", "no header"),
        (b'unique_id\n"' + b"x\n" * (LONGEST_READ // 2 + 10), "line 2 cannot be read"),
    ],
    ids=["a name twice", "no header", "a field without end"],
)
def test_a_csv_that_cannot_be_read_says_why(content, reason):
    with pytest.raises(BrokenFile, match=reason):
        read(content, "tasks.csv")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xfea\0", "UTF-16"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"hello", "is no"),
    ],
)
def test_what_is_no_file_of_tasks_is_refused_at_once(content, reason):
    with pytest.raises(InvalidInput, match=reason):
        detect_format(io.BytesIO(content), "tasks.bin")


@pytest.mark.parametrize("name", ["tasks.json", "tasks.jsonl", "tasks.csv"])
def test_memory_does_not_grow_with_the_file(tmp_path, name):
    one = json.dumps({"unique_id": "u", "params": {"attachment": "x" * 2000}})
    row = "u," + "x" * 2000
    before, between, after, part = {
        "tasks.json": ("[", ",", "]", one),
        "tasks.jsonl": ("", "\n", "", one),
        "tasks.csv": ("unique_id,params.attachment\n", "\n", "", row),
    }[name]
    (tmp_path / name).write_text(before + between.join([part] * 15_000) + after)

    tracemalloc.start()
    try:
        with (tmp_path / name).open("rb") as file:
            count = sum(1 for _ in read_records(file, format=detect_format(file, name)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 15_000
    assert (tmp_path / name).stat().st_size > 30_000_000
    assert peak < 3_000_000
