"""{% translate %} of constant words, looked up once for each language: a page has dozens that never change."""

from django import template
from django.conf import settings
from django.template.base import Node, Parser, Token
from django.template.context import Context
from django.templatetags.i18n import TranslateNode, do_translate
from django.utils.translation import get_language

from labelops.templatetags.icons import is_constant

register = template.Library()


@register.tag
def translate(parser: Parser, token: Token) -> Node:
    """As Django's own. Nothing is kept while debugging, so that a changed catalogue shows."""
    node = do_translate(parser, token)
    return node if settings.DEBUG or not _is_fixed(node) else Words(node)


def _is_fixed(node: TranslateNode) -> bool:
    return not (node.asvar or node.message_context or node.noop) and is_constant(node.filter_expression)


class Words(Node):
    def __init__(self, node: TranslateNode) -> None:
        self.node, self.texts = node, dict[str | None, str]()

    def render(self, context: Context) -> str:
        language = get_language()
        if language not in self.texts:
            self.texts[language] = self.node.render(context)
        return self.texts[language]
