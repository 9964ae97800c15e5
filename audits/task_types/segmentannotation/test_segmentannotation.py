import pytest

from audits.task_types import task_type
from labelops.errors import InvalidInput

KIND = task_type("segmentannotation")


@pytest.mark.parametrize(
    ("annotations", "pictures"),
    [
        ({"combined": {"image": "https://a.example/m.png"}}, ["https://a.example/m.png"]),
        ({"car": "https://a.example/1.png", "road": {"url": "https://a.example/2.png"}},
         ["https://a.example/1.png", "https://a.example/2.png"]),
        ({"combined": {"image": "https://a.example/m.png", "indexedImage": "https://a.example/i.png"}},
         ["https://a.example/m.png", "https://a.example/i.png"]),
        ({"car": 7, "road": None}, []),
        ([], []),
        (None, []),
    ],
)  # fmt: skip
def test_pictures_of_a_response(annotations, pictures):
    assert KIND.pictures_in({"annotations": annotations}) == pictures


def test_a_response_of_another_shape_has_none():
    assert KIND.pictures_in(None) == []


@pytest.mark.parametrize("iou", [-1, 1.5, "0.5", None])
def test_what_was_painted_is_told_in_numbers(iou):
    record = {"from": "00000000", "labels": {"car": {"added": 1, "removed": 0, "iou": iou}}}
    with pytest.raises(InvalidInput, match="repainted/labels/car/iou"):
        KIND.check_response({}, {"annotations": {}, "repainted": record})


def test_a_record_of_any_shape_can_be_compared():
    for record in (
        7,
        {"from": "00000000", "labels": {"car": 7}},
        {"from": "00000000", "labels": {"car": {"iou": "x"}}},
    ):
        KIND.compare({}, {"repainted": record})
