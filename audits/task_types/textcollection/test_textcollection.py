import pytest

from audits.task_types import task_type
from audits.task_types.textcollection.sample import field_names
from labelops.errors import InvalidInput


@pytest.mark.parametrize("name", ["textcollection", "transcription", "datacollection"])
def test_fields_and_rows_have_their_shapes(name):
    kind = task_type(name)
    kind.check_response({}, {"fields": {"a": "b"}, "rows": [{"a": "b"}]})
    kind.check_response({}, {"transcript": "to be"})
    for wrong in ({"fields": ["a"]}, {"rows": {"a": "b"}}, {"rows": ["a"]}):
        with pytest.raises(InvalidInput):
            kind.check_response({}, wrong)


def test_fields_are_named_by_the_task():
    assert field_names({"fields": {"name": "whose", "age": "years"}}) == ["name", "age"]
    assert field_names({"fields": [{"field_id": "name"}, {"title": "no id"}]}) == ["name"]
    assert field_names({"fields": "name"}) == []
