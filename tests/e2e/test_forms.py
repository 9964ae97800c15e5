"""Every form: what somebody changes in it is stored and nothing else; and axe finds no fault in it."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import Page, expect

from audits.models import Task
from tests.audits.scene import Scene
from tests.e2e.conftest import picture
from tests.e2e.forms import (
    ROAD,
    TEXT,
    mask,
    on_screen,
    open_task,
    pixels_of,
    span,
    store,
    submit,
    tone,
    wait_for_image,
)

AXE = Path(settings.BASE_DIR, "node_modules/axe-core/axe.min.js")
TASKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "imageannotation": (
        {"attachment": "picture", "attachment_type": "image",
         "geometries": {"box": {"objects_to_annotate": ["cell"]}, "polygon": {"objects_to_annotate": ["nucleus"]},
                        "line": {}, "point": {}}},
        {"annotations": [{"uuid": "1", "type": "box", "label": "cell", "left": 40, "top": 40, "width": 9, "height": 7},
                         {"uuid": "2", "type": "ellipse", "label": "odd", "kept": True}], "note": "kept"},
    ),
    "categorization": (
        {"attachment": "Which bird?", "attachment_type": "text", "categories": [f"bird {n}" for n in range(30)]},
        {"category": "bird 1", "note": "kept"},
    ),
    "textcollection": (
        {"attachment": "https://example.com/", "attachment_type": "website", "fields": {"name": "of the shop"},
         "row_fields": {"item": "", "price": "EUR"}},
        {"fields": {"name": "Brot", "other": [1, 2]}, "rows": [{"item": "roll", "price": "0.60"}]},
    ),
    "namedentityrecognition": (
        {"text": TEXT, "labels": ["Person", "Place", "Date"]},
        {"annotations": [span("Person", "Ada Lovelace"), span("Place", "London")], "note": "kept"},
    ),
    "comparison": (
        {"attachments": ["one side", "another side"], "attachment_type": "text", "choices": ["first", "second"]},
        {"choice": "first", "fields": {"sure": True}},
    ),
    "documenttranscription": (
        {"attachment": "picture", "attachment_type": "image", "features": ["total", "date"]},
        {"annotations": [{"uuid": "1", "label": "total", "text": "12", "page": 0, "left": 40, "top": 40, "width": 120,
                          "height": 80}]},
    ),
    "segmentannotation": (
        {"attachment": "picture", "attachment_type": "image", "labels": ["car", "road"]},
        {"annotations": {"combined": {"image": mask(), "note": 1}}, "labelMapping": {"car": {"color": "#ff8800"}}},
    ),
    "custom": ({"question": "How many?"}, {"answer": 3, "sure": True}),
}  # fmt: skip


def make(scene: Scene, kind: str) -> Task:
    params, response = TASKS[kind]
    if params.get("attachment") == "picture":
        params = params | {"attachment": picture()}
    return scene.add_task(done=False, type=kind, params=params, response=response, unique_id=kind)


def edit_image(page: Page) -> None:
    wait_for_image(page)
    page.keyboard.press("y")
    for corner in ((200, 60), (300, 60), (250, 150)):
        page.mouse.click(*on_screen(page, *corner))
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=live]")).to_contain_text("polygon 2 of 2, 3 points")
    page.keyboard.press("2")
    page.keyboard.press("o")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(" ")
    expect(page.locator("[data-part=live]")).to_contain_text("point 3 of 3")


def edit_category(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("bird 17")
    page.keyboard.press("Enter")


def edit_text(page: Page) -> None:
    page.get_by_label("name").fill("Brot & Co")
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("item").nth(1).fill("loaf")


def edit_spans(page: Page) -> None:
    page.keyboard.press("ArrowRight")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("[data-part=live]")).to_have_text("“Charles Babbage” selected")
    page.keyboard.press("1")
    expect(page.locator("[data-part=live]")).to_contain_text("Person, “Charles Babbage”")


def edit_document(page: Page) -> None:
    page.get_by_label("total").fill("12.50")
    expect(page.locator(".document__place[data-selected]")).to_be_attached()


def edit_segments(page: Page) -> None:
    """A road with the mouse, undone and done again, and a corner of the car rubbed out from the keyboard."""
    wait_for_image(page)
    page.keyboard.press("2")
    page.mouse.move(*on_screen(page, 250, 250))
    page.mouse.down()
    page.mouse.move(*on_screen(page, 350, 250), steps=4)
    page.mouse.up()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("x")
    page.keyboard.press("1")
    page.locator("[data-part=stage]").focus()
    page.keyboard.press("Shift+ArrowLeft")
    for _ in range(8):
        page.keyboard.press("Shift+ArrowLeft")
    for _ in range(7):
        page.keyboard.press("Shift+ArrowUp")
    expect(page.locator("[data-part=live]")).to_have_text("110, 80: car")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=live]")).to_contain_text("car has 9,4")


def check_segments(response: dict[str, Any]) -> None:
    seen = pixels_of(response["annotations"]["combined"]["image"])
    places = {(60, 60): (255, 136, 0, 255), (300, 250): (*ROAD, 255), (110, 80): (0, 0, 0, 0), (10, 10): (0, 0, 0, 0),
              (390, 290): (0x12, 0x34, 0x56, 255)}  # fmt: skip
    assert {place: seen.getpixel(place) for place in places} == places
    told = response["repainted"]["labels"]
    assert told["car"] == {"added": 0, "removed": 9600 - count(seen, (255, 136, 0, 255)), "iou": told["car"]["iou"]}
    assert told["road"] == {"added": count(seen, (*ROAD, 255)), "removed": 0, "iou": 0}
    assert response["labelMapping"] == {"car": {"color": "#ff8800"}, "road": {"color": "#56b4e9", "index": 2}}
    assert response["annotations"]["combined"]["note"] == 1


def count(image: Image.Image, colour: tuple[int, ...]) -> int:
    return sum(number for number, one in image.getcolors(1000) if one == colour)


def edit_json(page: Page, before: str, after: str) -> None:
    field = page.locator("[data-part=code] .cm-content")
    expect(field).to_be_visible()
    text = page.locator("[data-part=text]").input_value()
    field.fill(text.replace(before, after))


EDITS = {
    "imageannotation": edit_image,
    "categorization": edit_category,
    "textcollection": edit_text,
    "namedentityrecognition": edit_spans,
    "comparison": lambda page: page.keyboard.press("2"),
    "documenttranscription": edit_document,
    "segmentannotation": edit_segments,
    "custom": lambda page: edit_json(page, "3", "4"),
}


def expected(kind: str, response: dict[str, Any]) -> dict[str, Any]:
    before = TASKS[kind][1] | {"is_customer_fix": True}
    if kind == "imageannotation":
        new = [one for one in response["annotations"][2:] if one.pop("uuid")]
        (polygon, point) = new
        corners = [(200, 60), (300, 60), (250, 150)]
        found = [(corner["x"], corner["y"]) for corner in polygon["vertices"]]
        assert all(
            abs(a - b) <= 1 for one, two in zip(found, corners, strict=True) for a, b in zip(one, two, strict=True)
        )
        assert (polygon["label"], polygon["type"], point["type"]) == ("nucleus", "polygon", "point")
        return before | {"annotations": before["annotations"] + new}
    if kind == "segmentannotation":
        check_segments(response)
        return response
    changes = {
        "categorization": {"category": "bird 17"},
        "textcollection": {"fields": {"name": "Brot & Co", "other": [1, 2]},
                           "rows": [{"item": "roll", "price": "0.60"}, {"item": "loaf", "price": ""}]},
        "namedentityrecognition": {"annotations": [*before.get("annotations", []), span("Person", "Charles Babbage")]},
        "comparison": {"choice": "second"},
        "documenttranscription": {"annotations": [TASKS[kind][1].get("annotations", [{}])[0] | {"text": "12.50"}]}
        if kind == "documenttranscription" else {},
        "custom": {"answer": 4},
    }  # fmt: skip
    return before | changes[kind]


@pytest.mark.parametrize("kind", TASKS)
def test_what_is_changed_is_stored_and_the_rest_is_kept(enter, scene, kind):
    page, task = enter("alice"), make(scene, kind)
    open_task(page, scene, task)
    EDITS[kind](page)
    expect(page.locator("[data-difference]")).to_be_visible()
    response = submit(page, scene, task)
    assert response == expected(kind, response)


@pytest.mark.parametrize("kind", TASKS)
def test_undo_brings_back_what_was_submitted(enter, scene, kind):
    page, task = enter("alice"), make(scene, kind)
    open_task(page, scene, task)
    EDITS[kind](page)
    expect(page.get_by_role("button", name="Discard")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("[data-difference]")).to_be_hidden()
    expect(page.get_by_role("button", name="Approve")).to_be_enabled()


def serious(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())  # As the browser tools run code: the policy forbids a script of the page.
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found if one["impact"] in ("serious", "critical") for node in one["nodes"]
    ]  # fmt: skip


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", TASKS)
def test_axe_finds_nothing_serious(enter, scene, kind, theme):
    page, task = enter("alice", color_scheme=theme), make(scene, kind)
    editor = open_task(page, scene, task, edit=False)
    expect(editor).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("m")
    if kind == "custom":
        expect(page.locator("[data-part=code] .cm-content")).to_be_visible()
    assert serious(page) == []


def test_a_transcript_is_written_while_the_sound_plays(enter, scene):
    params = {"attachment": store(scene, "a.wav", tone()), "attachment_type": "audio"}
    task = scene.add_task(done=False, type="transcription", params=params, response={"transcript": "to be or"})
    page = enter("alice")
    open_task(page, scene, task)
    page.get_by_label("transcript").press_sequentially(" not")
    page.keyboard.press("Alt+l")
    assert page.evaluate("document.querySelector('audio').currentTime") >= 3
    page.keyboard.press("Alt+.")
    expect(page.locator("[data-speed]")).to_have_text("1.25 ×")
    page.get_by_label("transcript").press("End")
    page.keyboard.type(" to be")
    assert page.get_by_label("transcript").input_value() == "to be or not to be"
    assert submit(page, scene, task)["transcript"] == "to be or not to be"


def test_the_other_way_round_the_left_arrow_goes_on(enter, scene):
    text = "ذهبت ليلى إلى القاهرة"
    params = {"text": text, "labels": ["Person", "Place"]}
    task = scene.add_task(done=False, type="namedentityrecognition", params=params, response={"annotations": []})
    page = enter("alice")
    open_task(page, scene, task)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("1")
    start = text.index("ليلى")
    assert submit(page, scene, task)["annotations"] == [
        {"start": start, "end": start + 4, "text": "ليلى", "label": "Person"}
    ]


def test_words_chosen_with_the_mouse_may_overlap_another_span(enter, scene):
    task = make(scene, "namedentityrecognition")
    page = enter("alice")
    open_task(page, scene, task)
    page.get_by_text("Lovelace", exact=False).first.evaluate(
        """(element) => {
            const walker = document.createTreeWalker(element.closest('[data-part=text]'), NodeFilter.SHOW_TEXT);
            const node = walker.nextNode();
            getSelection().setBaseAndExtent(node, 4, node, node.data.length);
        }"""
    )
    page.locator("[data-part=text]").dispatch_event("pointerup")
    expect(page.locator("[data-part=live]")).to_have_text("“Lovelace” selected")
    page.get_by_role("button", name="Place").first.click()
    response = submit(page, scene, task)
    assert span("Place", "Lovelace") in response["annotations"]
    assert span("Person", "Ada Lovelace") in response["annotations"]


def test_wrong_json_is_said_with_its_line_and_not_submitted(enter, scene):
    schema = {"type": "object", "properties": {"answer": {"type": "integer", "maximum": 9}}}
    task = scene.add_task(
        done=False, type="custom", params={"response_schema": schema}, response={"sure": 1, "answer": 3}
    )
    page = enter("alice")
    open_task(page, scene, task)
    field = page.locator("[data-part=code] .cm-content")
    field.fill('{\n  "sure": 1,\n  "answer": \n}')
    expect(page.locator("[data-part=error]")).to_have_text("Line 4 is not valid JSON: a value is missing.")
    field.fill('{\n  "sure": 1,\n  "answer": 12\n}')
    expect(page.locator("[data-part=error]")).to_have_text("Line 3: answer: must be at most 9.")
    expect(page.locator(".cm-lint-marker-error")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-hint]")).to_have_text("Line 3: answer: must be at most 9.")


def test_segments_that_cannot_be_read_are_edited_as_json(enter, scene):
    # Of two sizes: nobody knows which pixel is meant.
    pictures = {"car": mask(), "road": "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="}
    response = {"annotations": pictures, "labelMapping": {"car": {"color": "#ff8800"}}}
    task = scene.add_task(done=False, type="segmentannotation", params={"attachment": picture()}, response=response)
    page = enter("alice")
    open_task(page, scene, task)
    edit_json(page, "#ff8800", "#0088ff")
    expect(page.locator("[data-difference-list]")).to_contain_text("labelMapping.car.color: #ff8800 → #0088ff")
    assert submit(page, scene, task)["labelMapping"] == {"car": {"color": "#0088ff"}}
