"""A stored file as an answer: never as a page of this site."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from audits.models import Attachment
from audits.services.attachment_content import INLINE, UNKNOWN
from labelops.errors import NotFound

# Python reads no number of more than 4,300 digits.
RANGE = re.compile(r"bytes=(\d{0,1000})-(\d{0,1000})", re.ASCII)
BLOCK = 64 * 1024
# Should a browser ever take a file for a page, it runs nothing there and reaches nothing of this site.
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'"


def answer_file(request: HttpRequest, found: Attachment) -> HttpResponseBase:
    """The file or the part of it that is asked for. Raises NotFound where it is not fetched, or gone."""
    if found.state != Attachment.State.KEPT:
        raise NotFound(found.failure or _("This file is still to be fetched. Try again in a moment."))
    etag = f'"{found.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        return _safe(HttpResponse(status=304), found, etag)
    span = _span(request.headers.get("Range", ""), found.size)
    return _safe(_whole(found) if span is None else _part(found, *span), found, etag)


def _safe(response: HttpResponseBase, found: Attachment, etag: str) -> HttpResponseBase:
    inline = found.content_type in INLINE
    kind = found.content_type if inline else UNKNOWN
    response["Content-Type"] = f"{kind}; charset=utf-8" if kind == "text/plain" else kind
    response["Content-Disposition"] = content_disposition_header(not inline, found.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    # What an id names never changes; who may see it might.
    response["Cache-Control"] = "private, max-age=3600"
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    return response


def _opened(found: Attachment) -> BinaryIO:
    try:
        return found.file.open("rb")
    except FileNotFoundError as error:
        raise NotFound(_("The file of this attachment is gone from the storage.")) from error


def _whole(found: Attachment) -> FileResponse:
    response = FileResponse(_opened(found))
    response["Content-Length"] = str(found.size)
    return response


def _span(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; None for the whole file, also where the header is anything else."""
    match = RANGE.fullmatch(header.strip())
    if not match or match.groups() == ("", "") or size == 0:
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _part(found: Attachment, first: int, last: int) -> HttpResponseBase:
    if first >= found.size or first > last:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{found.size}"
        return response
    response = StreamingHttpResponse(_blocks(_opened(found), first, last - first + 1), status=206)
    response["Content-Range"] = f"bytes {first}-{last}/{found.size}"
    response["Content-Length"] = str(last - first + 1)
    return response


def _blocks(file: BinaryIO, start: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while length > 0 and (block := file.read(min(BLOCK, length))):
            length -= len(block)
            yield block
