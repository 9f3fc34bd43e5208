"""A creator's channels: what is proved, what only said, and how to prove one."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from bot.callbacks.channels import (
    ChannelAct,
    ChannelCard,
    ChannelDo,
    Channels,
    CheckAct,
    CheckDo,
)
from bot.callbacks.offers import OfferCard
from bot.callbacks.people import Settings
from bot.callbacks.profile import Ask, Field
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, warned
from bot.screens.words import word
from core.channels import ChannelCheck, ChannelView, CheckReason, CheckState
from core.people import Channel, Platform, tier

RIGHTS: Final = "manage_chat"  # the least that makes an administrator


def listing(t: Translator, views: Sequence[ChannelView]) -> Screen:
    """All channels, each with how it stands."""
    lines: list[str] = [t("<b>Channels</b>")]
    lines += [channel_line(t, view.channel, view.check) for view in views]
    if not views:
        lines.append(t("None yet. Add the one with the most followers first."))
    lines += [
        "",
        t(
            "Posts are accepted from these channels only. The size of your audience is taken from "
            "the largest verified channel: verify it to open more offers."
        ),
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            *(
                button(
                    f"{mark(view)} {short(view.channel)}", ChannelCard(channel=view.channel.id or 0)
                )
                for view in views
            ),
            button("➕ " + t.plain("Add a channel"), Ask(field=Field.CHANNEL)),
            [back(t, Settings()), home(t)],
        ),
    )


def card(
    t: Translator,
    view: ChannelView,
    *,
    bot_username: str,
    problem: str | None = None,
    offer: int = 0,
    last: bool = False,
) -> Screen:
    """One channel with what can be done; `offer` waits for the proof; the `last` one stays."""
    channel = view.channel
    lines: list[str] = [
        t(
            "<b>{channel}</b> · {platform}",
            channel=short(channel),
            platform=word(t, channel.platform),
        ),
        t.plural("{n} follower", "{n} followers", channel.followers),
        _standing(t, view),
    ]
    if channel.verified_at is not None:
        lines.append(t("Size: {tier}", tier=word(t, tier(channel.followers))))
    elif channel.platform is Platform.TELEGRAM:
        lines += ["", _how_telegram(t, bot_username)]
    return Screen(
        warned(problem, "\n".join(lines)),
        keyboard(
            *_proving(t, view, bot_username),
            button("🛍 " + t.plain("Back to the offer"), OfferCard(offer=offer)) if offer else None,
            button(t.plain("Open the channel"), url=channel.url),
            None
            if channel.verified_at
            else button(
                "✏️ " + t.plain("Number of followers"),
                ChannelAct(channel=channel.id or 0, act=ChannelDo.COUNT),
            ),
            None
            if last
            else button(
                "🗑 " + t.plain("Delete the channel"),
                ChannelAct(channel=channel.id or 0, act=ChannelDo.DROP),
            ),
            [back(t, Channels()), home(t)],
        ),
    )


def _proving(t: Translator, view: ChannelView, bot_username: str) -> list[Row]:
    channel, check = view.channel, view.check
    prove = ChannelAct(channel=channel.id or 0, act=ChannelDo.PROVE)
    if channel.platform is Platform.TELEGRAM:
        if channel.verified_at is not None:
            return [button("🔄 " + t.plain("Count again"), prove)]
        add = f"https://t.me/{bot_username}?startchannel&admin={RIGHTS}"
        return [
            button("➕ " + t.plain("Make the bot an administrator"), url=add),
            button("🔄 " + t.plain("Check"), prove),
        ]
    if check is not None and check.state is CheckState.WAITING:
        return [
            button(
                t.plain("Withdraw from the check"),
                CheckAct(check=check.id or 0, act=CheckDo.WITHDRAW),
            )
        ]
    if channel.verified_at is not None:
        return [button("🔄 " + t.plain("The number has changed: check again"), prove)]
    return [button("✅ " + t.plain("Verify the channel"), prove)]


def _standing(t: Translator, view: ChannelView) -> Html:
    """How the channel stands, in a sentence or two."""
    channel, check = view.channel, view.check
    lines: list[str] = []
    if channel.verified_at is not None:
        lines.append(t("✅ Verified: {at}", at=channel.verified_at))
        if channel.chat_id and channel.checked_at:
            lines.append(t("Followers were counted by Telegram: {at}", at=channel.checked_at))
    elif check is None or check.state is not CheckState.WAITING:
        lines.append(
            t("Not verified: the number is known from you only, so it opens no offers yet.")
        )
    if check is not None:
        match check.state:
            case CheckState.WAITING if check.claimed_at:
                lines.append(
                    t(
                        "🕓 Being checked since {at}. Leave the code <code>{code}</code> in the "
                        "profile description until then: you will be told here.",
                        at=check.claimed_at,
                        code=check.code,
                    )
                )
            case CheckState.REFUSED:
                lines.append(
                    t("✖️ Not accepted: {reason}", reason=word(t, CheckReason(check.reason)))
                )
            case CheckState.LOST if channel.verified_at is None:
                lines.append(t("The bot is not an administrator of the channel any more."))
            case _:
                pass
    return Html("\n".join(lines))


def _how_telegram(t: Translator, bot_username: str) -> Html:
    return t(
        "To verify the channel, make @{bot} its administrator; no rights are needed. Only an "
        "administrator can do that, so we know that the channel is yours, and Telegram itself "
        "tells us how many follow it. The bot posts nothing there.",
        bot=bot_username,
    )


def code(t: Translator, view: ChannelView, *, problem: str | None = None) -> Screen:
    """Put this code into the bio."""
    check = view.check
    assert check is not None
    assert check.expires_at is not None
    text = t(
        "<b>Verify {channel}</b>\n"
        "1. Copy the code: <code>{code}</code>\n"
        "2. Put it into the description of your profile on {platform}, anywhere.\n"
        "3. Press “The code is there”.\n\n"
        "Our staff look at the profile, see the code and the number of followers, and you are told "
        "here. After that you can delete it. The code is valid until {until}.",
        channel=short(view.channel),
        code=check.code,
        platform=word(t, view.channel.platform),
        until=check.expires_at,
    )
    number = check.id or 0
    return Screen(
        warned(problem, text),
        keyboard(
            button("📋 " + t.plain("Copy the code"), copy=check.code),
            button(t.plain("Open the channel"), url=view.channel.url),
            button("✅ " + t.plain("The code is there"), CheckAct(check=number, act=CheckDo.CLAIM)),
            [back(t, ChannelCard(channel=view.channel.id or 0)), home(t)],
        ),
    )


def expired(t: Translator) -> str:
    """The code was not used in time, in plain text."""
    return t.plain("That code has expired. Here is a new one.")


def proved(t: Translator, channel: Channel, *, offer: int = 0) -> Screen:
    """Telegram has shown that the channel is the creator's."""
    text = t(
        "✅ <b>{channel}</b> is verified.\n{followers}. Size: {tier}",
        channel=short(channel),
        followers=t.plural("{n} follower", "{n} followers", channel.followers),
        tier=word(t, tier(channel.followers)),
    )
    return Screen(
        text,
        keyboard(
            button("🛍 " + t.plain("Back to the offer"), OfferCard(offer=offer)) if offer else None,
            button("📣 " + t.plain("My channels"), Channels()),
            home(t),
        ),
    )


