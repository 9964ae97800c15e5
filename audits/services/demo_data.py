"""The demo's data, drawn and written here and nowhere else: the same seed makes the same pictures and texts."""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw

SEED = 20261122
PICTURES, TEXTS = 24, 40
SIZE = (640, 420)
LABELS = ["Circle", "Square"]
BACKGROUNDS = ["#f4f1ea", "#e7eef5", "#eef3e6", "#f5e9ec"]
COLOURS = ["#c2412d", "#1d6fa5", "#2f7d4f", "#b07d12", "#6b4aa0"]
REASONS = {
    "Shapes": ["Box too loose", "Box cuts into the shape", "Shape missed", "Wrong label", "Box without a shape"],
    "Customer mood": ["Mood misread", "Irony missed", "Cannot be told"],
}
MOODS = ["positive", "neutral", "negative"]
THINGS = ["parcel", "kettle", "invoice", "headset", "delivery", "lamp", "app", "warranty"]
SENTENCES = {
    "positive": ["The {} came a day early and works well.", "I would buy this {} again.", "Your {} saved my week."],
    "neutral": [
        "I asked about my {} on Monday.",
        "The {} is the grey one, not the blue one.",
        "Which {} is meant here?",
    ],
    "negative": [
        "The {} broke on the second day.",
        "Nobody answers when I ask about the {}.",
        "Third wrong {} in a row.",
    ],
}
PERFORMERS = [f"performer-{number}" for number in range(1, 6)]
SHAPES_PROJECT, MOOD_PROJECT = "Shapes", "Customer mood"
PROJECTS: dict[str, dict[str, Any]] = {
    SHAPES_PROJECT: {
        "type": "imageannotation",
        "instruction": "Generated demo data. Draw a tight box around every circle and every square.",
        "attachment_type": "image",
        "geometries": {"box": {"objects_to_annotate": LABELS, "min_height": 8, "min_width": 8}},
    },
    MOOD_PROJECT: {
        "type": "categorization",
        "instruction": "Generated demo data. How does the customer feel?",
        "attachment_type": "text",
        "categories": MOODS,
    },
}


@dataclass(frozen=True)
class Shape:
    label: str
    colour: str
    left: int
    top: int
    side: int

    def is_apart_from(self, other: "Shape") -> bool:
        gap = 12 + max(self.side, other.side)
        return abs(self.left - other.left) > gap or abs(self.top - other.top) > gap

    def box(self, number: int) -> dict[str, Any]:
        sides = {"left": self.left, "top": self.top, "width": self.side, "height": self.side}
        return {"uuid": f"box-{number}", "type": "box", "label": self.label, **sides}


def draw_shapes(chance: random.Random) -> list[Shape]:
    """Four to eight that do not touch."""
    wanted, found = chance.randint(4, 8), []
    while len(found) < wanted:
        side = chance.randint(36, 88)
        left, top = chance.randint(8, SIZE[0] - side - 8), chance.randint(8, SIZE[1] - side - 8)
        shape = Shape(chance.choice(LABELS), chance.choice(COLOURS), left, top, side)
        if all(shape.is_apart_from(other) for other in found):
            found.append(shape)
    return found


def picture_of(shapes: list[Shape], background: str) -> bytes:
    """A PNG of SIZE pixels."""
    image = Image.new("RGB", SIZE, background)
    pen = ImageDraw.Draw(image)
    for shape in shapes:
        corners = (shape.left, shape.top, shape.left + shape.side - 1, shape.top + shape.side - 1)
        (pen.ellipse if shape.label == "Circle" else pen.rectangle)(corners, fill=shape.colour)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def boxes_of(shapes: list[Shape], chance: random.Random) -> list[dict[str, Any]]:
    """The right boxes, in every third picture with one mistake: shifted, mislabelled or forgotten."""
    boxes = [shape.box(number) for number, shape in enumerate(shapes)]
    if chance.random() < 1 / 3:
        wrong = chance.choice(boxes)
        mistake = chance.choice(["shifted", "mislabelled", "forgotten"])
        if mistake == "shifted":
            wrong["left"], wrong["top"] = max(0, wrong["left"] - 14), wrong["top"] + 11
        elif mistake == "mislabelled":
            wrong["label"] = next(label for label in LABELS if label != wrong["label"])
        else:
            boxes.remove(wrong)
    return boxes


def pictures(*, now: datetime) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Picture and record; the attachment is the caller's to fill in."""
    chance = random.Random(SEED)  # noqa: S311
    for number in range(PICTURES):
        shapes = draw_shapes(chance)
        record = {"unique_id": f"demo-shapes-{number:02d}", "project": SHAPES_PROJECT, "batch": "Shapes, first batch"}
        done = {**record, "response": {"annotations": boxes_of(shapes, chance)}, **_when(chance, now)}
        yield picture_of(shapes, chance.choice(BACKGROUNDS)), record if number % 8 == 7 else done


def texts(*, now: datetime) -> Iterator[dict[str, Any]]:
    chance = random.Random(SEED + 1)  # noqa: S311
    for number in range(TEXTS):
        mood = chance.choice(MOODS)
        text = chance.choice(SENTENCES[mood]).format(chance.choice(THINGS))
        answer = chance.choice(MOODS) if chance.random() < 0.2 else mood
        yield {
            "unique_id": f"demo-mood-{number:02d}", "project": MOOD_PROJECT, "batch": "Mood, first batch",
            "params": {"attachment": text}, "response": {"category": answer}, **_when(chance, now),
        }  # fmt: skip


def _when(chance: random.Random, now: datetime) -> dict[str, Any]:
    """Created and done within the last four weeks, by one of the performers."""
    completed = now - timedelta(minutes=chance.randint(60, 28 * 24 * 60))
    created = completed - timedelta(minutes=chance.randint(5, 600))
    times = {"created_at": created.isoformat(), "completed_at": completed.isoformat()}
    return {**times, "completed_by": chance.choice(PERFORMERS)}
