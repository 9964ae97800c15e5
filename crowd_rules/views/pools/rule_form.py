"""The rule editor's form, made of the engine's catalogue: no collector, figure or action is named here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from crowd_rules.engine.actions import ACTIONS
from crowd_rules.engine.collectors import COLLECTORS, Collector
from crowd_rules.engine.vocabulary import SIGNS, Action, Figure, Kind, Parameter, Variant
from crowd_rules.views.pools.wording import figure_of

MOST_CONDITIONS = 20
FIRST_OPERATOR = "GTE"
NUMBERS = (Kind.COUNT, Kind.MONEY, Kind.RATE)
# What a new rule begins with, where an action has such a parameter.
BEGIN = {"a-duration_unit": "DAYS"}


@dataclass
class Field:
    """One field as `parts/rule_field.html` shows it. `kind`: select, number, checkbox, textarea."""

    name: str
    label: str
    kind: str
    value: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)
    help: str = ""
    error: str = ""
    required: bool = True
    least: float | None = None
    most: float | None = None
    step: str = "1"
    unit: str = ""
    reshapes: bool = False
    """Whether another choice asks for other fields."""
    focus: bool = False

    @property
    def id(self) -> str:
        return f"id_{self.name}"


@dataclass
class Line:
    """One condition."""

    key: Field
    operator: Field
    value: Field
    number: int

    @property
    def errors(self) -> list[str]:
        return [one.error for one in (self.key, self.operator, self.value) if one.error]


class RuleForm:
    """Reads `data` (a POST, or what `data_of` makes of a rule) and offers what fits the collector chosen in it."""

    def __init__(self, data: Mapping[str, str], *, skills: dict[str, str], needs_acceptance: bool) -> None:
        # PostgreSQL keeps no NUL, and nobody types one.
        self.data = {name: value.replace("\x00", "") for name, value in data.items()}
        self.skills, self.needs_acceptance = skills, needs_acceptance
        self.errors: dict[str, str] = {}
        self.above: list[str] = []
        self.focus = ""

    # --- what was chosen ---------------------------------------------------------------------------------------------

    @property
    def collector(self) -> Collector:
        return COLLECTORS.get(self.data.get("collector", ""), next(iter(COLLECTORS.values())))

    @property
    def actions(self) -> list[tuple[Action, Variant | None]]:
        """What this collector can do, suspend and ban apart, without what only older clients send."""
        known = [ACTIONS[name] for name in self.collector.actions]
        return [(one, variant) for one in known if not one.superseded_by for variant in one.variants or (None,)]

    @property
    def action(self) -> tuple[Action, Variant | None]:
        asked = self.data.get("then", "")
        return next((pair for pair in self.actions if _then(*pair) == asked), self.actions[0])

    # --- fields ------------------------------------------------------------------------------------------------------

    def _field(self, name: str, label: str, kind: str, **more: Any) -> Field:
        value = more.pop("value", self.data.get(name, BEGIN.get(name, "")))
        return Field(name, label, kind, value, error=self.errors.get(name, ""), focus=self.focus == name, **more)

    @property
    def collector_field(self) -> Field:
        choices = [(one.type, _(one.label)) for one in COLLECTORS.values()]
        return self._field("collector", _("What is counted"), "select", choices=choices, value=self.collector.type,
                           help=_(self.collector.help), reshapes=True)  # fmt: skip

    @property
    def parameter_fields(self) -> list[Field]:
        return [self._parameter_field(f"p-{one.name}", one) for one in self.collector.parameters]

    @property
    def then_field(self) -> Field:
        choices = [(_then(*pair), self._then_words(*pair)) for pair in self.actions]
        action = self.action[0]
        return self._field("then", _("then"), "select", choices=choices, value=_then(*self.action),
                           help=_(action.help) if action.help else "", reshapes=True)  # fmt: skip

    def _then_words(self, action: Action, variant: Variant | None) -> str:
        words = _(variant.label if variant else action.label)
        if action.needs_review and self.needs_acceptance:
            return _("%(action)s (needs non-automatic acceptance)") % {"action": words}
        return words

    @property
    def action_fields(self) -> list[Field]:
        action, variant = self.action
        asked = [one for one in action.parameters if not self._is_needless(one)]
        steers = {one.needless_if[0] for one in action.parameters if one.needless_if}
        fields = [self._parameter_field(f"a-{one.name}", self._of_variant(one, variant)) for one in asked]
        for one, made in zip(asked, fields, strict=True):
            made.reshapes = one.name in steers
        said = f"a-{variant.parameter}" if variant and len(variant.choices) == 1 else ""
        return [one for one in fields if one.name != said]

    def _of_variant(self, parameter: Parameter, variant: Variant | None) -> Parameter:
        if variant is None or variant.parameter != parameter.name:
            return parameter
        labels = dict(zip(parameter.choices, parameter.labels, strict=True))
        return Parameter(parameter.name, parameter.label, parameter.kind, parameter.required, choices=variant.choices,
                         labels=tuple(labels[one] for one in variant.choices))  # fmt: skip

    def _is_needless(self, parameter: Parameter) -> bool:
        rule = parameter.needless_if
        return bool(rule) and self.data.get(f"a-{rule[0]}", BEGIN.get(f"a-{rule[0]}")) == rule[1]

    def _parameter_field(self, name: str, parameter: Parameter) -> Field:
        label, help = _(parameter.label), _(parameter.help) if parameter.help else ""
        common = {"help": help, "required": parameter.required}
        if parameter.kind == Kind.SKILL:
            common["help"] = help if self.skills else _("Make one on the Skills page first.")
            return self._field(name, label, "select", choices=self._skill_choices, **common)
        if parameter.kind == Kind.CHOICE:
            return self._field(name, label, "select", choices=self._choices(parameter), **common)
        if parameter.kind == Kind.BOOLEAN:
            return self._field(name, label, "checkbox", help=help, required=False)
        if parameter.kind == Kind.TEXT:
            return self._field(name, label, "textarea", most=parameter.most, **common)
        step = "1" if parameter.kind == Kind.COUNT else "any"
        return self._field(name, label, "number", least=parameter.least, most=parameter.most, step=step, **common)

    @property
    def _skill_choices(self) -> list[tuple[str, str]]:
        return [("", _("Choose a skill") if self.skills else _("There is no skill yet")), *self.skills.items()]

    def _choices(self, parameter: Parameter) -> list[tuple[str, str]]:
        if parameter.choices:
            words = parameter.labels or parameter.choices
            return [(one, _(word)) for one, word in zip(parameter.choices, words, strict=True)]
        # A computed value: one of the collector's rates.
        return [(key, _(self.collector.named[key].label)) for key in self.collector.rates]

    # --- conditions --------------------------------------------------------------------------------------------------

    @property
    def lines(self) -> list[Line]:
        return [self._line(number, place) for place, number in enumerate(self.numbers)]

    @property
    def numbers(self) -> list[int]:
        return [one for one in range(MOST_CONDITIONS) if f"c-{one}-key" in self.data] or [0]

    def _line(self, number: int, place: int) -> Line:
        name, figures = f"c-{number}", self.collector.figures
        figure = figure_of(self.collector.type, self.data.get(f"{name}-key")) or figures[0]
        operators = [(one, SIGNS[one]) for one in figure.operators]
        asked = self.data.get(f"{name}-operator", "")
        usual = FIRST_OPERATOR if FIRST_OPERATOR in figure.operators else figure.operators[0]
        labels = {"number": place + 1}
        return Line(
            self._field(f"{name}-key", _("Condition %(number)s") % labels, "select", value=figure.key,
                        choices=[(one.key, _(one.label)) for one in figures], reshapes=len(figures) > 1),
            self._field(f"{name}-operator", _("Comparison %(number)s") % labels, "select", choices=operators,
                        value=asked if asked in figure.operators else usual),
            self._value_field(f"{name}-value", _("Value %(number)s") % labels, figure), number,
        )  # fmt: skip

    def _value_field(self, name: str, label: str, figure: Figure) -> Field:
        if figure.kind == Kind.CHOICE:
            words = [_(one) for one in figure.labels or figure.choices]
            return self._field(name, label, "select", choices=list(zip(figure.choices, words, strict=True)))
        if figure.kind == Kind.SKILL:
            return self._field(name, label, "select", choices=self._skill_choices)
        unit = {Kind.RATE: "%", Kind.MONEY: "$"}.get(figure.kind, "")
        return self._field(name, label, "number", least=0, most=100 if figure.kind == Kind.RATE else None, unit=unit,
                           step="1" if figure.kind == Kind.COUNT else "any")  # fmt: skip

    # --- out ---------------------------------------------------------------------------------------------------------

    @property
    def parameters(self) -> dict[str, Any]:
        return _given(self.parameter_fields)

    @property
    def rule(self) -> dict[str, Any]:
        action, variant = self.action
        given = _given(self.action_fields)
        if variant and len(variant.choices) == 1:
            given = {variant.parameter: variant.choices[0], **given}
        conditions = [
            {"key": line.key.value, "operator": line.operator.value, "value": _number_of(line.value)}
            for line in self.lines
        ]
        return {"conditions": conditions, "action": {"type": action.type, "parameters": given}}

    @property
    def config(self) -> dict[str, Any]:
        return {"collector_config": {"type": self.collector.type, "parameters": self.parameters}, "rules": [self.rule]}

    def show_problems(self, fields: dict[str, str]) -> None:
        """The engine's sentences, each at its field; what has none above the form."""
        for path, sentence in fields.items():
            name = self._name_of(path)
            if name:
                self.errors.setdefault(name, sentence)
            else:
                self.above.append(sentence)

    def _name_of(self, path: str) -> str:
        path = path.removeprefix("configs.0.")
        if path.startswith("collector_config.parameters."):
            return f"p-{path.rpartition('.')[2]}"
        if path.startswith("collector_config"):
            return "collector"
        path = path.removeprefix("rules.0.")
        if path.startswith("action.parameters."):
            return f"a-{path.rpartition('.')[2]}"
        if path.startswith("action"):
            return "then"
        parts = path.split(".")
        if parts[0] == "conditions" and len(parts) == 3:
            return f"c-{self.numbers[int(parts[1])]}-{parts[2]}"
        return ""


