"""The catalogues: `extract` brings them up to date, `check` proves that they are whole."""

from __future__ import annotations

import ast
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from bot.i18n import DOMAIN, LOCALES, po_file
from core.people import Locale

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCES: Final = ROOT / "bot"
POT: Final = LOCALES / f"{DOMAIN}.pot"
TAGS: Final = frozenset({"b", "i", "u", "s", "code", "pre", "a", "blockquote"})
# Lines of a header that change with every run and say nothing.
NOISE: Final = re.compile(
    r'^"(?:POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|'
    r"Report-Msgid-Bugs-To)"
    r'[^"]*"\n',
    re.M,
)

Id = str | tuple[str, str]


@dataclass(slots=True)
class Text:
    """One text of the code: its id, the files that show it, and whether it is shown as HTML."""

    id: Id
    files: set[str] = field(default_factory=set)
    html: bool = False
    plain: bool = False


class ExtractionError(Exception):
    """A text in the code that no catalogue could hold."""


def extract() -> dict[str, Text]:
    """Every text that the code marks, by its (singular) id. Raises ExtractionError."""
    texts: dict[str, Text] = {}
    for path in sorted(SOURCES.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for found, html in _texts(ast.parse(path.read_text("utf-8")), name):
            key = found if isinstance(found, str) else found[0]
            text = texts.setdefault(key, Text(found))
            if text.id != found:
                raise ExtractionError(f"{name}: {key!r} is there with and without a plural")
            text.files.add(name)
            text.html |= html is True
            text.plain |= html is False
    return texts


def _texts(tree: ast.AST, name: str) -> Iterator[tuple[Id, bool | None]]:
    """Ids of a module; True for those shown as HTML, False for plain ones, None for constants."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        match node.func:
            case ast.Name(id="t" | "N_" | "plain" | "plural" as called):
                pass
            case ast.Attribute(attr="t" | "plain" | "plural" as called):
                pass
            case _:
                continue
        wanted = 2 if called == "plural" else 1
        literals = [_literal(one, f"{name}:{node.lineno}") for one in node.args[:wanted]]
        if len(literals) < wanted or any(one is None for one in literals):
            continue
        one, *more = (str(literal) for literal in literals)
        if one:
            shown = None if called == "N_" else called != "plain"
            yield ((one, more[0]) if more else one), shown


def _literal(node: ast.expr, place: str) -> str | None:
    if isinstance(node, ast.JoinedStr):
        raise ExtractionError(f"{place}: an f-string cannot be translated")
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def template(texts: dict[str, Text]) -> Catalog:
    """The empty catalogue of all texts, in the order of the alphabet."""
    catalog = _catalog(None)
    for key in sorted(texts):
        text = texts[key]
        catalog.add(text.id, locations=[(file, 0) for file in sorted(text.files)])
    return catalog


def load(locale: Locale) -> Catalog:
    """The catalogue of a language as it lies on the disk; an empty one where there is none."""
    file = po_file(locale)
    if not file.exists():
        return _catalog(locale)
    with file.open("rb") as lines:
        return read_po(lines, locale=str(locale))


def updated(locale: Locale, pot: Catalog) -> Catalog:
    """The catalogue with the texts of the template: translations are kept, nothing is guessed."""
    known = load(locale)
    catalog = _catalog(locale)
    for message in _messages(pot):
        before = known.get(_key(message))
        string = before.string if before is not None and before.id == message.id else None
        if locale is Locale.EN:
            string = message.id
        catalog.add(message.id, string, locations=message.locations)
    return catalog


def write(catalog: Catalog, file: Path) -> bool:
    """Write a catalogue the same way every time; returns whether the file has changed."""
    for message in catalog:
        message.flags.clear()
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=100, include_lineno=False, omit_header=False)
    text = NOISE.sub("", buffer.getvalue().decode("utf-8"))
    if file.exists() and file.read_text("utf-8") == text:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return True


def _catalog(locale: Locale | None) -> Catalog:
    return Catalog(
        locale=str(locale) if locale else None,
        domain=DOMAIN,
        project="Ules",
        version="1",
        fuzzy=False,
        header_comment=f"# Texts of Üles{f' ({locale})' if locale else ''}.\n#",
    )


def _messages(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def _forms(value: object) -> list[str]:
    """The one form of a text, or all of them."""
    return [str(form) for form in value] if isinstance(value, (tuple, list)) else [str(value or "")]


# --- gates ---------------------------------------------------------------------------------------


def problems() -> list[str]:
    """Everything that is wrong with the catalogues; an empty list lets them pass."""
    texts = extract()
    found = [*source_problems(texts)]
    pot = template(texts)
    if not POT.exists() or _ids(read_po(POT.open("rb"))) != _ids(pot):
        found.append(
            f"{POT.name} is not what the code says: run `python -m scripts.locales extract`"
        )
    for locale in Locale:
        found.extend(f"{locale}: {problem}" for problem in catalogue_problems(locale, pot))
    return found


def source_problems(texts: dict[str, Text]) -> Iterator[str]:
    """Texts of the code that cannot be shown as they are."""
    for key, text in texts.items():
        for form in _forms(text.id):
            try:
                placeholders(form)
            except ValueError as error:
                yield f"{key!r}: {error}"
            if form != form.strip():
                yield f"{key!r} begins or ends with a space"
            if text.html and (fault := html_fault(form)):
                yield f"{key!r}: {fault}"
        if text.plain and not text.html and tags(key):
            yield f"{key!r} is shown without HTML, but has tags"


def catalogue_problems(locale: Locale, pot: Catalog) -> Iterator[str]:
    """What a catalogue lacks or says otherwise than the code."""
    catalog = load(locale)
    wanted, held = _ids(pot), _ids(catalog)
    yield from (f"not there: {_first(one)!r}" for one in sorted(wanted - held, key=_first))
    yield from (f"not in the code: {_first(one)!r}" for one in sorted(held - wanted, key=_first))
    for message in _messages(catalog):
        key = _key(message)
        if message.fuzzy:
            yield f"fuzzy: {key!r}"
        strings = _forms(message.string)
        if isinstance(message.id, tuple) and len(strings) != catalog.num_plurals:
            yield f"{key!r} has {len(strings)} forms instead of {catalog.num_plurals}"
        if not all(strings):
            yield f"not translated: {key!r}"
            continue
        yield from (f"{key!r}: {fault}" for fault in translation_faults(message, strings))
        if locale is Locale.KK and len(set(strings)) > 1:
            yield f"{key!r}: a noun stays as it is after a number in Kazakh"
        if locale is Locale.EN and strings != _forms(message.id):
            yield f"{key!r}: English is the text itself"


def translation_faults(message: Message, strings: list[str]) -> Iterator[str]:
    """Differences between a text and its translation that no reader should meet."""
    originals = _forms(message.id)
    names = Counter(placeholders(originals[-1]))
    for string in strings:
        try:
            if Counter(placeholders(string)) != names:
                yield f"other placeholders in {string!r}"
        except ValueError as error:
            yield str(error)
        if tags(string) != tags(originals[-1]):
            yield f"other tags in {string!r}"
        if string != string.strip():
            yield f"begins or ends with a space: {string!r}"
        if string.count("\n") != originals[-1].count("\n"):
            yield f"other line breaks in {string!r}"
        if re.search(r"[^\S\n]{2}", string.replace("\u00a0", " ")):
            yield f"two spaces in {string!r}"
        if re.search(r"\}[^\W\d_]", string):
            yield f"a suffix is glued to a placeholder in {string!r}"


def placeholders(text: str) -> list[str]:
    """Names in braces, in the order of the alphabet; ValueError for anything else in braces."""
    names = re.findall(r"\{([a-z_]+)\}", text)
    if re.search(r"[{}]", re.sub(r"\{[a-z_]+\}", "", text)):
        raise ValueError(f"stray braces in {text!r}")
    return sorted(names)


def tags(text: str) -> Counter[str]:
    """How often each tag stands in a text."""
    return Counter(re.findall(r"</?[a-z]+[^<>]*>", text))


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.fault = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.fault = f"Telegram does not know <{tag}>"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.fault = f"</{tag}> closes nothing"


def html_fault(text: str) -> str:
    """What Telegram would refuse in a text shown as HTML, or nothing."""
    parser = _Balance()
    parser.feed(text)
    parser.close()
    if parser.fault:
        return parser.fault
    if parser.open:
        return f"<{parser.open[-1]}> stays open"
    if re.search(r"&(?!(?:lt|gt|amp|quot);)|<(?!/?[a-z])", text):
        return "write &amp; and &lt; in HTML"
    return ""


def _ids(catalog: Catalog) -> set[Id]:
    return {
        message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
        for message in _messages(catalog)
    }


def _first(one: Id) -> str:
    return one if isinstance(one, str) else one[0]


def main(arguments: list[str]) -> int:
    """`extract` or `check`; the exit code is 1 where something is wrong, 2 for a wrong command."""
    if arguments == ["extract"]:
        pot = template(extract())
        changed = write(pot, POT)
        for locale in Locale:
            catalog = updated(locale, pot)
            changed |= write(catalog, po_file(locale))
            left = sum(not all(_forms(one.string)) for one in _messages(catalog))
            print(f"{locale}: {len(_messages(catalog))} texts, {left} without a translation")
        print("written" if changed else "nothing has changed")
        return 0
    if arguments == ["check"]:
        found = problems()
        for problem in found:
            print(problem, file=sys.stderr)
        return 1 if found else 0
    print("usage: python -m scripts.locales extract|check", file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
