"""Formatted text as Telegram stores it: parsed HTML, entities in UTF-16 units, links found in it.

The rules and the wordings are those of TDLib's parseTextEntities. TDLib itself is asked where its
Python package `tdjson` is installed; the parser below says the same in pure Python.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from scripts.sandbox.links import WrongLink, normal_link
from scripts.sandbox.refusals import bad_request

Entity = dict[str, Any]

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(
    r"&(?:#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}))|(lt|gt|amp|quot)(?![a-zA-Z]));?"
)
_SPACE = " \t\r\n\v\f\0"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_FOUND = re.compile(
    r"(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<url>(?:https?://[^\s<>\"]+|(?<![\w@.])(?:t\.me|telegram\.me)/[^\s<>\"]+))"
    r"|(?<![\w/@])(?P<mention>@[A-Za-z]\w{3,31})"
    r"|(?<![\w/<>])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w+)?)(?![\w/])"
    r"|(?<![\w#])(?P<hashtag>#(?=\d*[^\W\d])\w{1,256})"
)
_TDLIB_TYPES = {
    "Bold": "bold",
    "Italic": "italic",
    "Underline": "underline",
    "Strikethrough": "strikethrough",
    "Spoiler": "spoiler",
    "Code": "code",
    "Pre": "pre",
    "PreCode": "pre",
    "BlockQuote": "blockquote",
    "ExpandableBlockQuote": "expandable_blockquote",
    "TextUrl": "text_link",
    "MentionName": "text_mention",
    "CustomEmoji": "custom_emoji",
}


@dataclass(frozen=True, slots=True)
class FormattedText:
    """Plain text and its entities; offsets and lengths are in UTF-16 code units."""

    text: str
    entities: list[Entity]

    @property
    def length(self) -> int:
        """Length in UTF-16 code units, which is what Telegram limits."""
        return utf16_length(self.text)


def utf16_length(text: str) -> int:
    """How many UTF-16 code units the text takes: two for an emoji, one for a Kazakh letter."""
    return len(text.encode("utf-16-le")) // 2


def utf16_slice(text: str, offset: int, length: int) -> str:
    """The part of the text that an entity covers."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le")


def formatted(
    text: str, parse_mode: str | None, entities: list[Entity] | None = None
) -> FormattedText:
    """Reads a text or a caption as the Bot API does, in HTML, MarkdownV2 (TDLib only) or plain.

    Raises a 400 in Telegram's words for a markup that does not parse.
    """
    text = _CONTROL.sub(" ", text.replace("\r", ""))
    mode = (parse_mode or "").lower()
    if not mode:
        read = FormattedText(text, _checked(text, entities or []))
    elif mode == "html":
        read = (_ask_tdlib or parse_html)(text)
    elif mode == "markdownv2" and _tdlib is not None:
        read = _parse_by_tdlib(text, {"@type": "textParseModeMarkdown", "version": 2})
    else:
        raise bad_request("unsupported parse_mode")
    trimmed = _trim(read)
    return FormattedText(trimmed.text, _with_found(trimmed))


def parse_html(text: str) -> FormattedText:
    """Telegram's HTML subset in pure Python. Raises a 400 that names the byte offset."""
    return _HtmlReader(text).read()


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    position: int


