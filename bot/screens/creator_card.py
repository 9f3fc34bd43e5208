"""A creator as a brand sees one: audience and subjects, results elsewhere only as ranges."""

from __future__ import annotations

from html import escape
from typing import Final

from bot.i18n import Html, Translator
from bot.screens.words import word
from core.admissions import Band, CreatorCard
from core.people import Channel, Locale

CHANNELS_SHOWN: Final = 6


def creator_lines(t: Translator, card: CreatorCard) -> list[Html]:
    """What a brand may know of a creator, a line each; no contacts, no sums of money."""
    creator = card.creator
    lines = [
        Html(f"<b>{escape(creator.display_name)}</b> · {escape(creator.city)}"),
        t("👥 Audience: {tier}", tier=word(t, creator.tier)),
    ]
    lines += [_channel(t, one) for one in creator.channels[:CHANNELS_SHOWN]]
    if creator.languages:
        lines.append(t("🗣 Languages: {list}", list=", ".join(_languages(t, creator.languages))))
    if creator.categories:
        subjects = ", ".join(word(t, one) for one in creator.categories)
        lines.append(t("🏷 Categories: {list}", list=subjects))
    lines += _elsewhere(t, card)
    return lines


def _channel(t: Translator, channel: Channel) -> Html:
    mark = t("✓ checked") if channel.verified_at else t("not checked")
    followers = t.plural("{n} follower", "{n} followers", channel.followers)
    name = escape(word(t, channel.platform))
    return Html(f'<a href="{escape(channel.url)}">{name}</a> · {followers} · {mark}')


def _languages(t: Translator, languages: tuple[Locale, ...]) -> list[str]:
    return [word(t, one) for one in languages]


def _elsewhere(t: Translator, card: CreatorCard) -> list[Html]:
    other = card.elsewhere
    if not other.brands.high and not other.brands.low:
        return [t("📊 With other brands: no results yet.")]
    lines = [
        t(
            "📊 With other brands: brands {brands}, confirmed orders {orders}.",
            brands=_range(t, other.brands),
            orders=_range(t, other.orders),
        )
    ]
    if other.confirmed is not None:
        lines.append(t("✅ Confirmed of all orders: {share} %", share=_range(t, other.confirmed)))
    return lines


def _range(t: Translator, band: Band) -> str:
    low = t.value(band.low)
    if band.high is None:
        return t.plain("{low} or more", low=low)
    return low if band.low == band.high else f"{low}–{t.value(band.high)}"
