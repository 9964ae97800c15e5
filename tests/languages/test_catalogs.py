"""Every sentence of the pages goes through gettext, and the second language has all of them."""

import ast
import gettext
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from labelops.catalogs import LOCALE, compiled, pseudo, read, untranslated

ROOT = Path(__file__).parents[2]
CATALOGS = sorted((LOCALE / "de" / "LC_MESSAGES").glob("*.po"))
# For developers, in debug mode only.
NOT_FOR_PEOPLE = {"design.html"}
NAMES = re.compile(
    r"\b(LabelOps|Python|Node|ms|px|webhook-(?:id|timestamp|signature)|openapi\.json|HTTP|UTC|API|GET|JSON|SHA-256|n)\b|/v1/task/"
)
TAG = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
BLOCK = re.compile(r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}", re.DOTALL)
UNREAD = re.compile(r"<(script|pre|code|kbd)\b.*?</\1>|\{% block (?:width|type) %\}.*?\{% endblock %\}", re.DOTALL)
SAID = re.compile(
    r"\s(title|aria-label|placeholder|data-label|data-confirm[\w-]*|alt|data-shortcut-label)=\"([^\"{]*)\""
)
PARAMETER = re.compile(r"\b(label|title|text|note|action_label|secondary_label|confirm|confirm_action)=\"([^\"]*)\"")
WORD = re.compile(r"[A-Za-z]{2,}")


def templates() -> list[Path]:
    found = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "audits/task_types").rglob("*.html")]
    return [path for path in found if path.name not in NOT_FOR_PEOPLE]


def bare_words(source: str) -> list[str]:
    """What a reader of the page would read and no translator would."""
    source = UNREAD.sub(" ", BLOCK.sub(" ", source))
    said = [match[2] for tag in TAG.findall(source) if tag.startswith("<") for match in SAID.finditer(tag)]
    said += [
        match[2] for tag in TAG.findall(source) if tag.startswith("{% include") for match in PARAMETER.finditer(tag)
    ]
    words = [NAMES.sub("", text) for text in [*said, *TAG.split(source)]]
    return [text.strip() for text in words if WORD.search(re.sub(r"&\w+;|<a href=\"$", "", text))]


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_speaks_past_gettext(path):
    assert bare_words(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    ["<p>Hello there</p>", '<a title="Hello there">', '{% include "a.html" with label="Hello there" only %}'],
)
def test_the_lint_would_find_it(source):
    assert bare_words(source) == ["Hello there"]


@pytest.mark.parametrize("po", CATALOGS, ids=lambda po: po.stem)
def test_every_msgid_is_translated(po):
    assert list(untranslated(po)) == []


PLACES = re.compile(r"%\(\w+\)s|\{\w+\}|<[^>]*>|`[^`]*`")


@pytest.mark.parametrize("po", CATALOGS, ids=lambda po: po.stem)
def test_translations_keep_the_placeholders_and_the_tags(po):
    for key, text in read(po).items():
        wanted = {place for form in key.rpartition("\x04")[2].split("\0") for place in PLACES.findall(form)}
        assert {place for form in text.split("\0") for place in PLACES.findall(form)} == wanted, key


@pytest.mark.skipif(not shutil.which("xgettext"), reason="xgettext (package gettext) is not installed")
def test_the_catalogs_have_every_sentence_of_the_sources(tmp_path, monkeypatch):
    """`makemessages` on a copy finds nothing that the committed files lack."""
    for name in ("templates", "audits", "callbacks", "crowd_rules", "labelops", "reports", "locale"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    shutil.copytree(ROOT / "static/js", tmp_path / "static/js")
    monkeypatch.chdir(tmp_path)
    options = {"locale": ["de"], "no_location": True, "no_wrap": True, "verbosity": 0, "no_obsolete": True}
    monkeypatch.setattr("django.conf.settings.LOCALE_PATHS", [str(tmp_path / "locale")])
    for domain in ("django", "djangojs"):
        call_command("makemessages", domain=domain, **options)
        fresh, known = (folder / f"locale/de/LC_MESSAGES/{domain}.po" for folder in (tmp_path, ROOT))
        assert set(read(fresh)) == set(read(known)), "run manage.py makemessages (docs/front-end.md) and translate"
        assert list(untranslated(fresh)) == []


def test_the_compiled_form_is_what_gettext_reads(tmp_path):
    catalog = {"": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n",
               "a": "ä", "b\0c": "ein b\0zwei b", "session\x04a": "anders"}  # fmt: skip
    (tmp_path / "x.mo").write_bytes(compiled(catalog))
    with (tmp_path / "x.mo").open("rb") as file:
        known = gettext.GNUTranslations(file)
    assert [known.gettext("a"), known.ngettext("b", "c", 2), known.pgettext("session", "a")] == [
        "ä",
        "zwei b",
        "anders",
    ]


def test_the_compiled_form_is_msgfmts():
    if not shutil.which("msgfmt"):
        pytest.skip("msgfmt (package gettext) is not installed")
    for po in CATALOGS:
        done = subprocess.run(["msgfmt", "--check-format", "-o", "-", po], capture_output=True, check=True)
        theirs, ours = gettext.GNUTranslations(_file(done.stdout)), gettext.GNUTranslations(_file(compiled(read(po))))
        assert {**theirs._catalog, "": ""} == {**ours._catalog, "": ""}


def _file(data: bytes):
    import io

    return io.BytesIO(data)


def test_the_pseudo_language_changes_words_and_nothing_else():
    made = pseudo({"": "", "More than %(n)s <b>tasks</b>": ""})["More than %(n)s <b>tasks</b>"]
    assert PLACES.findall(made) == ["%(n)s", "<b>", "</b>"]
    assert not WORD.search(PLACES.sub("", made))


PAGES = [path for folder in ("audits/views", "labelops/tenancy/views") for path in (ROOT / folder).glob("*.py")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_tells_anything_past_gettext(path):
    """`messages.*` and the labels of forms hold no bare text."""
    bare = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        told = [one.value for one in node.keywords if one.arg in ("label", "help_text")]
        if isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "messages":
            told += node.args[1:]
        bare += [ast.unparse(one) for one in told if isinstance(one, ast.Constant | ast.JoinedStr)]
    assert bare == []
