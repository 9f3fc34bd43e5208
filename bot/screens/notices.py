"""How a person wants to be told: groups of notifications, quiet hours, the daily message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.callbacks.broadcasts import BroadcastMute
from bot.callbacks.notices import Hours, NoticeGroup, NoticeHour, Notices
from bot.callbacks.people import Settings
from bot.i18n import N_, Html, Translator
from bot.screens.base import Screen, back, button, grid, home, keyboard
from core.notices import OPTIONAL, Group, Mode, NoticeSettings, groups_for
from core.people import Actor

GROUP: Final[Mapping[Group, str]] = {
    Group.ORDERS: N_("My orders"),
    Group.EARNINGS: N_("Earnings"),
    Group.PAYOUTS: N_("My payouts"),
    Group.POSTS: N_("My posts"),
    Group.OFFERS: N_("Changes of offers"),
    Group.CREATORS: N_("New creators"),
    Group.APPLICATIONS: N_("Applications and codes"),
    Group.PROOFS: N_("Posts to check"),
    Group.REVIEWS: N_("Review of offers"),
    Group.FUNDS: N_("Brand funds"),
    Group.FILES: N_("Order files"),
    Group.QUEUES: N_("Review queues"),
    Group.REQUESTS: N_("Payout requests"),
    Group.SOURCES: N_("Sources of orders"),
    Group.SUPPORT: N_("Questions to support"),
    Group.DISPUTES: N_("Disputes"),
}
WHAT: Final[Mapping[Group, str]] = {
    Group.ORDERS: N_("New, confirmed and cancelled orders by your codes and links."),
    Group.EARNINGS: N_("Money that has become available for withdrawal."),
    Group.PAYOUTS: N_("What happens to your payout requests."),
    Group.POSTS: N_("Whether the brand accepts your post or asks for a correction."),
    Group.OFFERS: N_("Offers that end or change, and new terms."),
    Group.CREATORS: N_("Creators who have joined your offers."),
    Group.APPLICATIONS: N_("Creators who want your offer, and codes that creators wish for."),
    Group.PROOFS: N_("Posts that creators have sent for your check."),
    Group.REVIEWS: N_("Whether the operator has published your offer."),
    Group.FUNDS: N_("Top-ups, and funds that run out."),
    Group.FILES: N_("Reminders that a file of orders is due."),
    Group.QUEUES: N_("Offers, profiles and brands that wait for your decision."),
    Group.REQUESTS: N_("Creators who ask for a payout."),
    Group.SOURCES: N_("Connections to shops that have stopped."),
    Group.SUPPORT: N_("New questions and replies of people."),
    Group.DISPUTES: N_("Cases about orders: what waits for you, and what became of them."),
}
MODE: Final[Mapping[Mode, str]] = {
    Mode.AT_ONCE: N_("at once"),
    Mode.DAILY: N_("once a day"),
    Mode.NEVER: N_("never"),
}
_MARK: Final = {Mode.AT_ONCE: "🔔", Mode.DAILY: "🗞", Mode.NEVER: "🔕"}


def notices(t: Translator, actor: Actor, chosen: NoticeSettings) -> Screen:
    """Everything that can be set."""
    lines: list[str] = [
        t("<b>Notifications</b>"),
        t("What comes often is put together into one message by itself."),
        "",
        t("Daily summary: {hour} (Almaty)", hour=_hour(chosen.daily_at)),
        _quiet(t, chosen),
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            *(
                button(
                    f"{_MARK[chosen.mode(group)]} {t.plain(GROUP[group])}: "
                    f"{t.plain(MODE[chosen.mode(group)])}",
                    NoticeGroup(group=group),
                )
                for group in groups_for(actor)
            ),
            button("📣 " + t.plain("News and offers"), BroadcastMute()),
            [
                button("🌙 " + t.plain("Quiet hours"), NoticeHour(which=Hours.QUIET_FROM)),
                button("🗞 " + t.plain("Daily summary"), NoticeHour(which=Hours.DAILY)),
            ],
            [back(t, Settings()), home(t)],
        ),
    )


def _quiet(t: Translator, chosen: NoticeSettings) -> Html:
    if chosen.quiet_from == chosen.quiet_until:
        return t("Quiet hours: none")
    return t(
        "Quiet hours: {start}–{end} (Almaty). Only messages about money that has moved come then.",
        start=_hour(chosen.quiet_from),
        end=_hour(chosen.quiet_until),
    )


def group(t: Translator, chosen: NoticeSettings, one: Group) -> Screen:
    """When should these be told?"""
    modes = [mode for mode in Mode if mode is not Mode.NEVER or one in OPTIONAL]
    lines: list[str] = [f"<b>{t(GROUP[one])}</b>", t(WHAT[one]), "", t("When should we write?")]
    if one not in OPTIONAL:
        lines.append(t("These cannot be switched off: they are about money or wait for your step."))
    return Screen(
        "\n".join(lines),
        keyboard(
            *(
                button(
                    f"{'✅ ' if chosen.mode(one) is mode else ''}{_MARK[mode]} "
                    f"{t.plain(MODE[mode])}",
                    NoticeGroup(group=one, mode=mode),
                )
                for mode in modes
            ),
            [back(t, Notices()), home(t)],
        ),
    )


def ask_hour(t: Translator, chosen: NoticeSettings, which: Hours) -> Screen:
    """Which hour?"""
    none = None
    match which:
        case Hours.QUIET_FROM:
            text = t("<b>Quiet hours</b>\nFrom which hour should it be quiet? Time of Almaty.")
            hours, now = [*range(18, 24), *range(18)], chosen.quiet_from
            none = button(t.plain("No quiet hours"), NoticeHour(which=Hours.NO_QUIET))
        case Hours.QUIET_UNTIL:
            text = t(
                "<b>Quiet hours</b>\nQuiet from {start}. Until which hour? Time of Almaty.",
                start=_hour(chosen.quiet_from),
            )
            hours = [(chosen.quiet_from + step) % 24 for step in range(1, 24)]
            now = chosen.quiet_until
        case _:
            text = t(
                "<b>Daily summary</b>\nAt which hour should it come? Time of Almaty. In your "
                "quiet hours it waits for their end."
            )
            hours, now = list(range(6, 24)), chosen.daily_at
    return Screen(
        text,
        keyboard(
            none,
            *grid(
                [
                    button(
                        ("✅ " if hour == now else "") + _hour(hour),
                        NoticeHour(which=which, hour=hour),
                    )
                    for hour in hours
                ],
                6,
            ),
            [back(t, Notices()), home(t)],
        ),
    )


def _hour(hour: int) -> str:
    return f"{hour:02}:00"
