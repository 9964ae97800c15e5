"""Lucide's icons, drawn once: its own tag copies and writes an XML tree for every icon of every page."""

from functools import lru_cache

from django import template
from django.template.base import FilterExpression, Node, Parser, TextNode, Token
from django.template.context import Context
from django.template.library import parse_bits
from django.utils.safestring import SafeString
from lucide.templatetags import lucide as drawing

register = template.Library()
_drawn = lru_cache(maxsize=1024)(drawing.lucide)


@register.tag
def lucide(parser: Parser, token: Token) -> Node:
    """{% lucide "check" size=18 %}: the icon as inline SVG; attributes go onto the svg element.

    Where nothing in it depends on the page, it is text of the template from then on.
    """
    bits = token.split_contents()[1:]
    positional, named = parse_bits(
        parser, bits, ["name"], None, "attributes", None, ["size"], {"size": 24}, "lucide"
    )  # fmt: skip
    icon = IconNode(positional[0] if positional else named.pop("name"), named)
    return TextNode(icon.render(Context())) if icon.is_fixed else icon


class IconNode(Node):
    def __init__(self, name: FilterExpression, attributes: dict[str, FilterExpression]) -> None:
        self.name, self.attributes = name, attributes

    @property
    def is_fixed(self) -> bool:
        return all(is_constant(one) for one in (self.name, *self.attributes.values()))

    def render(self, context: Context) -> SafeString:
        attributes = {name: value.resolve(context) for name, value in self.attributes.items()}
        return _drawn(self.name.resolve(context), **attributes)


def is_constant(expression: FilterExpression) -> bool:
    value = expression.var
    # A number is a variable with a value of its own; words to be translated are neither.
    return not expression.filters and (isinstance(value, str) or getattr(value, "literal", None) is not None)
