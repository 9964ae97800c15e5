"""Makes locale/*/LC_MESSAGES/*.mo, which gettext reads, out of the .po files that people write; no program is needed.

`manage.py bundle` does it, and the image with `python -m labelops.catalogs`. Beside the real languages it makes the
pseudo-language ar-xb, every English letter an Arabic one: it is written from right to left, and what stays English
on a page is not translated.
"""

import ast
import re
import struct
from collections.abc import Iterator
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "locale"
PSEUDO = "ar_XB"
LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz", "ابسدعفغهيجكلمنوپقرشتثڤوخىز", strict=True))
# What is no word: placeholders, tags, entities, code.
UNTOUCHED = re.compile(r"(%\(\w+\)s|%%|\{\w+\}|<[^>]*>|&\w+;|`[^`]*`)")
FIELD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) ((?:".*"\n?)+)', re.MULTILINE)
Catalog = dict[str, str]
"""msgid, with context before and plural behind it as gettext wants them, -> translation."""


def read(po: Path) -> Catalog:
    """The translated entries of a .po file, and its header under the empty msgid. Fuzzy ones count as missing."""
    found = {}
    for block in po.read_text(encoding="utf-8").split("\n\n"):
        fields = {name: _text(lines) for name, lines in FIELD.findall(block)}
        if "msgid" not in fields or ("\n#, fuzzy" in f"\n{block}" and fields["msgid"]):
            continue
        strings = [text for name, text in fields.items() if name.startswith("msgstr")]
        if all(strings):
            found[_key(fields)] = "\0".join(strings)
    return found


def _text(lines: str) -> str:
    return "".join(ast.literal_eval(line) for line in lines.splitlines())


def _key(fields: Catalog) -> str:
    context = f"{fields['msgctxt']}\x04" if "msgctxt" in fields else ""
    plural = f"\0{fields['msgid_plural']}" if "msgid_plural" in fields else ""
    return f"{context}{fields['msgid']}{plural}"


def compiled(catalog: Catalog) -> bytes:
    """The bytes of a .mo file: a table of the keys in their order, one of the translations, then the texts."""
    pairs = sorted((key.encode(), text.encode()) for key, text in catalog.items())
    keys, texts, table = b"", b"", []
    for key, text in pairs:
        table.append((len(key), len(keys), len(text), len(texts)))
        keys, texts = keys + key + b"\0", texts + text + b"\0"
    start = 28 + 16 * len(pairs)
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    originals = b"".join(struct.pack("<2I", size, start + place) for size, place, _, _ in table)
    translations = b"".join(struct.pack("<2I", size, start + len(keys) + place) for _, _, size, place in table)
    return head + originals + translations + keys + texts


def pseudo(catalog: Catalog) -> Catalog:
    """The same keys in the pseudo-language; its plural has as many forms as English."""
    header = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
    words = {key: "\0".join(map(_pseudo_word, _forms(key))) for key in catalog if key}
    return {"": header, **words}


def _forms(key: str) -> list[str]:
    return key.rpartition("\x04")[2].split("\0")


def _pseudo_word(text: str) -> str:
    parts = UNTOUCHED.split(text)
    return "".join(part if place % 2 else _in_letters(part) for place, part in enumerate(parts))


def _in_letters(text: str) -> str:
    return "".join(LETTERS.get(letter.lower(), letter) for letter in text)


def compile_all() -> None:
    """Every catalog, written only where it changed."""
    for po in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        catalog = read(po)
        _write(po.with_suffix(".mo"), compiled(catalog))
        if po.parts[-3] == "de":
            _write(LOCALE / PSEUDO / "LC_MESSAGES" / f"{po.stem}.mo", compiled(pseudo(catalog)))


def _write(mo: Path, data: bytes) -> None:
    mo.parent.mkdir(parents=True, exist_ok=True)
    if not mo.exists() or mo.read_bytes() != data:
        mo.write_bytes(data)


def untranslated(po: Path) -> Iterator[str]:
    """msgids of the file that have no translation, or only a guessed one."""
    known = read(po)
    for block in po.read_text(encoding="utf-8").split("\n\n"):
        fields = {name: _text(lines) for name, lines in FIELD.findall(block)}
        if fields.get("msgid") and _key(fields) not in known:
            yield fields["msgid"]


if __name__ == "__main__":
    compile_all()
