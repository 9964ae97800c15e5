"""An export as an HTTP answer."""

from typing import BinaryIO

from django.http import FileResponse

from reports.exporting.columns import Format
from reports.exporting.writing import CONTENT_TYPES
from reports.models import Export


def answer_export(file: BinaryIO, export: Export) -> FileResponse:
    """The file for saving, never as a page of this site and kept by nobody on the way."""
    response = FileResponse(file, as_attachment=True, filename=export.file_name)
    response["Content-Type"] = CONTENT_TYPES[Format(export.format)]
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
