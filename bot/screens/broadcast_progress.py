"""A broadcast on its way: when, the last question, the progress and the result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.callbacks.broadcasts import (
    BroadcastCard,
    BroadcastMove,
    BroadcastNew,
    Broadcasts,
    BroadcastSend,
    BroadcastTime,
)
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, warned
from bot.screens.broadcasts import MARKS, Offers, audience_text, kind_text, people
from bot.screens.words import word
from core.broadcasts import Broadcast, BroadcastState, Reach, expected
from core.notifications import by_day
from core.orders import ALMATY
from core.people import Locale

BAR: Final = 10  # squares of the bar
MINUTE: Final = 60


def when(t: Translator, one: Broadcast, now: datetime, *, problem: str | None = None) -> Screen:
    """At once, or at a time that is chosen or typed."""
    text = t(
        "🕒 <b>When shall it go out?</b>\n"
        "Choose, or send a time of Almaty, for example: 19:05 or 21.11.2026 19:05."
    )
    return Screen(
        warned(problem, text),
        keyboard(
            button("📤 " + t.plain("Now"), BroadcastTime(broadcast=one.id)),
            *(
                button(t.value(at), BroadcastTime(broadcast=one.id, minute=minute_of(at)))
                for at in _usual(now)
            ),
            [back(t, BroadcastCard(broadcast=one.id)), home(t)],
        ),
    )


def _usual(now: datetime) -> Sequence[datetime]:
    """Times at which people read: the next 10:00, 13:00 and 19:00 of Almaty."""
    local = now.astimezone(ALMATY)
    times = []
    for hour in (10, 13, 19):
        at = local.replace(hour=hour, minute=0, second=0, microsecond=0)
        times.append(at if at > local else at + timedelta(days=1))
    return sorted(times)


def minute_of(at: datetime) -> int:
    """A time as minutes since 1970, to be carried by a button."""
    return int(at.timestamp()) // MINUTE


def confirm(
    t: Translator,
    one: Broadcast,
    reach: Reach,
    offers: Offers,
    *,
    at: datetime | None,
    now: datetime,
    per_second: int,
    stars: int = 0,
) -> Screen:
    """Exactly what is about to happen, and the question."""
    lasts = expected(reach.total, per_second)
    lines: list[str] = [
        t("<b>Send broadcast {number}?</b>", number=str(one.id)),
        "",
        t(
            "👥 {people}: {audience}",
            people=people(t, reach.total),
            audience=audience_text(t, one.audience, offers),
        ),
        *_by_text(t, one, reach),
        t("🕒 At once") if at is None else t("🕒 {time} (Almaty)", time=at),
        t("⏱ Takes about {duration}", duration=duration(t, lasts)),
        kind_text(t, one),
    ]
    if one.paid:
        lines.append(t("⭐️ Costs up to {n} Stars of the bot's balance", n=stars))
    begin = at or now
    if one.marketing and not (by_day(begin) and by_day(begin + lasts)):
        lines.append(t("🌙 It rests from 22:00 to 8:00 and goes on in the morning."))
    if at is not None:
        lines.append(t("Who gets it is fixed when it begins; the number may change until then."))
    return Screen(
        "\n".join(lines),
        keyboard(
            button(
                "📤 " + (t.plain("Yes, send now") if at is None else t.plain("Yes, schedule")),
                BroadcastSend(
                    broadcast=one.id, count=reach.total, minute=minute_of(at) if at else 0
                ),
            ),
            [back(t, BroadcastCard(broadcast=one.id, move=BroadcastMove.WHEN)), home(t)],
        ),
    )


def _by_text(t: Translator, one: Broadcast, reach: Reach) -> list[Html]:
    """How many get which text."""
    counts: dict[Locale, int] = {}
    for locale, count in reach.by_locale.items():
        if (text := one.language(locale)) is not None:
            counts[text] = counts.get(text, 0) + count
    return [
        t("🌐 {language}: {people}", language=word(t, locale), people=people(t, counts[locale]))
        for locale in Locale
        if locale in counts
    ]


def duration(t: Translator, lasts: timedelta) -> Html:
    """A length of time in one or two words."""
    seconds = int(lasts.total_seconds())
    if seconds < 2 * MINUTE:
        return t.plural("{n} second", "{n} seconds", max(1, seconds))
    minutes = -(-seconds // MINUTE)
    if minutes < 2 * MINUTE:
        return t.plural("{n} minute", "{n} minutes", minutes)
    hours = -(-minutes // MINUTE)
    return t.plural("{n} hour", "{n} hours", hours)


def card(t: Translator, one: Broadcast, offers: Offers, *, per_second: int) -> Screen:
    """How far a broadcast has come, or what came of it, and what can be done with it."""
    tally = one.tally
    lines: list[str] = [
        t(
            "{mark} <b>Broadcast {number}: {state}</b>",
            mark=MARKS[one.state],
            number=str(one.id),
            state=word(t, one.state),
        ),
        t("👥 For: {audience}", audience=audience_text(t, one.audience, offers)),
    ]
    if one.state is BroadcastState.SCHEDULED and one.scheduled_at is not None:
        lines.append(t("🕒 {time} (Almaty)", time=one.scheduled_at))
    if one.started_at is not None:
        lines += [
            "",
            f"{bar(tally.settled, tally.total)} {t.value(tally.settled)} / {t.value(tally.total)}",
            t("✅ Delivered: {n}", n=tally.sent),
            t("🚫 Have blocked the bot: {n}", n=tally.blocked),
            t("⚠️ Not delivered: {n}", n=tally.failed),
        ]
        if one.button is not None:
            lines.append(t("👆 Pressed the button: {n}", n=tally.clicks))
        lines.append("")
        lines.append(t("Begun: {time}", time=one.started_at))
    if one.state is BroadcastState.SENDING:
        lasts = expected(tally.left, per_second)
        lines.append(t("⏱ About {duration} left", duration=duration(t, lasts)))
    if one.state is BroadcastState.CANCELLED and one.started_at is not None:
        lines.append(t("Left out: {people}", people=people(t, tally.left)))
    if one.finished_at is not None:
        lines.append(t("Ended: {time}", time=one.finished_at))
    return Screen(
        "\n".join(lines),
        keyboard(
            *_controls(t, one),
            button("📋 " + t.plain("New one like this"), BroadcastNew(like=one.id)),
            [back(t, Broadcasts()), home(t)],
        ),
    )


def _controls(t: Translator, one: Broadcast) -> list[Row]:
    def act(name: str, move: BroadcastMove) -> Row:
        return button(name, BroadcastCard(broadcast=one.id, move=move))

    stop = act("⏹ " + t.plain("Stop for good"), BroadcastMove.CANCEL)
    refresh = act("🔄 " + t.plain("Refresh"), BroadcastMove.SHOW)
    match one.state:
        case BroadcastState.SCHEDULED:
            return [act("✏️ " + t.plain("Call back and edit"), BroadcastMove.CALL_BACK), stop]
        case BroadcastState.SENDING:
            return [refresh, act("⏸ " + t.plain("Pause"), BroadcastMove.PAUSE), stop]
        case BroadcastState.PAUSED:
            return [act("▶️ " + t.plain("Go on"), BroadcastMove.RESUME), stop]
        case _:
            return [refresh]


def bar(done: int, total: int) -> str:
    """How much of the whole is done, as ten squares."""
    filled = BAR if not total else done * BAR // total
    return "▰" * filled + "▱" * (BAR - filled)


def confirm_cancel(t: Translator, one: Broadcast) -> Screen:
    """Whether it is really to be stopped for good."""
    return Screen(
        t(
            "<b>Stop broadcast {number} for good?</b>\n"
            "{people} will not get it. What has been delivered stays where it is.",
            number=str(one.id),
            people=people(t, one.tally.left),
        )
        if one.started_at is not None
        else t("<b>Stop broadcast {number} for good?</b>\nNobody will get it.", number=str(one.id)),
        keyboard(
            button(
                "⏹ " + t.plain("Yes, stop"),
                BroadcastCard(broadcast=one.id, move=BroadcastMove.CANCEL_YES),
            ),
            [back(t, BroadcastCard(broadcast=one.id)), home(t)],
        ),
    )
