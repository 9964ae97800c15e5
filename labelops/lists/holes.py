"""What stands in a drawn text where each answer has its own value ({% drawn_once %} of templatetags/frame.py)."""

import secrets

from django.http import HttpResponse
from django.utils.safestring import SafeString, mark_safe

# Nobody outside of this process knows it.
MARK = f"\ue000{secrets.token_hex(8)}-{{}}\ue001"


def hole(name: str) -> SafeString:
    """For a part that a view prepares: printed there, it is filled in every answer."""
    return mark_safe(MARK.format(name))  # noqa: S308


def fill(response: HttpResponse, **texts: str) -> HttpResponse:
    """The answer with these in their holes: long texts that no template has to carry from block to block."""
    content = response.content
    for name, text in texts.items():
        content = content.replace(hole(name).encode(), text.encode())
    response.content = content
    return response