def _then(action: Action, variant: Variant | None) -> str:
    return f"{action.type}:{variant.name}" if variant else action.type


def _given(fields: list[Field]) -> dict[str, Any]:
    """An empty field that need not be filled is left out; any other is the engine's to judge."""
    found = {one.name.partition("-")[2]: _number_of(one) for one in fields}
    needed = {one.name.partition("-")[2] for one in fields if one.required}
    return {name: value for name, value in found.items() if value != "" or name in needed}


def _number_of(one: Field) -> Any:
    text = one.value.strip()
    if one.kind == "checkbox":
        return bool(text)
    if one.kind != "number":
        return text
    if text.removeprefix("-").isdecimal() and len(text) < 16:
        return int(text)
    try:
        return float(text) if len(text) < 16 and set(text) <= set("-.0123456789") else text
    except ValueError:
        return text


def after_step(data: Mapping[str, str], step: str) -> tuple[dict[str, str], str]:
    """The form's data after `add` (a condition) or `remove-NUMBER`, and the name of the field to go on with."""
    found = dict(data.items())
    numbers = [one for one in range(MOST_CONDITIONS) if f"c-{one}-key" in found]
    free = next((one for one in range(MOST_CONDITIONS) if one > max(numbers, default=-1)), None)
    if step == "add" and free is not None:
        found[f"c-{free}-key"] = ""
        return found, f"c-{free}-key"
    if step.startswith("remove-") and len(numbers) > 1:
        gone = step.removeprefix("remove-")
        found = {name: value for name, value in found.items() if not name.startswith(f"c-{gone}-")}
        return found, f"c-{numbers[0] if str(numbers[0]) != gone else numbers[1]}-key"
    return found, ""


def data_of(collector: str, parameters: Any, rule: Any) -> dict[str, str]:
    """A rule as it is kept, as the form's data; an older form becomes the one that replaced it."""
    data = {"collector": collector} | {f"p-{name}": _text(value) for name, value in _dict(parameters).items()}
    for number, condition in enumerate(rule.get("conditions") or ()):
        data |= {f"c-{number}-{part}": _text(_dict(condition).get(part)) for part in ("key", "operator", "value")}
    action = _dict(rule.get("action"))
    given = dict(_dict(action.get("parameters")))
    known = ACTIONS.get(str(action.get("type")))
    if known and known.superseded_by:
        days = given.pop("duration_days", None)
        given |= {"duration": days, "duration_unit": "DAYS"} if days else {"duration_unit": "PERMANENT"}
        known = ACTIONS[known.superseded_by]
    if known:
        variant = next((one for one in known.variants if given.get(one.parameter) in one.choices), None)
        data["then"] = _then(known, variant)
    return data | {f"a-{name}": _text(value) for name, value in given.items()}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return "on" if value is True else "" if value in (None, False) else str(value)
