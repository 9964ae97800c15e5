"""A picture with far more boxes than anybody should have to check."""

import random
from typing import Any

SIZE = (4000, 3000)
LABELS = ["car", "person", "tree", "sign", "lamp", "bicycle"]


def crowded_boxes(number: int) -> list[dict[str, Any]]:
    chance = random.Random(20261122)
    return [_box(chance, index) for index in range(number)]


def _box(chance: random.Random, index: int) -> dict[str, Any]:
    width, height = chance.randint(20, 120), chance.randint(20, 120)
    left, top = chance.randint(0, SIZE[0] - width), chance.randint(0, SIZE[1] - height)
    place = {"left": left, "top": top, "width": width, "height": height}
    return {"uuid": f"box-{index}", "type": "box", "label": chance.choice(LABELS), **place}
