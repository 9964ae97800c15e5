"""The sentences say where and what, in words that need no knowledge of JSON Schema."""

import pytest

from audits.task_types import task_type
from labelops.errors import InvalidInput

BOX = {"type": "box", "label": "cell", "left": 1, "top": 1, "width": 2, "height": 2}
REFUSED = [
    ("categorization", {}, "one of “category”, “categories”, “annotations” is needed."),
    ("categorization", {"category": 5}, "at category: a text or a list is needed."),
    ("categorization", {"category": [1]}, "at category: a text or a list is needed."),
    ("categorization", None, "null stands where an object is needed."),
    ("imageannotation", {}, "“annotations” is missing."),
    ("imageannotation", {"annotations": "none"}, 'at annotations: "none" stands where a list is needed.'),
    ("imageannotation", {"annotations": [BOX, 7]}, "at annotations/1: 7 stands where an object is needed."),
    ("imageannotation", {"annotations": [BOX] * 50_001}, "at annotations: it has 50,001 entries; 50,000 are the most."),
    ("comparison", {"choice": 1}, "at choice: 1 stands where a text or null is needed."),
    ("segmentannotation", {"repainted": {"from": "ab", "labels": {"cell": {"added": 1, "removed": -2, "iou": 1}}}},
     "at repainted/labels/cell/removed: -2 is less than 0."),
    ("segmentannotation", {"repainted": {"from": "ab", "labels": {"cell": {"added": 1}}}},
     "at repainted/labels/cell: “removed”, “iou” are missing."),
    ("textcollection", {"fields": ["x" * 100]}, f'at fields: ["{"x" * 58}… stands where an object is needed.'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "response", "sentence"), REFUSED)
def test_a_response_that_does_not_fit(name, response, sentence):
    with pytest.raises(InvalidInput) as refused:
        task_type(name).check_response({}, response)
    assert str(refused.value).startswith("The response is not valid")
    assert str(refused.value).endswith(sentence)