def confirm_drop(t: Translator, channel: Channel) -> Screen:
    """Forget this channel?"""
    number = channel.id or 0
    return Screen(
        t(
            "Delete the channel <b>{channel}</b> from your profile? Posts from it will not be "
            "accepted any more.",
            channel=short(channel),
        ),
        keyboard(
            button("🗑 " + t.plain("Delete"), ChannelAct(channel=number, act=ChannelDo.DROP_YES)),
            [back(t, ChannelCard(channel=number)), home(t)],
        ),
    )


def channel_line(t: Translator, channel: Channel, check: ChannelCheck | None = None) -> Html:
    """A channel with its followers, as a link, and whether it is verified."""
    address = escape(channel.url)
    followers = t.plural("{n} follower", "{n} followers", channel.followers)
    if channel.verified_at is not None:
        state = "✅ " + t("verified")
    elif check is not None and check.state is CheckState.WAITING:
        state = "🕓 " + t("being checked")
    else:
        state = t("not verified")
    return Html(f'• <a href="{address}">{escape(short(channel))}</a> · {followers} · {state}')


def mark(view: ChannelView) -> str:
    """A sign for how the channel stands."""
    if view.channel.verified_at is not None:
        return "✅"
    waiting = view.check is not None and view.check.state is CheckState.WAITING
    return "🕓" if waiting else "◻️"


def short(channel: Channel) -> str:
    """The address without its beginning."""
    return channel.url.removeprefix("https://")
