"""The formatting of what a person has typed, as HTML that may be sent to others."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from aiogram.enums import MessageEntityType
from aiogram.types import Message, MessageEntity
from aiogram.utils.text_decorations import html_decoration

# The rest is told by the text alone: mentions and addresses are found by Telegram again, people
# are not to be linked to by number, and a bot may not send custom emoji.
_KEPT: Final = frozenset(
    {
        MessageEntityType.BOLD,
        MessageEntityType.ITALIC,
        MessageEntityType.UNDERLINE,
        MessageEntityType.STRIKETHROUGH,
        MessageEntityType.SPOILER,
        MessageEntityType.BLOCKQUOTE,
        MessageEntityType.EXPANDABLE_BLOCKQUOTE,
        MessageEntityType.CODE,
        MessageEntityType.PRE,
        MessageEntityType.TEXT_LINK,
    }
)


def kept_html(message: Message) -> str:
    """The text or caption of a message with its safe formatting; everything else is escaped."""
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities or []
    return html_decoration.unparse(text, _safe(entities))


def _safe(entities: Sequence[MessageEntity]) -> list[MessageEntity]:
    return [_escaped(one) for one in entities if one.type in _KEPT and _leads_well(one)]


def _escaped(entity: MessageEntity) -> MessageEntity:
    """The decoration writes attributes as they are: none may end before its quotation mark."""
    url = html.escape(entity.url) if entity.url else None
    return entity.model_copy(update={"url": url, "language": None})


def _leads_well(entity: MessageEntity) -> bool:
    if entity.type != MessageEntityType.TEXT_LINK:
        return True
    try:
        parts = urlsplit(entity.url or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
