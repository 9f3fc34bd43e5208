"""Creators as the staff see them: the queue of new ones, and those who are suspended."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bot.callbacks.admin_creators import (
    CreatorQueue,
    CreatorReview,
    CreatorVerdict,
    SuspendedCreators,
)
from bot.i18n import Html, Translator
from bot.screens.admin_channels import to_history
from bot.screens.base import Row, Screen, back, button, home, keyboard, pager, warned
from bot.screens.channels import channel_line
from bot.screens.words import word
from core import cities
from core.people import CreatorState, Profile
from core.usecases.creators import Kept


def queue(t: Translator, profile: Profile | None, *, following: int | None) -> Screen:
    """The next creator whom nobody has looked at."""
    if profile is None:
        return Screen(
            t("<b>Creators to review</b>\nAll of them have been looked at."),
            keyboard(button(t.plain("Suspended creators"), SuspendedCreators()), home(t)),
        )
    verdict = CreatorVerdict
    creator = profile.creator.id
    return Screen(
        Html(t("<b>Creators to review</b>") + "\n\n" + _card(t, profile)),
        keyboard(
            [
                button(
                    "✅ " + t.plain("In order"), CreatorReview(creator=creator, verdict=verdict.OK)
                ),
                button(
                    "⛔ " + t.plain("Suspend"),
                    CreatorReview(creator=creator, verdict=verdict.SUSPEND),
                ),
            ],
            pager(t, None, CreatorQueue(after=following) if following else None),
            button(t.plain("Suspended creators"), SuspendedCreators()),
            home(t),
        ),
    )


def card(t: Translator, profile: Profile) -> Screen:
    """One creator with what can be decided."""
    creator = profile.creator.id
    decide: Row
    if profile.creator.state is CreatorState.SUSPENDED:
        decide = button(
            "↩️ " + t.plain("Restore"),
            CreatorReview(creator=creator, verdict=CreatorVerdict.RESTORE),
        )
    else:
        decide = button(
            "⛔ " + t.plain("Suspend"),
            CreatorReview(creator=creator, verdict=CreatorVerdict.SUSPEND),
        )
    return Screen(
        _card(t, profile),
        keyboard(decide, to_history(t, creator), [back(t, CreatorQueue()), home(t)]),
    )


def ask_reason(
    t: Translator, profile: Profile, kept: Kept, *, problem: str | None = None
) -> Screen:
    """What a suspension leaves, and the question for its reason: they are going to read it."""
    text = "\n".join(
        [
            t("<b>Suspend {name}?</b>", name=profile.creator.display_name),
            _follows(t, kept),
            "",
            t(
                "Type the reason, the creator is going to read it. For example: the number of "
                "followers does not match the channel."
            ),
        ]
    )
    return Screen(
        warned(problem, text),
        keyboard(
            [back(t, CreatorReview(creator=profile.creator.id)), home(t)],
        ),
    )


def confirm_suspension(t: Translator, profile: Profile, kept: Kept, reason: str) -> Screen:
    """Suspend the creator for this reason?"""
    return Screen(
        "\n".join(
            [
                t("<b>Suspend {name}?</b>", name=profile.creator.display_name),
                _follows(t, kept),
                t("Reason: {reason}", reason=reason),
            ]
        ),
        keyboard(
            button(
                "⛔ " + t.plain("Suspend"),
                CreatorReview(creator=profile.creator.id, verdict=CreatorVerdict.SUSPEND_YES),
            ),
            [back(t, CreatorReview(creator=profile.creator.id)), home(t)],
        ),
    )


def _follows(t: Translator, kept: Kept) -> str:
    return "\n".join(
        [
            t("· They cannot take new offers."),
            t("· Codes and links that are out: {n}. They go on earning.", n=kept.enrolments),
            t(
                "· Their money stays theirs and is paid: on hold {pending}, available "
                "{available}, on the way {reserved}.",
                pending=kept.pending,
                available=kept.available,
                reserved=kept.reserved,
            ),
            t("· They are told the reason and can write to support."),
        ]
    )


def confirm_restore(t: Translator, profile: Profile) -> Screen:
    """Lift the suspension?"""
    return Screen(
        t(
            "<b>Restore {name}?</b>\nThe suspension was for: {reason}",
            name=profile.creator.display_name,
            reason=profile.reason,
        ),
        keyboard(
            button(
                "↩️ " + t.plain("Restore"),
                CreatorReview(creator=profile.creator.id, verdict=CreatorVerdict.RESTORE_YES),
            ),
            [back(t, CreatorReview(creator=profile.creator.id)), home(t)],
        ),
    )


def suspended(
    t: Translator, profiles: Sequence[Profile], *, first: bool, following: int | None
) -> Screen:
    """Creators who may take no offers."""
    text = (
        t("<b>Suspended creators</b>")
        if profiles
        else t("<b>Suspended creators</b>\nThere are none.")
    )
    return Screen(
        text,
        keyboard(
            *(
                button(
                    profile.creator.display_name or profile.person.name,
                    CreatorReview(creator=profile.creator.id),
                )
                for profile in profiles
            ),
            pager(
                t,
                None if first else SuspendedCreators(),
                SuspendedCreators(after=following) if following else None,
            ),
            [back(t, CreatorQueue()), home(t)],
        ),
    )


def _card(t: Translator, profile: Profile) -> Html:
    creator, person = profile.creator, profile.person
    name = escape(creator.display_name or person.name)
    account = f" · @{escape(person.username)}" if person.username else ""
    lines: list[str] = [
        f"<b>{name}</b>{account}",
        escape(word(t, creator.state)),
    ]
    if profile.reason:
        lines.append(t("Reason: {reason}", reason=profile.reason))
    lines += [
        t("City: {city}", city=cities.name(creator.city, t.locale) or "–"),
        t(
            "Categories: {list}",
            list=", ".join(word(t, category) for category in creator.categories) or "–",
        ),
        t("Size: {tier}", tier=word(t, creator.tier))
        if creator.followers
        else t("Size: no channel is verified"),
        t("Here since {date}", date=profile.since.date()),
        "",
        t("<b>Channels</b>"),
        *(channel_line(t, channel) for channel in creator.channels),
    ]
    return Html("\n".join(lines))
