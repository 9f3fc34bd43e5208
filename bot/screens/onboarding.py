"""The first steps of a creator: what this is, the consent, the questions of the profile."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from enum import StrEnum
from html import escape

from aiogram.filters.callback_data import CallbackData

from bot.callbacks.brand_requests import SignUp
from bot.callbacks.channels import Channels
from bot.callbacks.offers import Catalogue, OfferCard
from bot.callbacks.onboarding import FirstStep, GiveConsent, Onboarding
from bot.callbacks.people import Help, Language, Settings
from bot.callbacks.profile import Ask, Field, Pick, Picked, Skip
from bot.i18n import N_, Html, Translator
from bot.screens.base import Row, Screen, back, button, grid, home, keyboard, warned
from bot.screens.words import word
from core import cities
from core.people import Category, Creator, CreatorState, Locale, Platform

ORDER = (Field.NAME, Field.CITY, Field.CATEGORIES, Field.CHANNEL)  # as a newcomer meets them

MISSING = {  # `Creator.missing` names the fields so
    "name": Field.NAME,
    "city": Field.CITY,
    "categories": Field.CATEGORIES,
    "channel": Field.CHANNEL,
}

ACCOUNT_EXAMPLES = {
    Platform.INSTAGRAM: "instagram.com/aigerim",
    Platform.TIKTOK: "tiktok.com/@aigerim",
    Platform.YOUTUBE: "youtube.com/@aigerim",
    Platform.TELEGRAM: "t.me/aigerim",
    Platform.THREADS: "threads.net/@aigerim",
    Platform.VK: "vk.com/aigerim",
}


def welcome(t: Translator, *, begun: bool) -> Screen:
    """What this is and who one may be here; `begun` says that a profile waits to be finished."""
    text = t(
        "<b>Üles</b>\n"
        "Creators choose offers of brands here, get a promo code and a link of their own, and earn "
        "a reward for every real sale.\n\n"
        "1. Choose an offer and get your code.\n"
        "2. Tell your followers about it, with the advertising label.\n"
        "3. The shop confirms the sale, the reward comes to your wallet.\n\n"
        "Who are you?"
    )
    go_on = t.plain("Finish my profile") if begun else t.plain("I am a creator")
    return Screen(
        text,
        keyboard(
            button("📣 " + go_on, Onboarding(step=FirstStep.CREATOR)),
            button("🏷 " + t.plain("I represent a brand"), Onboarding(step=FirstStep.BRAND)),
            [
                button("🌐 " + t.plain("Language"), Language()),
                button("❔ " + t.plain("Help"), Help()),
            ],
            home(t),
        ),
    )


def for_brands(t: Translator, operator: str) -> Screen:
    """How a brand gets in."""
    return Screen(
        t(
            "<b>For brands</b>\n"
            "You pay only for sales that can be proved to come from a creator.\n\n"
            "Send the brand's legal data: the operator, {operator}, checks them, signs the "
            "contract with you and connects the brand. If the brand is here already, ask its "
            "owner for an invitation link.",
            operator=operator,
        ),
        keyboard(
            button("📨 " + t.plain("Connect a brand"), SignUp()),
            [back(t, Onboarding(step=FirstStep.WELCOME)), home(t)],
        ),
    )


def consent(t: Translator, text: str, *, version: str, given: bool) -> Screen:
    """The text of the consent in the reader's language, with a button unless it is given."""
    asked = t("To go on, please agree to the processing of your personal data:")
    agreed = t("You have agreed to this text:")
    return Screen(
        Html(
            f"{agreed if given else asked}\n\n<blockquote>{escape(text, quote=False)}</blockquote>"
        ),
        keyboard(
            None
            if given
            else button("✅ " + t.plain("I agree"), GiveConsent(version=version, locale=t.locale)),
            None
            if given
            else button(t.plain("I do not agree"), Onboarding(step=FirstStep.DISAGREE)),
            [back(t, Settings() if given else Onboarding(step=FirstStep.WELCOME)), home(t)],
        ),
    )


