"""Lucide's icons, drawn once: its own tag copies and writes an XML tree for every icon of every page."""

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString
from lucide.templatetags import lucide as drawing

register = template.Library()
_drawn = lru_cache(maxsize=1024)(drawing.lucide)


@register.simple_tag
def lucide(name: str, *, size: int | None = 24, **attributes: object) -> SafeString:
    """{% lucide "check" size=18 %}: the icon as inline SVG; attributes go onto the svg element."""
    return _drawn(name, size=size, **attributes)
