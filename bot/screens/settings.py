"""What a person can look up and change about themselves."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from aiogram.types import InlineKeyboardButton

from bot.callbacks.brand_requests import Company
from bot.callbacks.channels import Channels
from bot.callbacks.notices import Notices
from bot.callbacks.onboarding import FirstStep, Onboarding
from bot.callbacks.people import Language, Origin, PayoutDetails, Settings
from bot.callbacks.profile import Ask, Field, PersonalData
from bot.callbacks.reminders import FileRhythms
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard
from bot.screens.channels import channel_line
from bot.screens.onboarding import FIELD, MISSING, WHY
from bot.screens.words import word
from core import cities
from core.people import Actor, Brand, Consent, Creator, CreatorState


def settings(
    t: Translator, actor: Actor, creator: Creator | None, brands: Sequence[Brand] = ()
) -> Screen:
    """The profile of a creator, the language, the brands that the person acts for."""
    teams = [button("🏢 " + brand.name, Company(brand=brand.id)) for brand in brands]
    if not actor.brands:
        connect = t.plain("I represent a brand")
        teams = [button("🏷 " + connect, Onboarding(step=FirstStep.BRAND))]
    language = button("🌐 " + t.plain("Language"), Language())
    told = button("🔔 " + t.plain("Notifications"), Notices())
    files = button("📥 " + t.plain("Reminders about order files"), FileRhythms())
    teams += [files] if actor.brands else []
    if creator is None:
        begin = button("📣 " + t.plain("I am a creator"), Onboarding(step=FirstStep.CREATOR))
        return Screen(t("<b>Settings</b>"), keyboard(*teams, begin, told, [language, home(t)]))
    rows: list[Row] = []
    if creator.missing() or creator.state is CreatorState.NEW:
        finish = t.plain("Finish my profile")
        rows.append(button("✏️ " + finish, Onboarding(step=FirstStep.CREATOR)))
    rows += [
        [_ask(t, Field.NAME), _ask(t, Field.CITY)],
        [_ask(t, Field.CATEGORIES), _ask(t, Field.LANGUAGES)],
        button("📣 " + t.plain(FIELD[Field.CHANNEL]), Channels()),
    ]
    return Screen(
        _profile(t, creator),
        keyboard(
            *rows,
            [
                button("💳 " + t.plain("Payout details"), PayoutDetails(origin=Origin.SETTINGS)),
                button("🔒 " + t.plain("Personal data"), PersonalData()),
            ],
            told,
            *teams,
            [language, home(t)],
        ),
    )


def _ask(t: Translator, field: Field) -> InlineKeyboardButton:
    return button(t.plain(FIELD[field]), Ask(field=field))


def _profile(t: Translator, creator: Creator) -> Html:
    lines = [
        t("<b>My profile</b>") + f" · {escape(word(t, creator.state))}",
        "",
        t("Name: <b>{name}</b>", name=creator.display_name or "–"),
        t("City: {city}", city=cities.name(creator.city, t.locale) or "–"),
        t(
            "Categories: {list}",
            list=", ".join(word(t, category) for category in creator.categories) or "–",
        ),
        t(
            "Languages of posts: {list}",
            list=", ".join(word(t, language) for language in creator.languages) or "–",
        ),
        "",
        t("<b>Channels</b>"),
        *(channel_line(t, channel) for channel in creator.channels),
    ]
    if not creator.channels:
        lines.append("–")
    proved = any(channel.verified_at is not None for channel in creator.channels)
    if proved:
        lines.append(t("Size: {tier}", tier=word(t, creator.tier)))
    wanted = [
        (t.plain(FIELD[MISSING[field]]), t.plain(WHY[MISSING[field]]))
        for field in creator.missing()
    ]
    if creator.channels and not proved:
        wanted.append(
            (
                t.plain("A verified channel"),
                t.plain("it opens offers with a condition on the number of followers"),
            )
        )
    if creator.legal_status is None or not creator.has_iin or not creator.iban_tail:
        wanted.append(
            (t.plain("Payout details"), t.plain("they are asked before the first payout"))
        )
    if wanted:
        lines += ["", t("<b>Still missing</b>")]
        lines += [f"• {escape(what)}: {escape(why)}" for what, why in wanted]
    return Html("\n".join(lines))


def personal_data(t: Translator, consent: Consent | None) -> Screen:
    """The consent that stands, and how to end it."""
    if consent is None:
        return Screen(
            t("You have not agreed to the processing of personal data."),
            keyboard(
                button(t.plain("Read the text"), Onboarding(step=FirstStep.CONSENT)),
                [back(t, Settings()), home(t)],
            ),
        )
    return Screen(
        t(
            "<b>Personal data</b>\n"
            "You agreed to their processing: {at}, version {version}.\n"
            "Your IIN and account number are kept encrypted; nobody sees them in this chat.",
            at=consent.given_at,
            version=consent.version,
        ),
        keyboard(
            button(t.plain("Read the text"), Onboarding(step=FirstStep.CONSENT)),
            button(t.plain("Withdraw the consent"), PersonalData(withdraw=True)),
            [back(t, Settings()), home(t)],
        ),
    )


def confirm_withdrawal(t: Translator) -> Screen:
    """Exactly what ends with the consent."""
    return Screen(
        t(
            "<b>Withdraw the consent?</b>\n"
            "You will not be able to take new offers until you agree again. What you have earned "
            "is still paid. Documents that the law requires to be kept are kept."
        ),
        keyboard(
            button(t.plain("Withdraw the consent"), PersonalData(withdraw=True, sure=True)),
            [back(t, PersonalData()), home(t)],
        ),
    )


def withdrawn(t: Translator) -> Screen:
    """The consent has ended."""
    return Screen(
        t("The consent is withdrawn. You can agree again at any time in the settings."),
        keyboard([back(t, Settings()), home(t)]),
    )
