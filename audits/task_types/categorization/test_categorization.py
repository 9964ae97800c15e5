import pytest

from audits.task_types import task_type
from labelops.errors import InvalidInput

KIND = task_type("categorization")
PARAMS = {"categories": ["duck", {"name": "goose"}]}


@pytest.mark.parametrize("response", [{"category": "duck"}, {"category": ["duck", "goose"]}, {"categories": []}])
def test_fits(response):
    KIND.check_response(PARAMS, response)


@pytest.mark.parametrize("response", [{"category": "swan"}, {"categories": ["duck", "swan"]}, {"category": 7}, {}])
def test_does_not_fit(response):
    with pytest.raises(InvalidInput):
        KIND.check_response(PARAMS, response)