def disagreed(t: Translator) -> Screen:
    """Without the consent there is no contract."""
    return Screen(
        t(
            "Without your consent we may not keep your profile or pay you. You can look at the "
            "offers, and come back to this at any time."
        ),
        keyboard(
            button("🛍 " + t.plain("Look at the offers"), Catalogue()),
            [back(t, Onboarding(step=FirstStep.CONSENT)), home(t)],
        ),
    )


def ask_name(
    t: Translator, creator: Creator, *, suggestion: str, problem: str | None = None
) -> Screen:
    """What to call the creator; `suggestion` is the name from Telegram, empty if unfit."""
    text = t(
        "<b>What is your name?</b>\n"
        "Brands see it, and your promo code is made from it. Type it, for example: Aigerim S."
    )
    offered = suggestion and suggestion != creator.display_name
    return _question(
        t,
        creator,
        Field.NAME,
        text,
        [button(suggestion, Pick(field=Field.NAME))] if offered else [],
        now=creator.display_name,
        problem=problem,
    )


def ask_city(t: Translator, creator: Creator, *, problem: str | None = None) -> Screen:
    """Where the creator lives."""
    buttons = [
        button(city.name(t.locale), Pick(field=Field.CITY, value=str(number)))
        for number, city in enumerate(cities.CITIES)
    ]
    return _question(
        t,
        creator,
        Field.CITY,
        t("<b>Which city do you live in?</b>\nChoose it, or type its name if it is not here."),
        grid(buttons, 3),
        now=cities.name(creator.city, t.locale) if creator.city else "",
        problem=problem,
    )


def ask_list(
    t: Translator,
    creator: Creator,
    field: Field,
    chosen: Collection[str],
    *,
    problem: str | None = None,
) -> Screen:
    """What the creator posts about, or in which languages: several may be chosen."""
    if field is Field.CATEGORIES:
        text = t("<b>What do you post about?</b>\nChoose one or several, then press “Done”.")
    else:
        text = t("<b>In which languages do you post?</b>\nChoose one or several.")
    return _question(
        t,
        creator,
        field,
        text,
        [
            *grid(
                [
                    button(
                        ("✅ " if value in chosen else "") + word(t, value),
                        Pick(field=field, value=value),
                    )
                    for value in kinds(field)
                ]
            ),
            button("✔️ " + t.plain("Done"), Picked(field=field)) if chosen else None,
        ],
        problem=problem,
    )


def kinds(field: Field) -> Sequence[StrEnum]:
    """What can be chosen in a list."""
    return tuple(Category) if field is Field.CATEGORIES else tuple(Locale)


def ask_channel(
    t: Translator,
    creator: Creator,
    *,
    platform: Platform | None = None,
    problem: str | None = None,
) -> Screen:
    """Where the creator posts: a link, or a platform and then a name."""
    if platform is None:
        text = t(
            "<b>Where do you post?</b>\n"
            "Send a link to your largest channel, for example: {example}\n"
            "Or choose the platform first and send only your name there.",
            example=ACCOUNT_EXAMPLES[Platform.INSTAGRAM],
        )
    else:
        text = t(
            "<b>{platform}</b>\nSend your name there, for example @aigerim, or the link: {example}",
            platform=word(t, platform),
            example=ACCOUNT_EXAMPLES[platform],
        )
    buttons = [
        button(
            ("• " if one is platform else "") + word(t, one), Pick(field=Field.CHANNEL, value=one)
        )
        for one in Platform
    ]
    return _question(t, creator, Field.CHANNEL, text, grid(buttons, 3), problem=problem)


def ask_followers(t: Translator, url: str, *, problem: str | None = None) -> Screen:
    """How many follow the channel."""
    text = t(
        "<b>How many followers does {channel} have?</b>\nType the number, for example: 12 500",
        channel=url.removeprefix("https://"),
    )
    return Screen(warned(problem, text), keyboard([back(t, Ask(field=Field.CHANNEL)), home(t)]))


