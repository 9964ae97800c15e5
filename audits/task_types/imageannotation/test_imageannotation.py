import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.task_types import task_type
from audits.task_types.imageannotation.geometry import overlap
from labelops.errors import InvalidInput

KIND = task_type("imageannotation")
PARAMS = {
    "geometries": {"box": {"objects_to_annotate": ["cell"]}, "polygon": {"objects_to_annotate": [{"choice": "edge"}]}}
}
BOX = {"type": "box", "label": "cell", "left": 1, "top": 2, "width": 3, "height": 4}
CORNERS = [{"x": 0, "y": 0}, {"x": 9, "y": 0}, {"x": 9, "y": 9}]
WHOLE = st.integers(0, 60)
BOXES = st.builds(lambda x, y, w, h: {"left": x, "top": y, "width": w + 1, "height": h + 1}, WHOLE, WHOLE, WHOLE, WHOLE)


@pytest.mark.parametrize(
    "shape",
    [
        BOX,
        {key: value for key, value in BOX.items() if key != "type"},
        {"type": "polygon", "label": "edge", "vertices": CORNERS},
        {"type": "line", "label": "edge", "vertices": CORNERS[:2]},
        {"type": "point", "label": "cell", "x": 1.5, "y": 0},
        {"type": "ellipse", "whatever": True},
    ],
)
def test_shapes_that_fit(shape):
    KIND.check_response(PARAMS, {"annotations": [shape]})


@pytest.mark.parametrize(
    ("shape", "place"),
    [
        (BOX | {"width": 0}, "annotations/0: width"),
        (BOX | {"left": "1"}, "annotations/0/left"),
        (BOX | {"top": float("nan")}, "annotations/0/top"),
        (BOX | {"label": "tree"}, "annotations/0/label: use one of cell, edge"),
        ({"type": "polygon", "label": "edge", "vertices": CORNERS[:2]}, "annotations/0/vertices: at least 3"),
        ({"type": "line", "label": "edge", "vertices": "x"}, "annotations/0/vertices"),
        (
            {"type": "polygon", "label": "edge", "vertices": [*CORNERS, {"x": True, "y": 1}]},
            "annotations/0/vertices/3/x",
        ),
        ({"type": "point", "label": "cell", "x": 1}, "annotations/0/y"),
    ],
)
def test_shapes_that_do_not_fit_are_named(shape, place):
    with pytest.raises(InvalidInput, match=place):
        KIND.check_response(PARAMS, {"annotations": [shape]})


def test_the_older_types_know_their_kind():
    line = {"label": "edge", "vertices": CORNERS[:2]}
    task_type("lineannotation").check_response({}, {"annotations": [line]})
    with pytest.raises(InvalidInput, match="at least 3"):
        task_type("polygonannotation").check_response({}, {"annotations": [line]})


@given(BOXES, BOXES)
def test_overlap_of_boxes_is_that_of_their_pixels(one, other):
    pixels = [
        {(x, y) for x in range(box["left"], box["left"] + box["width"])
         for y in range(box["top"], box["top"] + box["height"])} for box in (one, other)
    ]  # fmt: skip
    assert overlap(one, other) == pytest.approx(len(pixels[0] & pixels[1]) / len(pixels[0] | pixels[1]))


@given(BOXES, BOXES)
def test_a_polygon_overlaps_as_the_box_it_is(one, other):
    def polygon(box):
        right, bottom = box["left"] + box["width"], box["top"] + box["height"]
        corners = [(box["left"], box["top"]), (right, box["top"]), (right, bottom), (box["left"], bottom)]
        return {"vertices": [{"x": x, "y": y} for x, y in corners]}

    assert overlap(polygon(one), polygon(other)) == pytest.approx(overlap(one, other), abs=0.03)


def test_lines_and_points_have_no_overlap():
    assert overlap({"type": "line", "vertices": CORNERS}, {"type": "line", "vertices": CORNERS}) is None
    assert overlap({"x": 1, "y": 1}, BOX) is None
