"""Keyboards below messages: what Telegram accepts in them and in which words it refuses."""

from dataclasses import dataclass
from typing import Any

from aiogram.types import (
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from scripts.sandbox.calls import plain
from scripts.sandbox.links import WrongLink, normal_link
from scripts.sandbox.refusals import bad_request

MAX_BUTTONS = 100
MAX_CALLBACK_DATA = 64  # bytes in UTF-8
MAX_COPY_TEXT = 256
_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | ForceReply


@dataclass(frozen=True, slots=True)
class Keyboard:
    """What a message brings along: buttons under it, or a change of the person's keyboard."""

    inline: dict[str, Any] | None = None
    reply: dict[str, Any] | None = None


def keyboard(markup: Markup | None) -> Keyboard:
    """Checks a reply markup. Raises a 400 in Telegram's words."""
    if markup is None:
        return Keyboard()
    if isinstance(markup, InlineKeyboardMarkup):
        return Keyboard(inline=_inline(markup))
    if isinstance(markup, ReplyKeyboardMarkup):
        _check_reply(markup)
    return Keyboard(reply=plain(markup))


def _inline(markup: InlineKeyboardMarkup) -> dict[str, Any] | None:
    rows = []
    for row in markup.inline_keyboard:
        # a button without words is dropped by Telegram without a word
        checked = [_inline_button(button) for button in row if button.text]
        if checked:
            rows.append(checked)
    if sum(len(row) for row in rows) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def _inline_button(button: InlineKeyboardButton) -> dict[str, Any]:
    given = [action for action in _ACTIONS if getattr(button, action) is not None]
    if not given:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(given) > 1 or given[0] in ("pay", "callback_game"):
        raise bad_request("BUTTON_TYPE_INVALID")
    known = plain(button)
    if button.callback_data is not None:
        size = len(button.callback_data.encode())
        if not 1 <= size <= MAX_CALLBACK_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
    if button.copy_text is not None and not 1 <= len(button.copy_text.text) <= MAX_COPY_TEXT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if button.url is not None:
        try:
            known["url"] = normal_link(button.url)
        except WrongLink as wrong:
            raise bad_request(
                f"inline keyboard button URL '{button.url}' is invalid: {wrong}"
            ) from None
    if button.web_app is not None and not button.web_app.url.startswith("https://"):
        raise bad_request(
            f"inline keyboard button Web App URL '{button.web_app.url}' is invalid: "
            "Only HTTPS links are allowed"
        )
    return known


def _check_reply(markup: ReplyKeyboardMarkup) -> None:
    buttons = [button for row in markup.keyboard for button in row]
    if len(buttons) > 3 * MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    if not any(button.text for button in buttons):
        raise bad_request("REPLY_MARKUP_INVALID")
