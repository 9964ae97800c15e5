"""Control tasks as a file or as text: JSON, a list of objects or one object on each line."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.json_input import parse_json
from crowd_rules.services.pool_tasks import MOST, NewPoolTask
from labelops.errors import InvalidInput

MOST_BYTES = 5_000_000
EXAMPLE = '{"input_values": {"text": "2 + 2"}, "known_solutions": [{"output_values": {"result": "4"}}]}'


class ControlsForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"), required=False,
        widget=forms.FileInput(attrs={"accept": ".json,.jsonl,.ndjson,application/json"}),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Or paste them"), required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 7, "spellcheck": "false", "placeholder": EXAMPLE, "dir": "ltr"}),
        help_text=gettext_lazy(
            "One JSON object on each line, or a list. With “message_on_unknown_solution” it is a training task."
        ),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.tasks: list[NewPoolTask] = []
        if data.get("file"):
            self._read("file", self._bytes(data["file"]))
        elif data.get("text", "").strip():
            self._read("text", data["text"])
        elif not self.errors:
            self.add_error("file", _("Choose a file, or paste the control tasks below."))
        return data

    def _bytes(self, file: Any) -> str:
        if file.size > MOST_BYTES:
            self.add_error("file", _("The file is larger than 5 MB: send it in parts."))
            return ""
        try:
            return file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            self.add_error("file", _("The file is no UTF-8 text."))
            return ""

    def _read(self, name: str, text: str) -> None:
        if self.errors or not text.strip():
            return
        try:
            self.tasks = [_new(number, one) for number, one in enumerate(_records(text), 1)]
            if not 0 < len(self.tasks) <= MOST:
                raise InvalidInput(_("Send 1 to %(most)s control tasks at a time.") % {"most": f"{MOST:,}"})
        except InvalidInput as error:
            self.add_error(name, error.message)

    def show_refusal(self, error: InvalidInput) -> None:
        """The domain's sentence with the number of the task that it is about, at the field that was used."""
        number = error.data.get("number")
        words = {"number": number + 1 if isinstance(number, int) else 1, "sentence": error.message}
        self.add_error("file" if self.cleaned_data.get("file") else "text", _("Task %(number)s: %(sentence)s") % words)


def _records(text: str) -> Iterator[Any]:
    if text.lstrip().startswith("["):
        yield from _parse(text, _("The list"))
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _parse(line, _("Line %(number)s") % {"number": number})


def _parse(text: str, where: str) -> Any:
    try:
        return parse_json(text)
    except InvalidInput as error:
        words = {"where": where, "sentence": error.message}
        raise InvalidInput(_("%(where)s: %(sentence)s") % words) from error


def _new(number: int, record: Any) -> NewPoolTask:
    if not isinstance(record, dict) or not isinstance(record.get("input_values"), dict):
        raise InvalidInput(_("Task %(number)s: give “input_values” as an object.") % {"number": number})
    known = record.get("known_solutions")
    if not isinstance(known, list) or not known:
        raise InvalidInput(_("Task %(number)s: give at least one of “known_solutions”.") % {"number": number})
    message = record.get("message_on_unknown_solution") or ""
    if not isinstance(message, str):
        raise InvalidInput(_("Task %(number)s: give “message_on_unknown_solution” as a text.") % {"number": number})
    return NewPoolTask(input_values=record["input_values"], known_solutions=known, message_on_unknown_solution=message)


def brief(value: Any, length: int = 140) -> str:
    """JSON as people read it in a row: a single value bare, several by name."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = json.loads(value) if value[:1] in "{[" else value
    if isinstance(value, dict):
        shown = {key: one for key, one in value.items() if not str(key).startswith("attachment_type")}
        parts = (
            [f"{key}: {_flat(one)}" for key, one in shown.items()] if len(shown) != 1 else map(_flat, shown.values())
        )
        value = ", ".join(parts)
    text = _flat(value)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
