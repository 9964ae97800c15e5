"""JSON Patch, judged by another implementation of RFC 6902."""

import json
from copy import deepcopy
from typing import Any

import jsonpatch
from hypothesis import given
from hypothesis import strategies as st

from audits.task_types.patch import json_patch

KEYS = st.sampled_from(["a", "b", "uuid", "a/b", "m~n", "", "0"])
NUMBERS = st.integers(-2, 2) | st.sampled_from([0.5, -1.25])
SCALARS = st.none() | st.booleans() | NUMBERS | st.sampled_from(["", "a", "é/~"])
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5))
NAMED = st.fixed_dictionaries({"uuid": st.sampled_from("abcdef"), "left": st.integers(0, 3)})
ANNOTATIONS = st.lists(NAMED, max_size=6, unique_by=lambda one: one["uuid"])


def exact(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def apply(patch: list[dict[str, Any]], before: Any) -> Any:
    return jsonpatch.apply_patch(deepcopy(before), patch)


@given(st.dictionaries(KEYS, JSON), st.dictionaries(KEYS, JSON))
def test_the_patch_makes_after_from_before(before, after):
    assert exact(apply(json_patch(before, after), before)) == exact(after)


@given(ANNOTATIONS, ANNOTATIONS)
def test_annotations_with_names(before, after):
    before, after = {"annotations": before}, {"annotations": after}
    assert apply(json_patch(before, after), before) == after


@given(JSON)
def test_nothing_changed_is_an_empty_patch(value):
    assert json_patch(value, deepcopy(value)) == []


def test_a_box_removed_and_one_moved_are_two_operations():
    boxes = [{"uuid": str(number), "left": number} for number in range(5)]
    after = [boxes[0], boxes[2], boxes[3] | {"left": 9}, boxes[4]]
    assert json_patch({"annotations": boxes}, {"annotations": after}) == [
        {"op": "remove", "path": "/annotations/1"},
        {"op": "replace", "path": "/annotations/2/left", "value": 9},
    ]


def test_true_is_not_one():
    assert json_patch({"a": 1}, {"a": True}) == [{"op": "replace", "path": "/a", "value": True}]
