import pytest

from audits.task_types import task_type

KIND = task_type("segmentannotation")


@pytest.mark.parametrize(
    ("annotations", "pictures"),
    [
        ({"combined": {"image": "https://a.example/m.png"}}, ["https://a.example/m.png"]),
        ({"car": "https://a.example/1.png", "road": {"url": "https://a.example/2.png"}},
         ["https://a.example/1.png", "https://a.example/2.png"]),
        ({"car": 7, "road": None}, []),
        ([], []),
        (None, []),
    ],
)  # fmt: skip
def test_pictures_of_a_response(annotations, pictures):
    assert KIND.pictures_in({"annotations": annotations}) == pictures


def test_a_response_of_another_shape_has_none():
    assert KIND.pictures_in(None) == []
