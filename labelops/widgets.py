"""Form fields written by hand: a list of three hundred choices is three hundred templates in Django's own way."""

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape, escape

INPUTS = ("text", "number", "email", "url", "password", "hidden", "date", "datetime", "time", "checkbox", "search",
          "color", "tel", "input")  # fmt: skip


class Renderer(DjangoTemplates):
    """What Django's templates write, for the widgets of nearly every page; the rest is left to them."""

    def render(self, template_name: str, context: Mapping[str, Any], request: Any = None) -> str:
        write = WRITERS.get(template_name)
        return write(context["widget"]) if write else super().render(template_name, context, request)


def _attributes(widget: Mapping[str, Any]) -> str:
    found = ((name, value) for name, value in widget["attrs"].items() if value is not False)
    return "".join(f" {name}" if value is True else f' {name}="{_text(value)}"' for name, value in found)


def _text(value: Any) -> str:
    return conditional_escape(value if isinstance(value, str) else str(value))


def _label(widget: Mapping[str, Any]) -> str:
    return conditional_escape(localize(widget["label"]))


def _input(widget: Mapping[str, Any]) -> str:
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    return f'<input type="{widget["type"]}" name="{escape(widget["name"])}"{value}{_attributes(widget)}>'


def _input_option(widget: Mapping[str, Any]) -> str:
    if not widget.get("wrap_label"):
        return _input(widget)
    target = f' for="{_text(widget["attrs"]["id"])}"' if widget["attrs"].get("id") else ""
    return f"<label{target}>{_input(widget)} {_label(widget)}</label>"


def _textarea(widget: Mapping[str, Any]) -> str:
    text = _text(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{escape(widget["name"])}"{_attributes(widget)}>\n{text}</textarea>'


def _option(widget: Mapping[str, Any]) -> str:
    return f'<option value="{_text(widget["value"])}"{_attributes(widget)}>{_label(widget)}</option>'


def _select(widget: Mapping[str, Any]) -> str:
    groups = []
    for name, options, _index in widget["optgroups"]:
        written = "\n".join(map(_option, options))
        groups.append(f'<optgroup label="{escape(name)}">\n{written}\n</optgroup>' if name else written)
    inner = "\n".join(groups)
    return f'<select name="{escape(widget["name"])}"{_attributes(widget)}>\n{inner}\n</select>'


WRITERS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    f"django/forms/widgets/{name}.html": write
    for name, write in {
        **dict.fromkeys(INPUTS, _input),
        **dict.fromkeys(("checkbox_option", "radio_option", "input_option"), _input_option),
        "textarea": _textarea, "select": _select, "select_option": _option,
    }.items()
}  # fmt: skip
