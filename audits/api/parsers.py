"""Bodies of API calls: JSON and nothing else, refused before it can hurt."""

from http import HTTPStatus
from typing import IO, Any

from django.conf import settings
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from audits.json_input import parse_json
from labelops.errors import DomainError


class TooLarge(DomainError):
    """The body is longer than REQUEST_MAX_BYTES."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        """The value; an empty body is an empty object, because the client sends one for `{}`, `[]` and None alike."""
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        data = stream.read(most + 1)
        if len(data) > most:
            raise TooLarge(f"The body is larger than {most} bytes. Send the work in several calls.")
        return parse_json(data) if data.strip() else {}


class AlwaysJson(BaseContentNegotiation):
    """There is one format: neither an Accept header nor a `format` key asks for another."""

    def select_parser(self, request: Request, parsers: list[Any]) -> Any:
        kind = request.content_type.partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: list[Any], format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
