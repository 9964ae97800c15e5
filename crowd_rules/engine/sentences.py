"""What the engine says: English as it stands, with what a translator needs to say it in another language.

The engine knows no gettext. Modules import `say` as `_` and `say_number` as `ngettext`, so that the programs which
collect texts for translators find its sentences; `crowd_rules.services.sentences` puts them into the reader's language.
"""

from collections.abc import Mapping
from typing import Any


class Sentence(str):
    """English, ready to be read. `template` has `%(name)s` for each of `values`; a value may be a Sentence itself.

    `plural` with `number`: the template for other numbers than one; empty where there is one form only.
    """

    template: str
    plural: str
    number: int
    values: Mapping[str, Any]


def say(template: str, **values: Any) -> Sentence:
    return _made(template, template, values)


def say_number(one: str, many: str, number: int, **values: Any) -> Sentence:
    """`%(number)s` in either form is the number."""
    values["number"] = number
    return _made(one if number == 1 else many, one, values, many, number)


def _made(spoken: str, template: str, values: dict[str, Any], plural: str = "", number: int = 0) -> Sentence:
    # A label such as “% accepted” has no values, and its percent sign is one.
    text = spoken % {name: plain(value) for name, value in values.items()} if values else spoken
    made = Sentence(text)
    made.template, made.plural, made.number, made.values = str(template), str(plural), number, values
    return made


def plain(value: Any) -> str:
    """A number as English writes it; anything else as its text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)
