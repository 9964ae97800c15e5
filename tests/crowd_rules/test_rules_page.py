"""docs/rules.md: each line says by which test it is shown, and that test is there."""

import re
from pathlib import Path

import pytest

from crowd_rules.engine import lint

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "rules.md").read_text()
TESTS = {path.name: path.read_text() for path in HERE.rglob("test_*.py")}
LINES = re.findall(
    r"^\*\*.+?(?=\n\n|\Z)", PAGE.partition("## Line by line")[2].partition("\n## ")[0], re.MULTILINE | re.DOTALL
)
NAMES = sorted(set(re.findall(r"`(test_\w+)`", PAGE)))


@pytest.mark.parametrize("line", LINES, ids=lambda line: re.sub(r"\W+", "-", line[2:42]).strip("-"))
def test_a_line_names_its_test(line):
    assert re.search(r"`test_\w+(\.py)?`", line)


@pytest.mark.parametrize("name", NAMES)
def test_a_named_test_is_there(name):
    assert any(f"def {name}(" in source for source in TESTS.values())


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+\.py)`", PAGE))))
def test_a_named_file_is_there(name):
    assert name in TESTS


def test_the_advice_is_listed_whole():
    known = set(re.findall(r'Lint\("([A-Z_]+)"', Path(lint.__file__).read_text()))
    listed = re.findall(r"`([A-Z_]+)`", "".join(re.findall(r"^\| (.+?) \|", PAGE, re.MULTILINE)))
    assert known == set(listed)
