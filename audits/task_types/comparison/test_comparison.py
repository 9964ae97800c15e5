import pytest

from audits.task_types import task_type
from labelops.errors import InvalidInput

KIND = task_type("comparison")


@pytest.mark.parametrize("params", [{"choices": ["1", {"value": "2"}]}, {"attachments": ["a", "b"]}, {}])
def test_a_choice_of_the_list_fits(params):
    KIND.check_response(params, {"choice": "2"})
    KIND.check_response(params, {"fields": {"why": "x"}})


@pytest.mark.parametrize("params", [{"choices": ["a", "b"]}, {"attachments": ["x", "y"]}])
def test_another_does_not(params):
    with pytest.raises(InvalidInput, match="at choice: use one of"):
        KIND.check_response(params, {"choice": "3"})
