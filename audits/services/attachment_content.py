"""What a file is, judged by its bytes and never by its name, and whether it may be kept."""

import codecs
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image

from labelops.errors import InvalidInput
from labelops.lists.paging import in_digits

HEAD = 4096
TOO_MANY_PIXELS = gettext_lazy("The image has too many pixels. Scale it down: at most %(most)s.")
UNKNOWN = "application/octet-stream"
# Offset, bytes, type. Only what a browser may show in place of a task stands here, and what must never be shown.
SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"%PDF-", "application/pdf"),
)
# Shown inside of a page; everything else is offered for download.
INLINE = frozenset({kind for _, _, kind in SIGNATURES if kind != "application/pdf"} | {"text/plain"})
PIXELS_CHECKED = ("image/png", "image/jpeg", "image/gif", "image/webp")
MARKUP = (b"<svg", b"<!doctype", b"<html", b"<?xml", b"<script", b"<body", b"<head")


def sniff_type(head: bytes) -> str:
    """The type of a file that begins so; `text/plain` for text that is no markup, UNKNOWN for the rest."""
    for offset, mark, kind in SIGNATURES:
        if head.startswith(mark, offset) and (offset != 8 or head.startswith(b"RIFF")):
            return kind
    return "text/plain" if _is_plain_text(head) else UNKNOWN


def _is_plain_text(head: bytes) -> bool:
    if any(mark in head.lower() for mark in MARKUP) or any(byte < 32 and byte not in b"\t\n\r\f" for byte in head):
        return False
    try:
        # The cut may fall into a character; a whole file's end may not.
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD)
    except UnicodeDecodeError:
        return False
    return True


def check_content(file: BinaryIO, size: int) -> str:
    """The content type. Raises InvalidInput for an empty or too large file and for an image that nobody can show."""
    if size == 0:
        raise InvalidInput(_("The file is empty."))
    if size > settings.ATTACHMENT_MAX_BYTES:
        raise InvalidInput(
            _("The file is larger than %(size)s MB.") % {"size": settings.ATTACHMENT_MAX_BYTES // 1024 // 1024}
        )
    file.seek(0)
    kind = sniff_type(file.read(HEAD))
    if kind in PIXELS_CHECKED:
        _check_image(file, kind)
    file.seek(0)
    return kind


def _check_image(file: BinaryIO, kind: str) -> None:
    """Count the pixels by the header alone; then, and only then, decode: a truncated image is refused."""
    file.seek(0)
    try:
        with Image.open(file, formats=[kind.removeprefix("image/").upper()]) as image:
            _check_pixels(image)
            if kind == "image/jpeg":
                # A quarter of the work, and truncation still shows.
                image.draft("L", (max(1, image.width // 8), max(1, image.height // 8)))
            image.load()
    except InvalidInput:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except Exception as error:  # Pillow's decoders raise whatever their libraries do.
        raise InvalidInput(_("The image is damaged or cut off.")) from error


def _too_many_pixels() -> InvalidInput:
    return InvalidInput(TOO_MANY_PIXELS % {"most": in_digits(settings.ATTACHMENT_MAX_PIXELS)})


def _check_pixels(image: Image.Image) -> None:
    if image.width * image.height > settings.ATTACHMENT_MAX_PIXELS:
        raise _too_many_pixels()
