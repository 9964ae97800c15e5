"""A form is one folder with all of its parts, known to the server, to the scripts and to the stylesheet."""

from pathlib import Path

import pytest

from audits.task_types import FORMS, JSON_FORM, TASK_TYPES

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
PARTS = ("editor.html", "editor.js", "editor.css", "difference.js", "differences.json")
PARAMS = {
    "attachment": "https://example.com/a.png", "text": "Ada met Bob.", "labels": ["Person"],
    "categories": ["a", "b"], "choices": ["a", "b"], "fields": {"name": "whose"}, "features": ["total"],
    "geometries": {"box": {"objects_to_annotate": ["cell"]}, "polygon": {}, "line": {}, "point": {}},
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_folder_has_every_part(form):
    parts = PARTS if form == JSON_FORM else (*PARTS, "schema.json", f"test_{form}.py")
    assert [part for part in parts if not (FOLDER / form / part).is_file()] == []


@pytest.mark.parametrize("form", FORMS)
def test_scripts_and_stylesheet_know_it(form):
    assert f"task_types/{form}/editor.js" in (ROOT / "static/js/task_types/index.js").read_text()
    assert f"task_types/{form}/editor.css" in (ROOT / "static/css/parts/editors.css").read_text()


@pytest.mark.parametrize("name", TASK_TYPES)
@pytest.mark.parametrize("params", [PARAMS, {"attachment": "x", "text": "a", "labels": ["b"]}], ids=["full", "bare"])
def test_the_sample_fits_its_own_type(name, params):
    kind = TASK_TYPES[name]
    kind.check_params(params)
    kind.check_response(params, kind.sample_response(params))
