"""The draft of a broadcast: whom it is for, what it says, and a preview."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from bot.callbacks.broadcasts import (
    AudienceField,
    BroadcastAudience,
    BroadcastButton,
    BroadcastCard,
    BroadcastLabel,
    BroadcastMove,
    BroadcastNew,
    BroadcastPick,
    BroadcastPicture,
    Broadcasts,
    BroadcastText,
)
from bot.i18n import Html, Translator
from bot.screens.base import (
    Photo,
    Row,
    Screen,
    back,
    button,
    cut,
    grid,
    home,
    keyboard,
    pager,
    warned,
)
from bot.screens.broadcast_message import label
from bot.screens.words import word
from core.broadcasts import (
    ACTIVE_DAYS,
    CAPTION_MAX,
    LABEL_MAX,
    TEXT_MAX,
    Audience,
    Broadcast,
    BroadcastState,
    ButtonKind,
    NamedOffer,
    Reach,
    Role,
)
from core.cities import CITIES
from core.ids import OfferId
from core.people import Category, Locale, Tier

ROLES: Final = tuple(Role)
TIERS: Final = tuple(Tier)
CATEGORIES: Final = tuple(Category)
LOCALES: Final = tuple(Locale)
MARKS: Final = {
    BroadcastState.DRAFT: "✏️",
    BroadcastState.SCHEDULED: "🕒",
    BroadcastState.SENDING: "📤",
    BroadcastState.PAUSED: "⏸",
    BroadcastState.DONE: "✅",
    BroadcastState.CANCELLED: "⏹",
}
_TAG: Final = re.compile(r"<[^<>]*>")
EXCERPT: Final = 300  # visible characters of a text that the draft shows

Offers = Mapping[OfferId, NamedOffer]


def history(
    t: Translator, found: Sequence[Broadcast], *, first: bool, next_before: int | None
) -> Screen:
    """All broadcasts, newest first."""
    lines: list[str] = [t("<b>Broadcasts</b>")]
    if not found:
        lines.append(t("There is none yet. Write to everybody, or only to those whom it concerns."))
    rows: list[Row] = [
        button(f"{MARKS[one.state]} {one.id} · {_name(t, one)}", BroadcastCard(broadcast=one.id))
        for one in found
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button("➕ " + t.plain("New broadcast"), BroadcastNew()),
            *rows,
            pager(
                t,
                None if first else Broadcasts(),
                Broadcasts(before=next_before) if next_before else None,
            ),
            home(t),
        ),
    )


def _name(t: Translator, one: Broadcast) -> str:
    """The first words of a broadcast, without HTML."""
    for locale in (t.locale, *Locale):
        if text := one.texts.get(locale):
            return " ".join(html.unescape(_TAG.sub("", text)).split())
    return t.plain("no text yet")


def draft(t: Translator, one: Broadcast, reach: Reach, offers: Offers, *, paid: bool) -> Screen:
    """Everything of a draft, with a button for each part; `paid` where the paid lane is open."""
    lines: list[str] = [
        t("✏️ <b>Draft of broadcast {number}</b>", number=str(one.id)),
        "",
        t("👥 For: {audience}", audience=audience_text(t, one.audience, offers)),
        t("Reaches now: {people}", people=people(t, reach.total)) + _by_language(t, reach),
    ]
    lines.append(kind_text(t, one))
    if one.texts:
        lines.append(_languages_text(t, one, reach))
    else:
        lines.append(t("✍️ Now write the text: choose a language below."))
    if one.button is not None:
        shown = f"[{label(t, one.button)}] {_leads(t, one, offers)}"
        lines.append(t("🔗 Button: {button}", button=shown))
    if one.picture is not None:
        lines.append(t("🖼 With a picture"))
    for locale in Locale:
        if text := one.texts.get(locale):
            lines += ["", f"<b>{word(t, locale)}</b>", cut(text, EXCERPT)]
    number = one.id
    return Screen(
        "\n".join(lines),
        keyboard(
            button("👥 " + t.plain("Whom it is for"), BroadcastAudience(broadcast=number)),
            [
                button(
                    ("✅ " if locale in one.texts else "➕ ") + word(t, locale),
                    BroadcastText(broadcast=number, locale=locale),
                )
                for locale in Locale
            ],
            [
                button("🖼 " + t.plain("Picture"), BroadcastPicture(broadcast=number)),
                button("🔗 " + t.plain("Button"), BroadcastButton(broadcast=number)),
            ],
            button(
                t.plain("Missing language: another stands in")
                if one.falls_back
                else t.plain("Missing language: do not send"),
                _move(one, BroadcastMove.LANGUAGES),
            ),
            button(
                t.plain("Kind: news and offers")
                if one.marketing
                else t.plain("Kind: service message"),
                _move(one, BroadcastMove.KIND),
            ),
            button(
                t.plain("Delivery: paid in Stars") if one.paid else t.plain("Delivery: free"),
                _move(one, BroadcastMove.PAID),
            )
            if paid
            else None,
            [
                button("👁 " + t.plain("Preview"), _move(one, BroadcastMove.PREVIEW)),
                button("📤 " + t.plain("Send") + " ›", _move(one, BroadcastMove.WHEN)),
            ]
            if one.texts
            else None,
            button("🗑 " + t.plain("Delete the draft"), _move(one, BroadcastMove.DROP)),
            [back(t, Broadcasts()), home(t)],
        ),
    )


def people(t: Translator, count: int) -> Html:
    """A number of people."""
    return t.plural("{n} person", "{n} people", count)


def _by_language(t: Translator, reach: Reach) -> str:
    if len(reach.locales) < 2:
        return ""
    parts = (f"{word(t, one)} {t.value(reach.by_locale[one])}" for one in reach.locales)
    return f" ({', '.join(parts)})"


def kind_text(t: Translator, one: Broadcast) -> Html:
    """What the kind of a broadcast means."""
    if one.marketing:
        return t("🔔 News and offers: not by night, and readers can mute them")
    return t("❗️ Service message: also by night and to those who muted news")


def _languages_text(t: Translator, one: Broadcast, reach: Reach) -> Html:
    if missing := one.missing(reach.locales):
        names = ", ".join(word(t, locale) for locale in missing)
        return t("⚠️ No text for readers of: {languages}", languages=names)
    return t("🌐 Every reader gets a text")


def audience_text(t: Translator, audience: Audience, offers: Offers) -> str:
    """The audience in one line, without HTML."""
    parts = [word(t, audience.role)]
    parts += [word(t, one) for one in audience.locales]
    parts += [word(t, one) for one in audience.tiers]
    parts += [word(t, one) for one in audience.categories]
    parts += [_city(t, one) for one in audience.cities]
    if audience.offer is not None:
        parts.append("«" + _offer_name(t, audience.offer, offers) + "»")
    if audience.active_days is not None:
        parts.append(_active(t, audience.active_days))
    return " · ".join(parts)


def _city(t: Translator, name: str) -> str:
    return next((one.name(t.locale) for one in CITIES if one.kk == name), name)


def _offer_name(t: Translator, offer: OfferId, offers: Offers) -> str:
    return offers[offer].title(t.locale) if offer in offers else str(offer)


def _active(t: Translator, days: int) -> str:
    return html.unescape(
        t.plural("active in the last {n} day", "active in the last {n} days", days)
    )


def _leads(t: Translator, one: Broadcast, offers: Offers) -> str:
    assert one.button is not None
    match one.button.kind:
        case ButtonKind.URL:
            return f"→ {one.button.url}"
        case ButtonKind.OFFER if one.button.offer is not None:
            return f"→ «{_offer_name(t, one.button.offer, offers)}»"
        case _:
            return ""


def _move(one: Broadcast, move: BroadcastMove) -> BroadcastCard:
    return BroadcastCard(broadcast=one.id, move=move)


def confirm_drop(t: Translator, one: Broadcast) -> Screen:
    """Whether a draft is really to go."""
    return Screen(
        t("<b>Delete this draft?</b>\nIts texts and its picture will be gone."),
        keyboard(
            button("🗑 " + t.plain("Yes, delete"), _move(one, BroadcastMove.DROP_YES)),
            [back(t, BroadcastCard(broadcast=one.id)), home(t)],
        ),
    )


# --- audience ------------------------------------------------------------------------------------


def audience(t: Translator, one: Broadcast, reach: Reach, offers: Offers) -> Screen:
    """The filters of the audience and how many people pass them."""
    chosen, number = one.audience, one.id
    labels = {
        AudienceField.ROLE: (t.plain("Role"), word(t, chosen.role)),
        AudienceField.LOCALE: (t.plain("Language"), _several(t, chosen.locales)),
        AudienceField.ACTIVE: (
            t.plain("Activity"),
            _active(t, chosen.active_days) if chosen.active_days else t.plain("any"),
        ),
        AudienceField.TIER: (t.plain("Followers"), _several(t, chosen.tiers)),
        AudienceField.CATEGORY: (t.plain("Category"), _several(t, chosen.categories)),
        AudienceField.CITY: (
            t.plain("City"),
            ", ".join(_city(t, city) for city in chosen.cities) or t.plain("any"),
        ),
        AudienceField.OFFER: (
            t.plain("Offer"),
            _offer_name(t, chosen.offer, offers) if chosen.offer else t.plain("any"),
        ),
    }
    lines: list[str] = [
        t("👥 <b>Whom it is for</b>"),
        t("Reaches now: {people}", people=people(t, reach.total)) + _by_language(t, reach),
        t(
            "People who blocked the bot are not counted; those who muted news count only for "
            "service messages."
        ),
    ]
    if chosen.creators_only and chosen.role is not Role.CREATOR:
        lines.append(t("With these filters only creators are reached."))
    return Screen(
        "\n".join(lines),
        keyboard(
            *(
                button(f"{name}: {value}", BroadcastAudience(broadcast=number, field=field))
                for field, (name, value) in labels.items()
            ),
            [back(t, BroadcastCard(broadcast=number)), home(t)],
        ),
    )


def _several(t: Translator, values: Sequence[Locale | Tier | Category]) -> str:
    return ", ".join(word(t, one) for one in values) or t.plain("any")


def choices(t: Translator, one: Broadcast, field: AudienceField, reach: Reach) -> Screen:
    """The values of one filter; a tap switches one on or off."""
    chosen = one.audience
    title, named, marked = _values(t, chosen, field)
    several = field not in (AudienceField.ROLE, AudienceField.ACTIVE)
    buttons = [
        button(
            ("✅ " if number in marked else "") + name,
            BroadcastPick(broadcast=one.id, field=field, number=number),
        )
        for number, name in enumerate(named)
    ]
    hint = t("Choose one or several; none means any.") if several else t("Choose one.")
    clear = None
    if field is not AudienceField.ROLE and marked:
        clear = button(t.plain("Any"), BroadcastPick(broadcast=one.id, field=field, number=-1))
    return Screen(
        f"👥 <b>{title}</b>\n{hint}\n" + t("Reaches now: {people}", people=people(t, reach.total)),
        keyboard(
            *grid(buttons, 1 if field is AudienceField.TIER else 2),
            clear,
            [back(t, BroadcastAudience(broadcast=one.id)), home(t)],
        ),
    )


def _values(
    t: Translator, chosen: Audience, field: AudienceField
) -> tuple[str, list[str], Collection[int]]:
    """The title of a filter, the names of its values, and which of them are chosen."""
    match field:
        case AudienceField.ROLE:
            return t("Role"), [word(t, one) for one in ROLES], {ROLES.index(chosen.role)}
        case AudienceField.LOCALE:
            own = {LOCALES.index(one) for one in chosen.locales}
            return t("Language"), [word(t, one) for one in LOCALES], own
        case AudienceField.TIER:
            own = {TIERS.index(one) for one in chosen.tiers}
            return t("Followers"), [word(t, one) for one in TIERS], own
        case AudienceField.CATEGORY:
            own = {CATEGORIES.index(one) for one in chosen.categories}
            return t("Category"), [word(t, one) for one in CATEGORIES], own
        case AudienceField.CITY:
            own = {place for place, one in enumerate(CITIES) if one.kk in chosen.cities}
            return t("City"), [one.name(t.locale) for one in CITIES], own
        case _:
            own = {place for place, days in enumerate(ACTIVE_DAYS) if days == chosen.active_days}
            return t("Activity"), [_active(t, days) for days in ACTIVE_DAYS], own


def choose_offer(
    t: Translator,
    one: Broadcast,
    found: Sequence[NamedOffer],
    *,
    page: int,
    next_before: int | None,
    for_button: bool,
) -> Screen:
    """The active offers: one of them for the audience, or for the button."""
    number = one.id
    text = (
        t("🔗 <b>Which offer does the button open?</b>")
        if for_button
        else t("👥 <b>Who has taken which offer?</b>")
    )
    if not found:
        text = Html(text + "\n" + t("No offer is active now."))

    def to(before: int) -> BroadcastButton | BroadcastAudience:
        if for_button:
            return BroadcastButton(broadcast=number, kind=ButtonKind.OFFER, page=before)
        return BroadcastAudience(broadcast=number, field=AudienceField.OFFER, page=before)

    rows: list[Row] = []
    for offer in found:
        pick = (
            BroadcastButton(broadcast=number, kind=ButtonKind.OFFER, offer=offer.id)
            if for_button
            else BroadcastPick(broadcast=number, field=AudienceField.OFFER, number=offer.id)
        )
        rows.append(button(f"{offer.title(t.locale)} · {offer.brand}", pick))
    clear = None
    if not for_button and one.audience.offer is not None:
        clear = button(
            t.plain("Any"), BroadcastPick(broadcast=number, field=AudienceField.OFFER, number=-1)
        )
    up = BroadcastButton(broadcast=number) if for_button else BroadcastAudience(broadcast=number)
    return Screen(
        text,
        keyboard(
            *rows,
            pager(t, to(0) if page else None, to(next_before) if next_before else None),
            clear,
            [back(t, up), home(t)],
        ),
    )


# --- content -------------------------------------------------------------------------------------


def ask_text(
    t: Translator, one: Broadcast, locale: Locale, *, problem: str | None = None
) -> Screen:
    """Type the text in a language; its formatting is kept."""
    text = t(
        "✍️ <b>Text in this language: {language}</b>\n"
        "Send it as readers shall see it: bold, italic, quotes and links stay. Up to {n} "
        "characters.",
        language=word(t, locale),
        n=CAPTION_MAX if one.picture else TEXT_MAX,
    )
    present = one.texts.get(locale)
    if present:
        text = Html(f"{text}\n\n{t('Now it says:')}\n{present}")
    clear = None
    if present:
        clear = button(
            "🗑 " + t.plain("Take this text away"),
            BroadcastText(broadcast=one.id, locale=locale, clear=True),
        )
    return Screen(
        warned(problem, text),
        keyboard(clear, [back(t, BroadcastCard(broadcast=one.id)), home(t)]),
    )


def ask_picture(
    t: Translator, one: Broadcast, picture: bytes | None, *, problem: str | None = None
) -> Screen:
    """Send a picture, or take it away."""
    text = t(
        "🖼 <b>Picture</b>\nSend a photo in JPEG or PNG. Under it a text may have up to {n} "
        "characters.",
        n=CAPTION_MAX,
    )
    clear = None
    if one.picture is not None:
        clear = button(
            "🗑 " + t.plain("Take the picture away"),
            BroadcastPicture(broadcast=one.id, clear=True),
        )
    return Screen(
        warned(problem, text),
        keyboard(clear, [back(t, BroadcastCard(broadcast=one.id)), home(t)]),
        photo=Photo(f"upload:{one.picture}", picture) if picture else None,
    )


def ask_button(t: Translator, one: Broadcast, offers: Offers) -> Screen:
    """Where the button leads, and what stands on it."""
    number = one.id
    lines: list[str] = [t("🔗 <b>Button under the message</b>")]
    labels: Row = None
    if one.button is None:
        lines.append(t("There is none. Where shall it lead?"))
    else:
        shown = f"[{label(t, one.button)}] {_leads(t, one, offers)}"
        lines.append(t("Now: {button}", button=shown))
        labels = [
            button("🏷 " + word(t, locale), BroadcastLabel(broadcast=number, locale=locale))
            for locale in Locale
            if locale in one.texts
        ]
        if labels:
            lines.append(t("Choose a language to give the button other words there."))
    kinds = {
        ButtonKind.OFFER: t.plain("To an offer"),
        ButtonKind.CATALOGUE: t.plain("To all offers"),
        ButtonKind.WALLET: t.plain("To the wallet"),
        ButtonKind.PROFILE: t.plain("To the profile"),
        ButtonKind.URL: t.plain("To a web address"),
    }
    return Screen(
        "\n".join(lines),
        keyboard(
            labels,
            *(
                button(name, BroadcastButton(broadcast=number, kind=kind))
                for kind, name in kinds.items()
            ),
            button("🗑 " + t.plain("No button"), BroadcastButton(broadcast=number, clear=True))
            if one.button
            else None,
            [back(t, BroadcastCard(broadcast=number)), home(t)],
        ),
    )


def ask_url(
    t: Translator, one: Broadcast, hosts: Collection[str], *, problem: str | None = None
) -> Screen:
    """Type the address that the button leads to."""
    text = t(
        "🔗 <b>Web address of the button</b>\n"
        "Send an address that begins with https. Permitted sites: {hosts}.",
        hosts=", ".join(sorted(hosts)),
    )
    return Screen(
        warned(problem, text),
        keyboard([back(t, BroadcastButton(broadcast=one.id)), home(t)]),
    )


def ask_label(
    t: Translator, one: Broadcast, locale: Locale, *, problem: str | None = None
) -> Screen:
    """Type what stands on the button in a language."""
    text = t(
        "🏷 <b>Words on the button, {language}</b>\nSend up to {n} characters.",
        language=word(t, locale),
        n=LABEL_MAX,
    )
    clear = None
    if one.button is not None and locale in one.button.labels:
        clear = button(
            t.plain("The usual words"),
            BroadcastLabel(broadcast=one.id, locale=locale, clear=True),
        )
    return Screen(
        warned(problem, text),
        keyboard(clear, [back(t, BroadcastButton(broadcast=one.id)), home(t)]),
    )


def previewed(t: Translator, one: Broadcast, locales: Sequence[Locale]) -> Screen:
    """Above the previews: what follows."""
    return Screen(
        t(
            "👁 <b>Preview of broadcast {number}</b>\nBelow is what readers get: {languages}.",
            number=str(one.id),
            languages=", ".join(word(t, locale) for locale in locales),
        ),
        keyboard([back(t, BroadcastCard(broadcast=one.id)), home(t)]),
    )
