"""What every page is made of: parts that are drawn once, icons, form fields."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.template import Context, Template
from django.utils.translation import override

from labelops.widgets import Renderer

CHOICES = [("", "Any <one>"), ("a&b", "A & B"), ("Group", [("1", "One"), (2, "Two")])]


class EveryField(forms.Form):
    text = forms.CharField(max_length=9, initial='"><script>', widget=forms.TextInput(attrs={"placeholder": "a<b"}))
    search = forms.CharField(widget=forms.TextInput(attrs={"type": "search", "data-here": True, "data-not": False}))
    number = forms.IntegerField(min_value=1, initial=7)
    email = forms.EmailField()
    password = forms.CharField(widget=forms.PasswordInput)
    hidden = forms.CharField(widget=forms.HiddenInput, initial="h")
    long = forms.CharField(widget=forms.Textarea, initial="</textarea><b>")
    flag = forms.BooleanField(initial=True)
    one = forms.ChoiceField(choices=CHOICES, initial="a&b")
    several = forms.MultipleChoiceField(choices=CHOICES, initial=["1", "2"])
    boxes = forms.MultipleChoiceField(choices=CHOICES[:2], widget=forms.CheckboxSelectMultiple, initial=["a&b"])
    radios = forms.ChoiceField(choices=CHOICES[:2], widget=forms.RadioSelect, initial="a&b")
    file = forms.FileField()


def _html(form, name):
    return " ".join(str(form[name]).split()).replace("> <", "><")


@pytest.mark.parametrize("name", list(EveryField.base_fields))
def test_a_field_is_written_as_djangos_templates_write_it(name):
    ours, theirs = EveryField(renderer=Renderer()), EveryField(renderer=DjangoTemplates())
    assert _html(ours, name) == _html(theirs, name)
    for mine, other in zip(ours[name], theirs[name], strict=True):
        assert " ".join(mine.tag().split()) == " ".join(other.tag().split())


DRAWN = Template(
    "{% load frame %}{% drawn_once 'test part' key token=token %}{{ word }} <i>{{ token }}</i>{% enddrawn_once %}"
)


def test_a_part_is_drawn_once_for_its_key_and_its_holes_are_each_answers_own():
    def drawn(key, word, token):
        return DRAWN.render(Context({"key": key, "word": word, "token": token}))

    assert drawn("a", "first", "<1>") == "first <i>&lt;1&gt;</i>"
    assert drawn("a", "second", "2") == "first <i>2</i>"
    assert drawn("b", "second", "2") == "second <i>2</i>"
    assert [drawn(None, word, "3") for word in ("x", "y")] == ["x <i>3</i>", "y <i>3</i>"]


def test_an_icon_that_depends_on_nothing_is_text_of_its_template():
    constant, variable = Template('{% lucide "check" size=12 %}'), Template("{% lucide name size=12 %}")
    assert type(constant.nodelist[0]).__name__ == "TextNode"
    assert constant.render(Context()) == variable.render(Context({"name": "check"}))


WORDS = """
{% translate "Tasks" %}|{% translate "Tasks" as kept %}{{ kept }}|{% translate word %}|{% translate "Tasks"|upper %}
"""


def test_words_that_never_change_are_looked_up_once_for_each_language(monkeypatch):
    written = Template(WORDS.strip())
    kinds = [type(node).__name__ for node in written.nodelist if not hasattr(node, "s")]
    assert kinds == ["Words", "TranslateNode", "VariableNode", "TranslateNode", "TranslateNode"]
    for _look in range(2):
        for language, word in (("en", "Tasks"), ("de", "Aufgaben")):
            with override(language):
                assert written.render(Context({"word": "Tasks"})) == f"{word}|{word}|{word}|{word.upper()}"
    fixed = written.nodelist[0]
    monkeypatch.setattr(fixed.node, "render", None)
    with override("de"):
        assert fixed.render(Context()) == "Aufgaben"
