from audits.task_types import task_type
from audits.task_types.fields import TEMPLATE, addresses_in, form_of

SPEC = {"input_spec": {"image": {"type": "url"}}, "output_spec": {"mood": {"type": "string"}}}


def test_a_type_without_a_form_of_its_own_has_the_projects():
    assert form_of(task_type("custom"), SPEC) == (TEMPLATE, SPEC)
    assert form_of(task_type("categorization"), SPEC) == ("task_types/categorization/editor.html", None)


def test_without_fields_it_is_json():
    for nothing in (None, {}, {"input_spec": {"image": {"type": "url"}}}, {"output_spec": {}}):
        assert form_of(task_type("custom"), nothing) == ("task_types/json/editor.html", None)


def test_addresses_stand_in_values_and_lists():
    params = {"image": "https://a.example/1.png", "more": ["http://b.example/2", 3, None], "text": "https", "n": 4}
    assert addresses_in(params) == ["https://a.example/1.png", "http://b.example/2"]
