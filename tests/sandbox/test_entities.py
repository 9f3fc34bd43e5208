"""HTML becomes text and entities by Telegram's rules, with or without TDLib."""

import random
from typing import Any

import pytest

from scripts.sandbox import entities
from scripts.sandbox.entities import FormattedText, formatted, parse_html, utf16_slice
from scripts.sandbox.refusals import ApiError


def found(text: str) -> list[tuple[str, str]]:
    """The kinds of entities and the words that they cover."""
    read = formatted(text, "HTML")
    return [
        (entity["type"], utf16_slice(read.text, entity["offset"], entity["length"]))
        for entity in read.entities
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<b>a</b><strong>b</strong>", [("bold", "a"), ("bold", "b")]),
        ("<i>a</i><em>b</em>", [("italic", "a"), ("italic", "b")]),
        ("<u>a</u><ins>b</ins>", [("underline", "a"), ("underline", "b")]),
        ("<s>a</s><del>b</del>", [("strikethrough", "a"), ("strikethrough", "b")]),
        ("<tg-spoiler>a</tg-spoiler>", [("spoiler", "a")]),
        ("<span class='tg-spoiler'>a</span>", [("spoiler", "a")]),
        ("<code>AIGERIM10</code>", [("code", "AIGERIM10")]),
        ("<pre>a\nb</pre>", [("pre", "a\nb")]),
        ("<pre><code class='language-py'>a</code></pre>", [("pre", "a")]),
        ("<blockquote>a</blockquote>", [("blockquote", "a")]),
        ("<blockquote expandable>a</blockquote>", [("expandable_blockquote", "a")]),
        ('<tg-emoji emoji-id="5">😀</tg-emoji>', [("custom_emoji", "😀")]),
        ('😀 <a href="kaspi.kz">дүкен</a>', [("text_link", "дүкен")]),
        ('<a href="http://localhost">қайда</a>', []),
        ('<a href="tg://user?id=5">ол</a>', [("text_mention", "ол")]),
        ("<b>а<i>б</i></b>", [("bold", "аб"), ("italic", "б")]),
        ("  <b> a </b>  ", [("bold", "a ".strip())]),
        (
            "/start және https://a.kz/b?c=1.",
            [("bot_command", "/start"), ("url", "https://a.kz/b?c=1")],
        ),
        (
            "@ules_bot #жарнама a@b.kz",
            [("mention", "@ules_bot"), ("hashtag", "#жарнама"), ("email", "a@b.kz")],
        ),
        ("<code>/start</code>", [("code", "/start")]),
        ("5/10 және 10/2026", []),
    ],
)
def test_tags_become_entities(source: str, expected: list[tuple[str, str]]) -> None:
    assert found(source) == expected


def test_references_become_characters() -> None:
    source = "&lt;b&gt; &amp;lt; &quot;x&quot; &#65;&#x41;&#128512; &nbsp; &copy"
    assert parse_html(source).text == '<b> &lt; "x" AA😀 &nbsp; &copy'


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("қ<p>", 'Unsupported start tag "p" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b a='", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<b =x>q</b>", 'Empty attribute name in the tag "b" at byte offset 0'),
        ("<a href=http://x>q</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier specified"),
        ("&#xD83D;", "Text contains invalid Unicode characters"),
    ],
)
def test_broken_markup_is_refused_in_telegrams_words(source: str, refusal: str) -> None:
    with pytest.raises(ApiError, match="Bad Request: can't parse entities: ") as caught:
        parse_html(source)
    assert refusal in caught.value.description


def test_our_parser_says_what_tdlib_says() -> None:
    pytest.importorskip("tdjson")
    pieces = (
        "<b> </b> <i> </i> <a_href='t.me/x?start=1'> </a> <code> </code> <pre> </pre> &lt; &amp; "
        "&#65; қазақ 😀 x < & <blockquote_expandable> </blockquote> <span_class='tg-spoiler'> "
        '</span> <br> <p </ &gt " <U> </U> <s_> </s_> <em_a=b> </em> </>'
    ).replace("_", "\0")
    words = [piece.replace("\0", " ") for piece in pieces.split(" ")] + [" ", "\n"]
    dice = random.Random(7)
    for _ in range(5000):
        source = "".join(dice.choice(words) for _ in range(dice.randint(1, 9)))
        assert _result(parse_html, source) == _result(entities._parse_html_by_tdlib, source)


def _result(parse: Any, source: str) -> Any:
    try:
        read: FormattedText = parse(source)
    except ApiError as error:
        return error.description
    places = [
        (e["offset"], e["length"], e["type"], e.get("url"), e.get("language"))
        for e in read.entities
    ]
    return read.text, sorted(places, key=str)
