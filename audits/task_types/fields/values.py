"""Input and output values judged by a project's `input_spec` and `output_spec`: `{name: {type, required, …}}`.

What a specification says in a form that is not known here is not judged.
"""

from typing import Any, NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TEXTS = ("string", "url", "file")
EXPECTED = {"boolean": "BOOLEAN_EXPECTED", "string": "STRING_EXPECTED", "url": "STRING_EXPECTED",
            "file": "STRING_EXPECTED", "integer": "INTEGER_EXPECTED", "float": "FLOAT_EXPECTED",
            "coordinates": "INVALID_COORDINATES_SYNTAX"}  # fmt: skip


# With both bounds, the lower, the upper one.
BOUNDS = {
    "ARRAY_SIZE_OUT_OF_BOUNDS": (
        gettext_lazy("From %(low)s to %(high)s elements."), gettext_lazy("At least %(low)s elements."),
        gettext_lazy("At most %(high)s elements."),
    ),
    "STRING_LENGTH_OUT_OF_BOUNDS": (
        gettext_lazy("From %(low)s to %(high)s characters."), gettext_lazy("At least %(low)s characters."),
        gettext_lazy("At most %(high)s characters."),
    ),
    "VALUE_OUT_OF_BOUNDS": (
        gettext_lazy("From %(low)s to %(high)s."), gettext_lazy("At least %(low)s."), gettext_lazy("At most %(high)s."),
    ),
}  # fmt: skip


class Problem(NamedTuple):
    """What is wrong, and where: `path.field` or `path.field.2`. `code` is one of the crowd dialect's."""

    path: str
    code: str
    message: str
    params: tuple[Any, ...] = ()


def spec_problems(spec: Any, path: str) -> list[Problem]:
    """What is wrong with the specification itself."""
    if not isinstance(spec, dict):
        return [Problem(path, "OBJECT_EXPECTED", _("Give the fields as an object: name and {type, …}."))]
    return [
        Problem(f"{path}.{name}", "OBJECT_EXPECTED", _("A field is {“type”: …}."))
        for name, field in spec.items()
        if not isinstance(field, dict) or not isinstance(field.get("type"), str)
    ]


def value_problems(
    spec: Any, values: dict[str, Any], path: str, *, strict: bool = False, by_hand: bool = False
) -> list[Problem]:
    """What of the values does not fit.

    `by_hand`: a person has filled them in, and what is hidden is nobody's to fill in: it is not asked for. `strict`: so
    has a performer, whose fields that the specification does not name are refused too.
    """
    if not isinstance(spec, dict) or not spec:
        return []
    problems = []
    for name, field in spec.items():
        if isinstance(field, dict):
            asked = {**field, "required": False} if (strict or by_hand) and field.get("hidden") else field
            problems += _field_problems(asked, values.get(name), f"{path}.{name}")
    if strict:
        problems += [Problem(f"{path}.{name}", "VALUE_NOT_ALLOWED", _("The project has no such field."))
                     for name in values if name not in spec]  # fmt: skip
    return problems


def _field_problems(field: dict[str, Any], value: Any, path: str) -> list[Problem]:
    if value is None:
        required = field.get("required", True)
        return [Problem(path, "VALUE_REQUIRED", _("This field is required."))] if required else []
    kind = str(field.get("type"))
    if not kind.startswith("array_"):
        return _value_problems(kind, field, value, path)
    if not isinstance(value, list):
        return [Problem(path, "ARRAY_EXPECTED", _("Give a list."))]
    problems = _size_problems(field, "min_size", "max_size", len(value), path, "ARRAY_SIZE_OUT_OF_BOUNDS")
    for number, one in enumerate(value):
        problems += _value_problems(kind.removeprefix("array_"), field, one, f"{path}.{number}")
    return problems


def _value_problems(kind: str, field: dict[str, Any], value: Any, path: str) -> list[Problem]:
    if kind in EXPECTED and not _fits(kind, value):
        return [Problem(path, EXPECTED[kind], _("Give a value of the type %(kind)s.") % {"kind": kind})]
    allowed = field.get("allowed_values")
    if isinstance(allowed, list) and allowed and value not in allowed:
        choices = ", ".join(map(str, allowed))[:300]
        return [Problem(path, "VALUE_NOT_ALLOWED", _("One of %(choices)s.") % {"choices": choices})]
    if kind in TEXTS:
        return _size_problems(field, "min_length", "max_length", len(value), path, "STRING_LENGTH_OUT_OF_BOUNDS")
    if kind in ("integer", "float"):
        return _size_problems(field, "min_value", "max_value", value, path, "VALUE_OUT_OF_BOUNDS")
    return []


def _fits(kind: str, value: Any) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in TEXTS:
        return isinstance(value, str)
    if kind == "coordinates":
        return isinstance(value, str) and len(parts := value.split(",")) == 2 and all(map(_is_number, parts))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return kind == "float" or isinstance(value, int) or value.is_integer()


def _is_number(text: str) -> bool:
    try:
        return -180 <= float(text) <= 180
    except ValueError:
        return False


def _size_problems(field: dict[str, Any], least: str, most: str, size: float, path: str, code: str) -> list[Problem]:
    low, high = field.get(least), field.get(most)
    under = isinstance(low, int | float) and size < low
    over = isinstance(high, int | float) and size > high
    if not (under or over):
        return []
    both, only_low, only_high = BOUNDS[code]
    wanted = both if low is not None and high is not None else only_low if high is None else only_high
    words = {"low": _number(low), "high": _number(high)}
    return [Problem(path, code, wanted % words, (low, high))]


def _number(value: Any) -> str:
    return number_format(value, force_grouping=True) if isinstance(value, int | float) else str(value)
