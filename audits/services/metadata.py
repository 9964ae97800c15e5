"""What integrators hang onto tasks and batches: any JSON object, within limits."""

import json
from typing import Any

from django.utils.translation import gettext as _

from labelops.errors import InvalidInput

MOST_METADATA_BYTES = 10 * 1024


def checked_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """The same, or InvalidInput where it is larger than MOST_METADATA_BYTES as JSON."""
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > MOST_METADATA_BYTES:
        raise InvalidInput(
            fields={
                "metadata": _("metadata is larger than %(most_metadata_bytes)s bytes.")
                % {"most_metadata_bytes": MOST_METADATA_BYTES}
            }
        )
    return metadata


def merged_metadata(metadata: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Both, as deep as objects go; where they differ, `more` counts."""
    found = dict(metadata)
    for key, value in more.items():
        old = found.get(key)
        found[key] = merged_metadata(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return found
