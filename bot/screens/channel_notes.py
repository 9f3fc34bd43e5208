"""Notifications about channels and watched posts in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiogram.filters.callback_data import CallbackData

from bot.callbacks.admin_channels import ChannelReview, ChannelVerdict
from bot.callbacks.brand_proofs import ProofReview, Verdict
from bot.callbacks.channels import ChannelCard, Channels
from bot.callbacks.offers import OfferCard
from bot.callbacks.proofs import ProofCard
from bot.i18n import Html, Translator
from bot.screens.base import Screen, button, keyboard
from bot.screens.words import CHECK_REASON, word
from core.notifications import NoteKind
from core.people import Tier

Facts = Mapping[str, Any]


def of_channel(t: Translator, kind: NoteKind, facts: Facts) -> Screen:
    """What has become of a channel, or of a post in one."""
    if kind in (NoteKind.POST_MISSING, NoteKind.POST_GONE, NoteKind.POST_GONE_BRAND):
        return _of_post(t, kind, facts)
    url = str(facts["url"]).removeprefix("https://")
    channel = int(facts.get("channel") or 0)
    card = ChannelCard(channel=channel) if channel else Channels()
    if kind is NoteKind.CHANNEL_WAITING:
        text = t(
            "A channel of <b>{creator}</b> waits for a check: {url}",
            creator=str(facts["creator"]),
            url=url,
        )
        review = ChannelReview(check=int(facts["check"]), verdict=ChannelVerdict.SHOW)
        return _screen(t, text, review)
    if kind is NoteKind.CHANNEL_VERIFIED:
        text = t(
            "✅ <b>{channel}</b> is verified.\n{followers}. Size: {tier}",
            channel=url,
            followers=t.plural("{n} follower", "{n} followers", int(facts["followers"])),
            tier=word(t, Tier(str(facts["tier"]))),
        )
        if offer := int(facts.get("offer") or 0):
            back_to = button("🛍 " + t.plain("Back to the offer"), OfferCard(offer=offer))
            return Screen(text, keyboard(back_to, button(t.plain("My channels"), Channels())))
        return _screen(t, text, Channels())
    if kind is NoteKind.CHANNEL_REFUSED:
        text = t("The channel <b>{channel}</b> was not verified. You can try again.", channel=url)
        reason = str(facts.get("reason") or "")
        known = {str(one): words for one, words in CHECK_REASON.items()}
        reason = t.plain(known[reason]) if reason in known else reason
        if reason:
            text = Html(f"{text}\n" + t("Reason: {reason}", reason=reason))
        return _screen(t, text, card)
    if kind is NoteKind.CHANNEL_LOST:
        text = t(
            "The bot is not an administrator of <b>{channel}</b> any more, so the channel does not "
            "count as verified. Make it an administrator again. Offers that you have stay yours.",
            channel=url,
        )
        return _screen(t, text, card)
    text = t(
        "The channel <b>{channel}</b> was removed from your profile: its administrator has "
        "verified it as their own.",
        channel=url,
    )
    return _screen(t, text, card)


def _of_post(t: Translator, kind: NoteKind, facts: Facts) -> Screen:
    proof = int(facts["proof"])
    title = str((facts.get("titles") or {}).get(str(t.locale)) or facts["title"])
    if kind is NoteKind.POST_MISSING:
        text = t(
            "⚠️ We do not find your post for the offer <b>{title}</b> any more. If it does not come "
            "back by {until}, the brand is told that it is gone. You can publish again and send a "
            "proof of the new post.",
            title=title,
            until=datetime.fromisoformat(str(facts["until"])),
        )
        return _screen(t, text, ProofCard(proof=proof))
    if kind is NoteKind.POST_GONE_BRAND:
        text = t(
            "The post of <b>{creator}</b> for the offer <b>{title}</b> is gone: the creator was "
            "warned, and it did not come back. What was earned stays as it is.",
            creator=str(facts["creator"]),
            title=title,
        )
        return _screen(t, text, ProofReview(proof=proof, verdict=Verdict.SHOW))
    text = t(
        "The post for the offer <b>{title}</b> counts as gone, and the brand has been told. What "
        "you have earned stays yours. You can send a proof of a new post.",
        title=title,
    )
    return _screen(t, text, ProofCard(proof=proof))


def _screen(t: Translator, text: str, to: CallbackData) -> Screen:
    return Screen(text, keyboard(button(t.plain("Open"), to)))
