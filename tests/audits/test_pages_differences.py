"""What Make Changes changed, said in the terms of the task's type."""

import pytest

from audits.task_types import task_type

BOX = {"uuid": "a", "type": "box", "label": "RBC", "left": 10, "top": 10, "width": 40, "height": 30}


def compare(kind: str, before: object, after: object) -> tuple[str, list[tuple[str, str]]]:
    difference = task_type(kind).compare(before, after)
    return difference.summary, [(change.kind, change.text) for change in difference.changes]


def boxes(*annotations: dict) -> dict:
    return {"annotations": list(annotations)}


@pytest.mark.parametrize(
    ("after", "summary", "kinds"),
    [
        (boxes(BOX), "Nothing changed", []),
        (boxes(BOX, BOX | {"uuid": "b"}, BOX | {"uuid": "c"}), "2 boxes added", ["added", "added"]),
        (boxes(), "1 box removed", ["removed"]),
        (boxes(BOX | {"left": 12}), "1 box moved", ["moved"]),
        (boxes(BOX | {"left": 8, "width": 42}), "1 box resized", ["resized"]),
        (boxes(BOX | {"label": "WBC"}), "1 box relabelled", ["relabelled"]),
        (boxes(BOX | {"label": "WBC", "top": 1}), "1 box relabelled, 1 moved", ["relabelled", "moved"]),
        (boxes(BOX | {"attributes": {"blurred": True}}), "1 box changed", ["changed"]),
        (boxes(BOX, BOX | {"uuid": "b"}), "1 box added", ["added"]),
    ],
)
def test_boxes(after, summary, kinds):
    said, changes = compare("imageannotation", boxes(BOX), after | {"is_customer_fix": True})
    assert said == summary
    assert [kind for kind, _ in changes] == kinds


def test_a_box_is_named_by_label_size_and_place():
    assert compare("imageannotation", boxes(BOX), boxes())[1] == [("removed", "RBC, 40 × 30 at 10, 10")]


def test_equal_boxes_without_a_uuid_are_counted_one_by_one():
    bare = {key: value for key, value in BOX.items() if key != "uuid"}
    assert compare("imageannotation", boxes(bare, bare), boxes(bare))[0] == "1 box removed"


@pytest.mark.parametrize("response", [None, [], {}, {"annotations": None}, {"annotations": ["x", 1]}, "text"])
def test_whatever_stands_in_a_response_can_be_compared(response):
    for kind in ("imageannotation", "categorization", "textcollection"):
        task_type(kind).compare(response, {"annotations": [BOX]})
        task_type(kind).compare({"category": ["a"]}, response)


def test_categories():
    assert compare("categorization", {"category": "a1"}, {"category": "a2", "is_customer_fix": True}) == (
        "1 category changed", [("changed", "a1 → a2")])  # fmt: skip
    assert compare("categorization", {"category": ["a", "b"]}, {"category": ["b"]})[1] == [("changed", "a, b → b")]


def test_any_other_type_key_by_key():
    before = {"fields": {"phone": "1", "name": "Ann"}, "list": [1, 2], "gone": True}
    after = {"fields": {"phone": "2", "name": "Ann"}, "list": [1, 2, 3], "new": "x"}
    assert compare("custom", before, after) == (
        "2 values changed, 1 removed, 1 added",
        [
            ("changed", "fields.phone: 1 → 2"),
            ("changed", "list: 2 → 3 entries"),
            ("removed", "gone: True"),
            ("added", "new: x"),
        ],
    )