def later(t: Translator, creator: Creator, *, offer: int = 0) -> Screen:
    """The questions are over for now; what was left out is asked again when it is needed."""
    lines = [
        t("<b>Saved.</b> You can look around. Before you take an offer, we ask for the rest:"),
        *(
            f"• {escape(t.plain(FIELD[MISSING[field]]))}: {escape(t.plain(WHY[MISSING[field]]))}"
            for field in creator.missing()
        ),
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button("🛍 " + t.plain("Back to the offer"), OfferCard(offer=offer)) if offer else None,
            button("🛍 " + t.plain("Look at the offers"), Catalogue()),
            button("✏️ " + t.plain("Finish my profile"), Onboarding(step=FirstStep.CREATOR)),
            home(t),
        ),
    )


def complete(t: Translator, offer: Screen) -> Screen:
    """The profile is whole: back to the offer for which it was filled in."""
    return replace(offer, text=t("✅ Your profile is complete.") + f"\n\n{offer.text}")


def done(t: Translator, creator: Creator) -> Screen:
    """The profile is whole: on to the offers."""
    if creator.state is CreatorState.SUSPENDED:
        text = t("Your profile is complete, but it is suspended: new offers are closed.")
    else:
        text = t(
            "🎉 <b>All set, {name}!</b>\nNow choose your first offer: you get a promo code, a link "
            "and a QR picture at once.",
            name=creator.display_name,
        )
    return Screen(
        text,
        keyboard(
            button("🛍 " + t.plain("Choose an offer"), Catalogue()),
            [button("⚙️ " + t.plain("My profile"), Settings()), home(t)],
        ),
    )


def _question(
    t: Translator,
    creator: Creator,
    field: Field,
    text: Html,
    buttons: Sequence[Row],
    *,
    now: str = "",
    problem: str | None = None,
) -> Screen:
    """A question with the way back: to the one before while newcomers, to the settings later."""
    step = _step(t, creator, field)
    shown = Html(f"{step}{text}")
    keep: Row = None
    if now:
        shown = Html(shown + "\n\n" + t("Now: <b>{value}</b>", value=now))
        keep = button(
            t.plain("Keep: {value}", value=now),
            Settings() if not creator.missing() else Onboarding(step=FirstStep.CREATOR),
        )
    return Screen(
        warned(problem, shown),
        keyboard(
            *buttons,
            keep,
            button(t.plain("Skip") + " ›", Skip(field=field)) if field in _open(creator) else None,
            [back(t, _before(creator, field)), home(t)],
        ),
    )


def _open(creator: Creator) -> list[Field]:
    """The questions without an answer, in their order."""
    return [MISSING[field] for field in creator.missing()]


def following(creator: Creator, field: Field) -> Field | None:
    """The next open question after this one; those before it were left for later."""
    place = ORDER.index(field) if field in ORDER else -1
    return next((one for one in _open(creator) if ORDER.index(one) > place), None)


def _step(t: Translator, creator: Creator, field: Field) -> Html:
    if not creator.missing() or field not in ORDER:
        return Html("")
    counted = t("Step {n} of {all}", n=ORDER.index(field) + 1, all=len(ORDER))
    return Html(f"<i>{counted}</i>\n")


def _before(creator: Creator, field: Field) -> CallbackData:
    if not creator.missing():
        return Channels() if field is Field.CHANNEL else Settings()
    place = ORDER.index(field) if field in ORDER else 0
    return Ask(field=ORDER[place - 1]) if place else Onboarding(step=FirstStep.WELCOME)


# Words for `Settings`, so that both name the questions alike.
FIELD = {
    Field.NAME: N_("Name"),
    Field.CITY: N_("City"),
    Field.CATEGORIES: N_("Categories"),
    Field.CHANNEL: N_("Channels"),
    Field.LANGUAGES: N_("Languages of posts"),
}

# What each answer is wanted for.
WHY = {
    Field.NAME: N_("brands see it, and your promo code is made from it"),
    Field.CITY: N_("some offers are for certain cities only"),
    Field.CATEGORIES: N_("fitting offers are shown to you first"),
    Field.CHANNEL: N_("brands look for your posts there"),
}
