"""What scripts say goes through gettext() too: no sentence stands in them as it is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = [path for folder in ("static/js", "audits/task_types") for path in sorted((ROOT / folder).rglob("*.js"))]
COMMENT = re.compile(r"/\*.*?\*/|^\s*//.*?$|^import .*?$", re.DOTALL | re.MULTILINE)
SAID = re.compile(r"\bn?p?gettext\((?:\s*(?:\"(?:[^\"\\]|\\.)*\"|`[^`]*`)\s*,?)+")
TEXT = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|`((?:[^`\\]|\\.)*)`")
# A sentence, or words around a value: “Label ${label}”, “${number} points”.
SENTENCE = re.compile(r"^[A-Z][a-z]+ [a-z$]|\} [a-z]{3,}( [a-z]|\.|$)")
NO_WORDS = re.compile(r"^(Line |Liberation)|\} solid|\bvar\(")


def bare_sentences(source: str) -> list[str]:
    left = SAID.sub("", COMMENT.sub("", source))
    found = [match[1] or match[2] or "" for match in TEXT.finditer(left)]
    return [text for text in found if SENTENCE.search(text) and not NO_WORDS.search(text)]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_script_speaks_past_gettext(path):
    assert bare_sentences(path.read_text()) == []


def test_the_lint_would_find_it():
    source = (
        'say("Nothing here."); tell(`${number} points`); say(gettext("All is well.")); ngettext("One is", "Two are", n)'
    )
    assert bare_sentences(source) == ["Nothing here.", "${number} points"]
