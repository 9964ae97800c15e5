"""Tasks of every form, and what a person does with one that is open in the workspace."""

import base64
import io
import json
import math
import struct
import wave
from typing import Any

from django.utils import timezone
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from audits.models import Task
from audits.services.attachments import store_attachment
from tests.audits.files import shared_data
from tests.audits.scene import Scene

TEXT = "Ada Lovelace met Charles Babbage in London 🇬🇧 in June 1833."


def span(label: str, words: str) -> dict[str, Any]:
    start = TEXT.index(words)
    return {"start": start, "end": start + len(words), "text": words, "label": label}


def tone() -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(i / 9))) for i in range(8000 * 12)))
    return data.getvalue()


ROAD = (0x56, 0xB4, 0xE9)  # The first colour of the palette that is free.


def mask() -> str:
    """Segments for the picture of conftest: a car where the upper ellipse is, and a colour that no label has."""
    image = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, 159, 119), fill="#ff8800")
    draw.rectangle((380, 280, 399, 299), fill="#123456")
    data = io.BytesIO()
    image.save(data, "PNG")
    return f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"


def pixels_of(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGBA")


def store(scene: Scene, name: str, data: bytes) -> str:
    with scene.scope():
        owner = scene.members["owner"].user
        stored = store_attachment(
            organization=scene.organization, actor=owner, name=name, file=io.BytesIO(data), now=timezone.now()
        )
        return stored.reference


def blood_cells(scene: Scene, number: int = 0) -> Task:
    """A photograph of the BCCD corpus with its boxes; skips where the data are not there."""
    folder = shared_data()
    record = json.loads((folder / "scale_format/tasks_bccd.json").read_text())[number]
    picture = (folder / record["params"]["attachment"]).read_bytes()
    params = record["params"] | {"attachment": store(scene, record["unique_id"], picture)}
    return scene.add_task(
        done=False, type="imageannotation", params=params, unique_id=record["unique_id"], response=record["response"],
        instruction=record["instruction"],
    )  # fmt: skip


def open_task(page: Page, scene: Scene, task: Task, *, edit: bool = True) -> Locator:
    """The task's editor in the workspace, in the mode for changes."""
    page.goto(f"/o/{scene.organization.slug}/tasks/{task.public_id}/audit/")
    editor = page.locator("[data-task-editor]")
    if edit:
        page.keyboard.press("m")
        expect(editor).to_have_attribute("data-readonly", "false")
    return editor


def wait_for_image(page: Page) -> None:
    expect(page.locator("[data-task-editor][data-ready]")).to_be_attached()
    page.wait_for_timeout(150)  # The frame in which the shapes are drawn.


def submit(page: Page, scene: Scene, task: Task) -> dict[str, Any]:
    """Submits the changes, waits for the list, and gives the response that is stored now."""
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/tasks/")
    return scene.reload(task).response


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where on the page a pixel of the image is."""
    image = page.locator("[data-part=image]")
    box = image.bounding_box()
    natural = image.evaluate("one => [one.naturalWidth, one.naturalHeight]")
    return box["x"] + x * box["width"] / natural[0], box["y"] + y * box["height"] / natural[1]
