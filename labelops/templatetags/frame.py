"""Parts of a page that are the same in one answer after the other: drawn once and kept in this process."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.conf import settings
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.template.library import parse_bits
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from labelops.lists.holes import hole
from labelops.lists.table import Table

register = template.Library()
# Characters, in each process.
MOST_KEPT = 8_000_000
_kept: dict[tuple[Any, ...], str] = {}
_size = 0


@register.tag
def drawn_once(parser: Parser, token: Token) -> Node:
    """{% drawn_once "name" key … hole=value … %} what depends on the key and the language alone {% enddrawn_once %}

    A hole's value is of this answer: inside it may be printed, not looked at. With a key that is None nothing is kept,
    and nothing while debugging, so that a changed template shows.
    """
    bits = token.split_contents()[1:]
    nodes = parser.parse(("enddrawn_once",))
    parser.delete_first_token()
    keys, holes = parse_bits(parser, bits, ["name"], "keys", "holes", None, [], None, "drawn_once")
    return DrawnOnce(nodes, keys, holes)


@register.filter
def tools_key(table: Table, views: Iterable[Any]) -> tuple[Any, ...]:
    """What the tools of a list (components/list_bar.html) depend on: its columns, its address, the person's views."""
    return *head_key(table), *((one.pk, one.name, one.query) for one in views)


@register.filter
def head_key(table: Table | str) -> tuple[Any, ...]:
    """What the head of a table (components/table_head.html) depends on; empty where a page has none."""
    if not isinstance(table, Table):
        return ()
    return table.kind.name, table.query, table.order_by, table.is_chosen, *sorted(table.shown)


class DrawnOnce(Node):
    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, keys: list[FilterExpression], holes: dict[str, FilterExpression]) -> None:
        self.nodelist, self.keys = nodelist, keys
        self.holes = {name: (hole(name), value) for name, value in holes.items()}

    def render(self, context: Context) -> SafeString:
        key = (get_language(), *(one.resolve(context) for one in self.keys))
        text = _kept.get(key)
        if text is None:
            text = self._draw(context)
            if not settings.DEBUG and None not in key[1:]:
                _keep(key, text)
        for mark, value in self.holes.values():
            text = text.replace(mark, conditional_escape(value.resolve(context)))
        return mark_safe(text)  # noqa: S308  (drawn by a template, the holes are escaped)

    def _draw(self, context: Context) -> str:
        with context.push(**{name: mark for name, (mark, _value) in self.holes.items()}):
            return self.nodelist.render(context)


def _keep(key: tuple[Any, ...], text: str) -> None:
    global _size
    if _size + len(text) > MOST_KEPT:
        _kept.clear()
        _size = 0
    _kept[key] = text
    _size += len(text)
