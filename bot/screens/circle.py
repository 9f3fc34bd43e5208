"""What creators have with each other: invitations and the top list."""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import quote

from bot.callbacks.circle import TopConsent, TopList
from bot.callbacks.nav import Nav, Target
from bot.callbacks.wallet import Wallet
from bot.i18n import N_, Bps, Translator
from bot.screens.base import Screen, back, button, grid, home, keyboard
from bot.screens.words import word
from core.people import Category
from core.referrals import Invited, ReferralProgram
from core.top import MONTHS_BACK, Top

SHARE: Final = "https://t.me/share/url?url="
_THIS: Final = N_("This month")
_LAST: Final = N_("Last month")
MEDALS: Final = {1: "🥇", 2: "🥈", 3: "🥉"}


def invite(t: Translator, found: Invited, program: ReferralProgram, *, link: str) -> Screen:
    """The link, what it brings, and what has come of it."""
    lines: list[str] = [t("<b>Invite creators</b>"), ""]
    if program.bps:
        lines += [
            t(
                "You get <b>{share}</b> of the service's fee on every order that brings a reward "
                "to a creator whom you have invited. It counts for orders of the month in which "
                "they followed your link and of {n} months after it. The creator loses nothing.",
                share=Bps(program.bps),
                n=program.months,
            ),
            t(
                "The money comes when the creator's reward is available, and goes back if the "
                "order is returned."
            ),
        ]
    else:
        lines.append(
            t("Send the link to somebody who makes posts: they start with the right screen.")
        )
    lines += [
        "",
        f"<code>{escape(link)}</code>",
        "",
        t("Came by your link: {n}", n=found.came),
        t("Of them active creators: {n}", n=found.active),
    ]
    if program.bps or found.earned:
        lines.append(t("Your reward so far: <b>{amount}</b>", amount=found.earned))
    share = SHARE + quote(link, safe="")
    return Screen(
        "\n".join(lines),
        keyboard(
            [
                button("📋 " + t.plain("Copy the link"), copy=link),
                button("↗️ " + t.plain("Send to a friend"), url=share),
            ],
            button("💰 " + t.plain("Wallet"), Wallet()) if found.earned else None,
            [back(t, Nav(to=Target.CREATOR)), home(t)],
        ),
    )


def top(t: Translator, shown: Top, *, back_months: int) -> Screen:
    """A category's list of a month, with the reader's own place."""
    year, month = shown.month.split("-")
    lines: list[str] = [
        t(
            "<b>Top list</b> · {category} · {month}",
            category=word(t, shown.category),
            month=f"{month}.{year}",
        ),
        "",
    ]
    lines += [
        f"{MEDALS.get(place.place, f'{place.place}.')} {escape(place.name)} – "
        + t.plural("{n} approved order", "{n} approved orders", place.orders)
        for place in shown.places
    ]
    if not shown.places:
        lines.append(t("Nobody is in this list yet."))
    lines.append("")
    if shown.own_place is None:
        lines.append(t("You have no confirmed orders here this month."))
    elif shown.seen:
        lines.append(t("Your place: <b>{n}</b>", n=shown.own_place))
    else:
        lines.append(
            t(
                "You would have place <b>{n}</b>. Nobody but you sees it: you are not in the list.",
                n=shown.own_place,
            )
        )
    others = [
        button(
            ("• " if category is shown.category else "") + word(t, category),
            TopList(category=category, back=back_months),
        )
        for category in Category
    ]
    turning = [
        button(t.plain(label), TopList(category=shown.category, back=other))
        for other, label in ((0, _THIS), (MONTHS_BACK, _LAST))
        if other != back_months
    ]
    consent = (
        button("🙈 " + t.plain("Leave the list"), TopConsent(seen=False))
        if shown.seen
        else button("🏆 " + t.plain("Show me in the list"), TopConsent(seen=True))
    )
    return Screen(
        "\n".join(lines),
        keyboard(*grid(others), turning, consent, [back(t, Nav(to=Target.CREATOR)), home(t)]),
    )


def ask_consent(t: Translator) -> Screen:
    """In plain words: what others will see."""
    return Screen(
        t(
            "<b>Show you in the top list?</b>\nOther creators of Üles will see your name from the "
            "profile and the number of your confirmed orders by category and month. They see no "
            "money, no brands and no contacts. You can leave the list at any time, at once."
        ),
        keyboard(
            button("🏆 " + t.plain("I agree, show me"), TopConsent(seen=True, sure=True)),
            [back(t, TopList()), home(t)],
        ),
    )
