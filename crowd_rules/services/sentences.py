"""The engine's sentences in the language that is being spoken: the reader's on a page, English on the wire."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from crowd_rules.engine.sentences import Sentence
from crowd_rules.engine.validation import too_long


def in_words(sentence: str) -> str:
    """What is no sentence of the engine stays as it is."""
    if not isinstance(sentence, Sentence):
        return sentence
    if sentence.plural:
        text = ngettext(sentence.template, sentence.plural, sentence.number)
    else:
        text = gettext(sentence.template)
    return text % {name: _value(value) for name, value in sentence.values.items()} if sentence.values else text


def _value(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_format(value, force_grouping=True)
    return in_words(value) if isinstance(value, str) else str(value)


def longer_than(most: int) -> str:
    """What is said of a text with more characters than that."""
    return in_words(too_long(most))