class _HtmlReader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.output: list[str] = []
        self.units = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def read(self) -> FormattedText:
        while self.at < len(self.source):
            if self.source[self.at] == "<":
                if self._peek(1) == "/":
                    self._end_tag()
                else:
                    self._start_tag()
                continue
            self._emit(self._reference() or self._take())
        if self.open:
            tag = self.open[-1].tag
            raise _unparsed(f'Can\'t find end tag corresponding to start tag "{tag}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return FormattedText("".join(self.output), _merge_blocks(self.entities))

    def _peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.source[place] if place < len(self.source) else ""

    def _take(self) -> str:
        self.at += 1
        return self.source[self.at - 1]

    def _take_while(self, wanted: Callable[[str], bool]) -> str:
        begin = self.at
        while self.at < len(self.source) and wanted(self.source[self.at]):
            self.at += 1
        return self.source[begin : self.at]

    def _skip_space(self) -> None:
        self._take_while(lambda sign: sign in _SPACE)

    def _emit(self, text: str) -> None:
        self.output.append(text)
        self.units += utf16_length(text)

    def _byte(self, place: int) -> int:
        return len(self.source[:place].encode())

    def _reference(self) -> str:
        if self._peek() != "&":
            return ""
        match = _REFERENCE.match(self.source, self.at)
        if match is None:
            return ""
        hexadecimal, decimal, name = match.groups()
        if name:
            character = _NAMED[name]
        else:
            number = int(hexadecimal, 16) if hexadecimal else int(decimal)
            if number == 0 or number >= 0x10FFFF:
                return ""
            if 0xD800 <= number <= 0xDFFF:
                raise _unparsed(
                    "Text contains invalid Unicode characters after decoding HTML entities, "
                    "check for unmatched surrogate code units"
                )
            character = chr(number)
        self.at = match.end()
        return character

    def _start_tag(self) -> None:
        begin = self.at
        place = self._byte(begin)
        self.at += 1
        tag = self._take_while(lambda sign: sign not in _SPACE and sign != ">").lower()
        if not self._peek():
            raise _unparsed(f"Unclosed start tag at byte offset {place}")
        if tag not in _TAGS:
            raise _unparsed(f'Unsupported start tag "{tag}" at byte offset {place}')
        argument = ""
        while True:
            self._skip_space()
            if self._peek() == ">":
                break
            name, value = self._attribute(tag, place)
            argument = _argument(tag, name, value) or argument
        self.at += 1
        if tag == "span" and argument != "spoiler":
            raise _unparsed(f'Tag "span" must have class "tg-spoiler" at byte offset {place}')
        self.open.append(_Open(tag, argument, self.units, len(self.output)))

    def _attribute(self, tag: str, place: int) -> tuple[str, str]:
        name = self._take_while(lambda sign: sign not in _SPACE and sign not in "=>/\"'")
        if not name:
            if not self._peek():
                raise _unparsed(f'Unclosed start tag "{tag}" at byte offset {place}')
            raise _unparsed(f'Empty attribute name in the tag "{tag}" at byte offset {place}')
        self._skip_space()
        if self._peek() != "=":
            if not self._peek():
                raise _unparsed(f'Unclosed start tag "{tag}" at byte offset {place}')
            return name, ""
        self.at += 1
        self._skip_space()
        begin = self._byte(self.at)
        if self._peek() in ("'", '"'):
            value = self._quoted()
        else:
            value = self._take_while(lambda s: s.isascii() and (s.isalnum() or s in ".-")).lower()
            if self._peek() and self._peek() not in _SPACE and self._peek() != ">":
                raise _unparsed(f"Unexpected end of name token at byte offset {begin}")
        if not self._peek():
            raise _unparsed(f"Unclosed start tag at byte offset {place}")
        return name, value

    def _quoted(self) -> str:
        quotation = self._take()
        value = ""
        while self._peek() and self._peek() != quotation:
            value += self._reference() or self._take()
        if self._peek():
            self.at += 1
        return value

    def _end_tag(self) -> None:
        place = self._byte(self.at)
        if not self.open:
            raise _unparsed(f"Unexpected end tag at byte offset {place}")
        self.at += 2
        tag = self._take_while(lambda sign: sign not in _SPACE and sign != ">").lower()
        self._skip_space()
        if self._peek() != ">":
            raise _unparsed(f"Unclosed end tag at byte offset {place}")
        self.at += 1
        started = self.open[-1]
        if tag and tag != started.tag:
            raise _unparsed(
                f'Unmatched end tag at byte offset {place}, expected "</{started.tag}>", '
                f'found "</{tag}>"'
            )
        self.open.pop()
        length = self.units - started.offset
        covered = "".join(self.output[started.position :])
        entity = _entity(started, covered) if length else None
        if entity is not None:
            self.entities.append({"offset": started.offset, "length": length, **entity})


def _merge_blocks(entities: list[Entity]) -> list[Entity]:
    """<pre><code class="language-x">…</code></pre> is one block; code alone has no language."""
    blocks = {(e["offset"], e["length"]) for e in entities if e["type"] == "pre"}
    languages = {(e["offset"], e["length"]): e["language"] for e in entities if e.get("language")}
    merged = []
    for entity in entities:
        place = (entity["offset"], entity["length"])
        language = languages.get(place) if place in blocks else None
        if language and entity["type"] == "code":
            continue
        kept = {key: value for key, value in entity.items() if key != "language"}
        if language and entity["type"] == "pre":
            kept["language"] = language
        merged.append(kept)
    return merged


def _argument(tag: str, name: str, value: str) -> str:
    match tag, name:
        case ("a", "href") | ("tg-emoji", "emoji-id"):
            return value
        case ("code", "class") if value.startswith("language-"):
            return value.removeprefix("language-")
        case ("span", "class") if value.startswith("tg-"):
            return value.removeprefix("tg-")
        case ("blockquote", "expandable"):
            return "1"
        case _:
            return ""


def _entity(started: _Open, covered: str) -> Entity | None:
    kind = _TAGS[started.tag]
    match kind:
        case "text_link":
            return _link(started.argument or covered)
        case "blockquote" if started.argument:
            return {"type": "expandable_blockquote"}
        case "code" if started.argument:
            return {"type": "code", "language": started.argument}
        case "custom_emoji":
            if not started.argument.isdecimal():
                raise _unparsed("Invalid custom emoji identifier specified")
            return {"type": kind, "custom_emoji_id": started.argument}
        case _:
            return {"type": kind}


def _link(address: str) -> Entity | None:
    mentioned = re.fullmatch(r"tg:(?://)?user/?\?id=(\d+)", address, re.IGNORECASE)
    if mentioned:
        return {"type": "text_mention", "user_id": int(mentioned[1])}
    try:
        return {"type": "text_link", "url": normal_link(address)}
    except WrongLink:
        return None  # as Telegram does: the words stay, the link goes


def _unparsed(reason: str) -> Exception:
    return bad_request(f"can't parse entities: {reason}")


def _checked(text: str, entities: list[Entity]) -> list[Entity]:
    length = utf16_length(text)
    for entity in entities:
        if entity["offset"] < 0 or entity["length"] <= 0 or entity["offset"] >= length:
            raise bad_request("ENTITY_BOUNDS_INVALID")
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _trim(read: FormattedText) -> FormattedText:
    cut = len(read.text) - len(read.text.lstrip(" \n"))
    text = read.text.strip(" \n")
    length = utf16_length(text)
    kept = []
    for entity in read.entities:
        begin = max(0, entity["offset"] - cut)
        end = min(length, entity["offset"] + entity["length"] - cut)
        if end > begin:
            kept.append({**entity, "offset": begin, "length": end - begin})
    return FormattedText(text, kept)


def _with_found(read: FormattedText) -> list[Entity]:
    taken = [
        (entity["offset"], entity["offset"] + entity["length"])
        for entity in read.entities
        if entity["type"] in ("code", "pre", "text_link", "text_mention")
    ]
    entities = list(read.entities)
    for match in _FOUND.finditer(read.text):
        kind = str(match.lastgroup)
        words = match[0].rstrip(".,;:!?)»\"'") if kind == "url" else match[0]
        begin = utf16_length(read.text[: match.start()])
        end = begin + utf16_length(words)
        if not any(begin < right and end > left for left, right in taken):
            entities.append({"type": kind, "offset": begin, "length": end - begin})
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


# TDLib, where it is installed


def _load_tdlib() -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    try:
        tdjson = import_module("tdjson")
    except ImportError:
        return None

    def execute(query: dict[str, Any]) -> dict[str, Any]:
        answer = tdjson.td_execute(json.dumps(query).encode())
        return json.loads(answer) if answer else {}

    execute({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})
    return execute


_tdlib = _load_tdlib()


def _parse_by_tdlib(text: str, mode: dict[str, Any]) -> FormattedText:
    assert _tdlib is not None
    answer = _tdlib({"@type": "parseTextEntities", "text": text, "parse_mode": mode})
    if answer["@type"] == "error":
        raise bad_request(answer["message"])
    return FormattedText(answer["text"], [_from_tdlib(entity) for entity in answer["entities"]])


def _from_tdlib(entity: dict[str, Any]) -> Entity:
    kind = entity["type"]
    name = kind["@type"].removeprefix("textEntityType")
    known = {"offset": entity["offset"], "length": entity["length"]}
    known["type"] = _TDLIB_TYPES.get(name, name.lower())
    for key in ("url", "language", "user_id", "custom_emoji_id"):
        if key in kind:
            known[key] = kind[key]
    return known


def _parse_html_by_tdlib(text: str) -> FormattedText:
    return _parse_by_tdlib(text, {"@type": "textParseModeHTML"})


_ask_tdlib = _parse_html_by_tdlib if _tdlib is not None else None
