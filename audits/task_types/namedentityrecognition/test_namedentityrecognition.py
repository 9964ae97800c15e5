import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.task_types import task_type
from labelops.errors import InvalidInput

KIND = task_type("namedentityrecognition")
PARAMS = {"text": "Ada 🇬🇧 met Bob.", "labels": ["Person", {"name": "Place"}]}
SPANS = st.lists(
    st.builds(lambda start, size, label: {"start": start, "end": start + size, "label": label},
              st.integers(0, 9), st.integers(1, 5), st.sampled_from(["Person", "Place"])),
    max_size=6,
)  # fmt: skip


@pytest.mark.parametrize("span", [(0, 3, "Person"), (4, 6, "Place"), (0, len(PARAMS["text"]), "Place")])
def test_spans_count_code_points(span):
    start, end, label = span
    KIND.check_response(PARAMS, {"annotations": [{"start": start, "end": end, "label": label}]})


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ({"start": 0, "end": 16, "label": "Person"}, "the text has 15 characters"),
        ({"start": 3, "end": 3, "label": "Person"}, "annotations/0"),
        ({"start": -1, "end": 3, "label": "Person"}, "annotations/0"),
        ({"start": 0, "end": 3, "label": "Thing"}, "use one of Person, Place"),
        ({"start": "0", "end": 3, "label": "Person"}, "annotations/0/start"),
    ],
)
def test_spans_that_do_not_fit(span, said):
    with pytest.raises(InvalidInput, match=said):
        KIND.check_response(PARAMS, {"annotations": [span]})


@given(SPANS, SPANS)
def test_every_span_is_told_once(before, after):
    kinds = [change.kind for change in KIND.compare({"annotations": before}, {"annotations": after}).changes]
    assert len(after) - len(before) == kinds.count("added") - kinds.count("removed")


@given(SPANS)
def test_the_order_of_spans_means_nothing(spans):
    assert KIND.compare({"annotations": spans}, {"annotations": spans[::-1]}).changes == ()
