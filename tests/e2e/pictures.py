"""Pictures compared by eye's measure: small, in few colours, with room for what two machines draw differently."""

import io
import re
import shutil
import subprocess
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

FOLDER = Path(__file__).parent / "pictures"
WIDTH = 480
COLOURS = 24
# Of 255: what a pixel may differ by, and which share of pixels may differ by more.
NEAR, SHARE = 40, 0.015


def small(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return image.resize((WIDTH, max(1, round(image.height * WIDTH / image.width))), Image.Resampling.LANCZOS)


def keep(image: Image.Image, name: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    image.quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)


def difference(image: Image.Image, name: str) -> float:
    """The share of pixels that differ visibly, 1 where the sizes do."""
    kept = Image.open(FOLDER / f"{name}.png").convert("RGB")
    if abs(kept.height - image.height) > 2:
        return 1.0
    kept = kept.resize(image.size)
    soft = [one.quantize(COLOURS).convert("RGB").filter(ImageFilter.BoxBlur(1.5)) for one in (kept, image)]
    apart = ImageChops.difference(*soft).convert("L").point(lambda value: 255 if value > NEAR else 0)
    return apart.histogram()[255] / (image.width * image.height)


def surroundings(browser_version: str) -> str:
    """What decides how letters are drawn: the browser's version and the font that stands for sans-serif."""
    fonts = [_font(family) for family in ("sans-serif", "Inter", "monospace")] if shutil.which("fc-match") else ["?"]
    return f"Chromium {browser_version.split('.')[0]}, {', '.join(fonts)}"


def _font(family: str) -> str:
    said = subprocess.run(["fc-match", family], capture_output=True, text=True, timeout=20).stdout
    return (re.search(r'"([^"]+)"', said) or ["", "?"])[1]
