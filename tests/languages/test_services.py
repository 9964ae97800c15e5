"""What services and the rule engine refuse is said in the reader's language, and in English on the wire."""

import ast
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation

from crowd_rules.engine.lint import Surroundings, lint
from crowd_rules.engine.sentences import Sentence, say, say_number
from crowd_rules.engine.validation import Setting, check_configs
from crowd_rules.services.refusals import InvalidRules, NothingLeft
from crowd_rules.services.sentences import in_words
from crowd_rules.views.money import in_dollars
from tests.crowd_rules.crowd import config, suspend

ROOT = Path(__file__).parents[2]
ERRORS = {"InvalidInput", "NotFound", "Conflict", "Forbidden", "WrongStatus", "WrongPoolStatus"}
# Calls of machines are answered in English; the performers' pages have words of their own for what these refuse.
ENGLISH = {"task_batches.py", "hand_out.py", "submitting.py", "giving_back.py", "holding.py"}
SERVICES = [path for path in (ROOT / "crowd_rules/services").glob("*.py") if path.name not in ENGLISH]


def bare(node: ast.AST) -> list[str]:
    """Sentences that stand in an error as they are."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and " " in node.value else []
    if isinstance(node, ast.JoinedStr):
        return [ast.unparse(node)]
    inner = node.values if isinstance(node, ast.Dict) else []
    return [text for one in inner for text in bare(one)]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_no_service_refuses_past_gettext(path):
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS:
            found += [text for one in [*node.args, *(word.value for word in node.keywords)] for text in bare(one)]
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "message":
            found += bare(node.value)
    assert found == []


def test_rules_are_refused_in_the_readers_language():
    broken = config("SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", "GTE", ""), days=""))
    problems = check_configs([broken], Setting())
    assert all(isinstance(one.message, Sentence) for one in problems)
    with translation.override("en"):
        assert set(InvalidRules(problems).fields.values()) == {"Give a value.", "Fill in “For how long”."}
    with translation.override("de"):
        assert set(InvalidRules(problems).fields.values()) == {
            "Geben Sie einen Wert an.",
            "Füllen Sie „Für wie lange“ aus.",
        }
        assert str(NothingLeft().message) == "In diesem Pool ist im Augenblick nichts mehr für Sie da."


def test_advice_and_numbers_follow_the_language():
    skips = config("SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", "GTE", 2)))
    (few,) = (one for one in lint([skips], Surroundings(suites=1)) if one.code == "FEW_SUITES")
    assert few.sentence.startswith("There is only 1 page in the pool")
    many = say_number("At most %(number)s character.", "At most %(number)s characters.", 2048)
    assert many == "At most 2,048 characters."
    with translation.override("de"):
        assert in_words(few.sentence).startswith("Es gibt nur 1 Seite im Pool")
        assert in_words(many) == "Höchstens 2.048 Zeichen."
        assert in_dollars_of("1234.5") == "1.234,50 $"
    assert in_words("as it came") == "as it came"
    assert say("% accepted") == "% accepted", "a label's percent sign is one"
    assert (in_dollars_of("1234.5"), in_dollars_of("0.0125"), in_dollars_of("3")) == ("$1,234.50", "$0.0125", "$3.00")


def in_dollars_of(amount: str) -> str:
    return in_dollars(Decimal(amount))
