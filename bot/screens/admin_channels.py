"""Channels as the staff check them: the code, the link, the number of followers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bot.callbacks.admin_channels import (
    ChannelHistory,
    ChannelQueue,
    ChannelReview,
    ChannelVerdict,
    Ground,
)
from bot.callbacks.admin_creators import CreatorReview
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, warned
from bot.screens.words import word
from core.channels import ChannelCheck, CheckMethod, CheckReason, CheckState, CheckView

MARKS = {
    CheckState.OPEN: "…",
    CheckState.WAITING: "🕓",
    CheckState.ACCEPTED: "✅",
    CheckState.REFUSED: "✖️",
    CheckState.EXPIRED: "⌛",
    CheckState.WITHDRAWN: "↩️",
    CheckState.LOST: "⚠️",
}


def nothing(t: Translator, *, skipped: bool) -> Screen:
    """The queue is empty, or only what was left for later is in it."""
    text = (
        t("That was the last one. Those you left for later still wait.")
        if skipped
        else t("<b>Channels to check</b>\nNo channel waits for you.")
    )
    return Screen(
        text,
        keyboard(
            button(t.plain("From the beginning"), ChannelQueue()) if skipped else None, home(t)
        ),
    )


def review(t: Translator, view: CheckView) -> Screen:
    """One channel with everything that a decision needs."""
    check = view.check
    number = check.id or 0
    rows: list[Row] = [button(t.plain("Open the channel"), url=check.url)]
    if check.state is CheckState.WAITING:
        followers = t.plural("{n} follower", "{n} followers", check.claimed)
        rows += [
            button(
                "✅ " + t.plain("The code is there: {followers}", followers=followers),
                ChannelReview(check=number, verdict=ChannelVerdict.ACCEPT, followers=check.claimed),
            ),
            [
                button(
                    "✏️ " + t.plain("Another number"),
                    ChannelReview(check=number, verdict=ChannelVerdict.NUMBER),
                ),
                button(
                    "✖️ " + t.plain("Do not accept"),
                    ChannelReview(check=number, verdict=ChannelVerdict.REFUSE),
                ),
            ],
            button(t.plain("Later"), ChannelQueue(after=number)),
        ]
    else:
        rows.append(button(t.plain("Next channel"), ChannelQueue()))
    rows.append(button("👤 " + t.plain("The creator"), CreatorReview(creator=check.creator)))
    return Screen(_text(t, view), keyboard(*rows, home(t)))


def ask_reason(t: Translator, view: CheckView) -> Screen:
    """Why is the channel not accepted?"""
    number = view.check.id or 0
    rows: list[Row] = [
        button(
            word(t, CheckReason[ground.name]),
            ChannelReview(check=number, verdict=ChannelVerdict.REFUSE, ground=ground),
        )
        for ground in Ground
    ]
    return Screen(
        _text(t, view)
        + "\n\n"
        + t("Why is the channel not accepted? The creator reads it and can try again."),
        keyboard(
            *rows,
            [back(t, ChannelReview(check=number, verdict=ChannelVerdict.SHOW)), home(t)],
        ),
    )


def ask_followers(t: Translator, view: CheckView, *, problem: str | None = None) -> Screen:
    """How many followers does the profile show?"""
    number = view.check.id or 0
    text = t("Type how many followers the profile shows, for example: 12 500")
    return Screen(
        warned(problem, _text(t, view) + "\n\n" + text),
        keyboard([back(t, ChannelReview(check=number, verdict=ChannelVerdict.SHOW)), home(t)]),
    )


def history(t: Translator, creator: int, name: str, checks: Sequence[ChannelCheck]) -> Screen:
    """Every attempt of a creator to prove a channel, newest first."""
    lines: list[str] = [t("<b>Verification of channels</b> · {name}", name=name)]
    lines += [f"{_line(t, check)}\n{escape(check.url)}" for check in checks]
    if not checks:
        lines.append(t("There has been none."))
    return Screen("\n".join(lines), keyboard([back(t, CreatorReview(creator=creator)), home(t)]))


def to_history(t: Translator, creator: int) -> Row:
    """The button to them, for a creator's card."""
    return button("📣 " + t.plain("Verification of channels"), ChannelHistory(creator=creator))


def _text(t: Translator, view: CheckView) -> Html:
    check = view.check
    lines: list[str] = [t("<b>Channel to check</b>")]
    if view.waiting and check.state is CheckState.WAITING:
        lines.append(t.plural("{n} channel waits", "{n} channels wait", view.waiting))
    lines += [
        "",
        t("Creator: {name}", name=view.creator_name),
        t("Platform: {platform}", platform=word(t, check.platform)),
        escape(check.url),
        t("Code to look for: <code>{code}</code>", code=check.code or "–"),
        t("Followers by the creator's word: {n}", n=check.claimed),
    ]
    if check.claimed_at is not None:
        lines.append(t("Waiting since {at}", at=check.claimed_at))
    if check.state is not CheckState.WAITING:
        lines.append(_line(t, check))
    if view.earlier:
        lines += ["", t("Earlier:"), *(_line(t, one) for one in view.earlier)]
    return Html("\n".join(lines))


def _line(t: Translator, check: ChannelCheck) -> Html:
    """An attempt in one line."""
    at = check.decided_at or check.claimed_at or check.created_at
    parts = [f"{MARKS[check.state]} {t.value(at)}", escape(word(t, check.state))]
    if check.method is CheckMethod.TELEGRAM:
        parts.append(t("by the bot"))
    if check.counted is not None:
        parts.append(t.plural("{n} follower", "{n} followers", check.counted))
    if check.reason:
        parts.append(escape(word(t, CheckReason(check.reason))))
    return Html(" · ".join(parts))
