import pytest

from audits.task_types import task_type
from labelops.errors import InvalidInput

KIND = task_type("documenttranscription")


def test_what_was_read_is_a_list():
    KIND.check_response({}, {"annotations": [{"label": "total", "text": "1"}], "fields": {"tax": "2"}})
    with pytest.raises(InvalidInput):
        KIND.check_response({}, {"annotations": {"total": "1"}})


def test_changed_words_are_marked():
    before = {"annotations": [{"uuid": "1", "label": "customer", "text": "12 Canal Steet"}]}
    after = {"annotations": [{"uuid": "1", "label": "customer", "text": "12 Canal Street"}]}
    (change,) = KIND.compare(before, after).changes
    assert ("removed", "Steet") in change.words
    assert ("added", "Street") in change.words


def test_the_sample_has_what_the_task_asks_for():
    sample = KIND.sample_response({"features": ["total", {"label": "tax"}]})
    assert [one["label"] for one in sample["annotations"]] == ["total", "tax"]
