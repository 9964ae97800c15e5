"""What a callback says, as bytes."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from labelops.errors import InvalidInput

# Beyond this many bytes the thin form is sent.
MOST_BYTES = 1024 * 1024
# Of a large body, what still goes along: short values at the top.
SHORT = 200


def canonical_json(body: dict[str, Any]) -> str:
    """JSON with sorted keys and no blanks; the same bytes for the same value. NaN and lone surrogates are refused."""
    try:
        text = json.dumps(
            body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, cls=DjangoJSONEncoder
        )
        text.encode()
    except ValueError as error:
        raise InvalidInput(
            "The task holds a number or a text that JSON cannot carry: remove it and try again."
        ) from error
    return text


def body_text(body: dict[str, Any], type: str, subject_id: UUID) -> str:
    """The canonical JSON, or the thin form of what is too large to send."""
    text = canonical_json(body)
    # Characters are at most four bytes: most texts need no second look.
    if len(text) * 4 <= MOST_BYTES or len(text.encode()) <= MOST_BYTES:
        return text
    return canonical_json(thin_form(body, type, subject_id))


def thin_form(body: dict[str, Any], type: str, subject_id: UUID) -> dict[str, Any]:
    """The short values of the body, and `data` that says where to fetch the whole."""
    short = {name: value for name, value in body.items() if len(json.dumps(value, cls=DjangoJSONEncoder)) <= SHORT}
    kind = type.partition(".")[0]
    address = f"{settings.SITE_URL}/v1/{'batches' if kind == 'batch' else kind}/{short.get('name', subject_id.hex)}"
    return short | {"data": {"truncated": True, "url": address}}
