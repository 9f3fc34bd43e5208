"""What a manager sees of offers: the list, one offer, and the form that makes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from html import escape
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.callbacks.brand_creators import OfferCreators
from bot.callbacks.brand_offers import (
    BrandOffer,
    BrandOffers,
    FormMove,
    NewOffer,
    OfferAction,
    OfferForm,
)
from bot.i18n import N_, Bps, Html, Translator
from bot.screens.base import (
    CAPTION_LIMIT,
    Row,
    Screen,
    back,
    button,
    cut_plain,
    grid,
    home,
    keyboard,
    pager,
    visible,
)
from bot.screens.errors import refusal
from bot.screens.offers import offer_card
from bot.screens.words import word
from core.catalogue import OfferCard
from core.drafts import HOLD_DAYS, WINDOW_DAYS
from core.errors import DomainError
from core.money import Money
from core.offer_forms import SKIPPABLE, Kind, Step
from core.offer_forms import OfferForm as Form
from core.offers import Offer, OfferState
from core.orders import Place
from core.people import Brand, Category, Locale

MARKS: Final = {
    OfferState.DRAFT: "📝",
    OfferState.REVIEW: "🕓",
    OfferState.ACTIVE: "🟢",
    OfferState.PAUSED: "⏸",
    OfferState.ENDED: "⚫️",
    OfferState.REJECTED: "✏️",
}

NAMES: Final = {
    Step.TITLE_KK: N_("Title in Kazakh"),
    Step.TEXT_KK: N_("Description in Kazakh"),
    Step.TITLE_RU: N_("Title in Russian"),
    Step.TEXT_RU: N_("Description in Russian"),
    Step.TITLE_EN: N_("Title in English"),
    Step.TEXT_EN: N_("Description in English"),
    Step.PICTURE: N_("Picture"),
    Step.CATEGORY: N_("Category"),
    Step.PLACE: N_("Where it is bought"),
    Step.URL: N_("Address for the buyer"),
    Step.CLICK_PARAM: N_("Parameter for the click id"),
    Step.DISCOUNT: N_("Buyer's discount"),
    Step.KIND: N_("Kind of commission"),
    Step.COMMISSION: N_("Commission"),
    Step.CAP: N_("Most per order"),
    Step.HOLD: N_("Hold after confirmation"),
    Step.WINDOW: N_("Days from click to order"),
    Step.MIN_ORDER: N_("Smallest order"),
    Step.STARTS: N_("First day"),
    Step.ENDS: N_("Last day"),
    Step.PROOF: N_("Proof of post"),
}

HINTS: Final = {
    Step.TITLE_KK: N_("Up to 80 characters. For example: Тері күтіміне 10% жеңілдік"),
    Step.TEXT_KK: N_(
        "What is advertised and what the creator should show or say, up to 600 characters."
    ),
    Step.TITLE_RU: N_("Up to 80 characters. For example: Скидка 10 % на уход за кожей"),
    Step.TEXT_RU: N_("The same in Russian, up to 600 characters."),
    Step.TITLE_EN: N_("Up to 80 characters. For example: 10% off skin care. You may skip English."),
    Step.TEXT_EN: N_("The same in English, up to 600 characters."),
    Step.PICTURE: N_("Send a photo. Offers with a picture are chosen more often. You may skip it."),
    Step.CATEGORY: N_("Choose one: creators look for offers by category."),
    Step.PLACE: N_("Choose where the buyer orders."),
    Step.URL: N_(
        "The page that buyers are led to, with https. For example: https://alma.kz/cream. "
        "For a store, a page with its address."
    ),
    Step.CLICK_PARAM: N_(
        "If your shop keeps a parameter of the address with the order and gives it back in its "
        "report, send the name of the parameter, for example: click_id. If not, skip it: buyers "
        "will see a page with the promo code."
    ),
    Step.DISCOUNT: N_("What the buyer saves with a creator's promo code. For example: 10 %"),
    Step.KIND: N_("What is the commission for one order?"),
    Step.CAP: N_("The most that one order can bring, for example: 5 000 ₸. You may skip it."),
    Step.HOLD: N_(
        "After an order is confirmed, the commission waits so many days in case of a return."
    ),
    Step.WINDOW: N_("An order within so many days after a click on the creator's link counts."),
    Step.MIN_ORDER: N_(
        "Smaller orders bring no commission, for example: 3 000 ₸. You may skip it."
    ),
    Step.STARTS: N_(
        "From which day creators can take the offer, for example: 01.12.2026. "
        "Skip it to begin right after the review."
    ),
    Step.ENDS: N_(
        "The last day of the offer, for example: 31.12.2026. Skip it if the end is open."
    ),
    Step.PROOF: N_("Must creators send a link or a screenshot of their post before they are paid?"),
}
_PERCENT: Final = N_("A percentage of what the buyer paid for the goods. For example: 10 %")
_FIXED: Final = N_("A sum for each order. For example: 2 000 ₸")
_KINDS: Final = {
    Kind.PERCENT: N_("A percentage of the order"),
    Kind.FIXED: N_("A fixed sum per order"),
}
_CONFIRM: Final = {
    OfferAction.PAUSE: N_(
        "<b>Pause the offer?</b>\nNew creators will not see it. Those who have taken it keep their "
        "codes and go on earning."
    ),
    OfferAction.RESUME: N_(
        "<b>Resume the offer?</b>\nCreators will see it in the list again and can take it."
    ),
    OfferAction.END: N_(
        "<b>End the offer for good?</b>\nIts codes stop earning for new orders right now, and its "
        "creators are told. Commissions for earlier orders are counted and paid as before. This "
        "cannot be undone."
    ),
    OfferAction.REPAIR: N_(
        "<b>Correct this offer?</b>\nYou have an unfinished draft of another one. "
        "It will be deleted."
    ),
}
_WITHDRAW: Final = N_(
    "<b>Withdraw the offer?</b>\nIt will not be published. This cannot be undone."
)


def choose_brand(t: Translator, brands: Sequence[Brand], *, for_new: bool) -> Screen:
    """Which brand's offers, or for which brand a new one."""
    rows: list[Row] = [
        button(brand.name, NewOffer(brand=brand.id) if for_new else BrandOffers(brand=brand.id))
        for brand in brands
    ]
    text = t("For which brand is the new offer?") if for_new else t("Which brand?")
    return Screen(text=text, keyboard=keyboard(*rows, home(t)))


def listing(
    t: Translator,
    brand: Brand,
    offers: Sequence[Offer],
    *,
    first: bool,
    next_after: int | None,
    several: bool,
) -> Screen:
    """A brand's offers with their states."""
    text: str = t("<b>Offers of {brand}</b>", brand=brand.name)
    if offers:
        used = dict.fromkeys(offer.state for offer in offers)
        text += "\n" + escape(" · ".join(f"{MARKS[state]} {word(t, state)}" for state in used))
    else:
        text += "\n" + t("There are none yet. Make the first one: it takes about five minutes.")
    rows: list[Row] = [
        button(
            f"{MARKS[offer.state]} {offer.text(t.locale).title}", BrandOffer(offer=offer.id or 0)
        )
        for offer in offers
    ]
    return Screen(
        text=text,
        keyboard=keyboard(
            button("＋ " + t.plain("New offer"), NewOffer(brand=brand.id)),
            *rows,
            pager(
                t,
                None if first else BrandOffers(brand=brand.id),
                None if next_after is None else BrandOffers(brand=brand.id, after=next_after),
            ),
            [*([back(t, BrandOffers())] if several else []), home(t)],
        ),
    )


def card(t: Translator, seen: Translator, shown: OfferCard, *, link: str) -> Screen:
    """An offer of the brand: its state, then what a creator sees in the language of `seen`."""
    offer = shown.offer
    number = offer.id or 0
    head = f"{MARKS[offer.state]} <b>{escape(word(t, offer.state))}</b>"
    match offer.state:
        case OfferState.REVIEW:
            head += "\n" + t("A moderator is looking at it; you will be told.")
        case OfferState.REJECTED:
            head += "\n" + t("Reason: {reason}", reason=offer.review_note)
        case OfferState.ACTIVE if not shown.open:
            head += "\n" + t(
                "Creators cannot take it now: its first day has not come, its last is over, or "
                "the funds of the brand are used up."
            )
    actions: dict[OfferState, list[InlineKeyboardButton]] = {
        OfferState.ACTIVE: [
            button("⏸ " + t.plain("Pause"), BrandOffer(offer=number, action=OfferAction.PAUSE)),
            button("⏹ " + t.plain("End"), BrandOffer(offer=number, action=OfferAction.END)),
        ],
        OfferState.PAUSED: [
            button("▶️ " + t.plain("Resume"), BrandOffer(offer=number, action=OfferAction.RESUME)),
            button("⏹ " + t.plain("End"), BrandOffer(offer=number, action=OfferAction.END)),
        ],
        OfferState.REVIEW: [
            button(
                "⏹ " + t.plain("Withdraw the offer"),
                BrandOffer(offer=number, action=OfferAction.END),
            ),
        ],
        OfferState.REJECTED: [
            button("✏️ " + t.plain("Correct"), BrandOffer(offer=number, action=OfferAction.REPAIR)),
            button(
                "⏹ " + t.plain("Withdraw the offer"),
                BrandOffer(offer=number, action=OfferAction.END),
            ),
        ],
    }
    public = offer.state in (OfferState.ACTIVE, OfferState.PAUSED)
    return as_seen(
        seen,
        shown,
        head=head,
        rows=(
            [
                button(
                    marked(word(t, locale), locale is seen.locale),
                    BrandOffer(offer=number, lang=locale),
                )
                for locale in Locale
                if locale in offer.texts
            ],
            actions.get(offer.state),
            button("👥 " + t.plain("Creators of the offer"), OfferCreators(offer=number))
            if public or offer.state is OfferState.ENDED
            else None,
            button("🔗 " + t.plain("Copy the link for creators"), copy=link) if public else None,
            [back(t, BrandOffers(brand=offer.brand)), home(t)],
        ),
    )


def confirm(t: Translator, offer: Offer, action: OfferAction) -> Screen:
    """What pausing, resuming, ending or correcting does, and the question."""
    number = offer.id or 0
    to, label = {
        OfferAction.PAUSE: (OfferAction.PAUSE_YES, t.plain("Yes, pause")),
        OfferAction.RESUME: (OfferAction.RESUME_YES, t.plain("Yes, resume")),
        OfferAction.END: (OfferAction.END_YES, t.plain("Yes, end it")),
        OfferAction.REPAIR: (OfferAction.REPAIR_YES, t.plain("Yes, correct this one")),
    }[action]
    text = _CONFIRM[action]
    if action is OfferAction.END and offer.state in (OfferState.REVIEW, OfferState.REJECTED):
        text, label = _WITHDRAW, t.plain("Yes, withdraw")
    title = t("Offer: {title}", title=offer.text(t.locale).title)
    return Screen(
        text=t(text) + "\n\n" + title,
        keyboard=keyboard(
            button(label, BrandOffer(offer=number, action=to)),
            [back(t, BrandOffer(offer=number)), home(t)],
        ),
    )


def kept_draft(t: Translator, form: Form, brand: Brand) -> Screen:
    """There is a draft already: go on with it or begin anew."""
    return Screen(
        text="\n".join(
            [
                t("<b>You have an unfinished offer</b> for {brand}.", brand=brand.name),
                _progress(t, form),
            ]
        ),
        keyboard=keyboard(
            button("▶️ " + t.plain("Go on"), OfferForm(move=FormMove.RESUME)),
            button(t.plain("Delete it and begin anew"), OfferForm(move=FormMove.ANEW, value="ask")),
            [back(t, BrandOffers(brand=brand.id)), home(t)],
        ),
    )


def discard(t: Translator) -> Screen:
    """Beginning anew loses the draft: really?"""
    return Screen(
        text=t("<b>Delete the unfinished offer?</b>\nWhat you have filled in will be lost."),
        keyboard=keyboard(
            button(t.plain("Delete and begin anew"), OfferForm(move=FormMove.ANEW, value="yes")),
            [back(t, OfferForm(move=FormMove.RESUME)), home(t)],
        ),
    )


def leave(t: Translator) -> Screen:
    """Leaving the form: keep what is there or delete it?"""
    return Screen(
        text=t(
            "<b>Leave the form?</b>\nThe draft can be kept: you will find it under “New offer”."
        ),
        keyboard=keyboard(
            button(t.plain("Keep the draft"), OfferForm(move=FormMove.KEEP)),
            button(t.plain("Delete the draft"), OfferForm(move=FormMove.DELETE)),
            back(t, OfferForm(move=FormMove.RESUME)),
        ),
    )


def left(t: Translator, form: Form, *, kept: bool) -> Screen:
    """The form is closed."""
    return Screen(
        text=t("The draft is kept.") if kept else t("The draft is deleted."),
        keyboard=keyboard(
            button(t.plain("Offers of the brand"), BrandOffers(brand=form.brand)), home(t)
        ),
    )


def question(
    t: Translator, form: Form, brand: Brand, *, problem: DomainError | None = None
) -> Screen:
    """The question that the form is at."""
    step = form.step
    if step is None:
        return fields(t, form, brand)
    lines: list[str] = []
    if problem is not None:
        lines += [Html("⚠️ " + escape(refusal(t, problem), quote=False)), ""]
    lines += [
        t("<b>Offer</b> of {brand}", brand=brand.name),
        _progress(t, form),
        "",
        f"<b>{t(NAMES[step])}</b>",
        _hint(t, form, step),
    ]
    answered = step in form.answers
    if answered:
        lines += ["", t("Now: {value}", value=cut_plain(value(t, form, step), 700))]
    skip = {
        Step.DISCOUNT: t.plain("No discount"),
        Step.ENDS: t.plain("The end is open"),
        Step.STARTS: t.plain("Right after the review"),
    }.get(step, t.plain("Skip"))
    if step is Step.PICTURE and form.answers.get(step):
        skip = t.plain("Without a picture")
    return Screen(
        text="\n".join(lines),
        keyboard=keyboard(
            *grid(_choices(t, form, step)),
            button(skip, OfferForm(move=FormMove.SKIP, step=step)) if step in SKIPPABLE else None,
            button(t.plain("Leave it as it is") + " ›", OfferForm(move=FormMove.GO, step=step))
            if answered
            else None,
            [back(t, OfferForm(move=FormMove.BACK, step=step)), home(t)],
        ),
    )


def preview(t: Translator, seen: Translator, form: Form, shown: OfferCard) -> Screen:
    """The offer exactly as a creator who reads the language of `seen` will see it."""
    head = t("<i>Preview: so creators will see the offer in this language.</i>")
    return as_seen(
        seen,
        shown,
        head=head,
        essential=False,
        rows=(
            [
                button(
                    marked(word(t, locale), locale is seen.locale),
                    OfferForm(move=FormMove.PREVIEW, value=locale),
                )
                for locale in form.locales
            ],
            [
                button("✏️ " + t.plain("Edit"), OfferForm(move=FormMove.FIELDS)),
                button("✅ " + t.plain("Publish"), OfferForm(move=FormMove.PUBLISH)),
            ],
            [back(t, OfferForm(move=FormMove.BACK)), home(t)],
        ),
    )


def fields(t: Translator, form: Form, brand: Brand) -> Screen:
    """Every answer, each with a button that opens its question."""
    lines: list[str] = [t("<b>Offer</b> of {brand}", brand=brand.name), ""]
    lines += [
        f"<b>{t(NAMES[step])}</b>: {escape(cut_plain(value(t, form, step), 80), quote=False)}"
        for step in form.steps
        if step in form.answers
    ]
    lines += ["", t("What would you like to change?")]
    rows = grid(
        [
            button(t.plain(NAMES[step]), OfferForm(move=FormMove.GO, step=step, value="open"))
            for step in form.steps
            if step in form.answers
        ]
    )
    return Screen(
        text="\n".join(lines),
        keyboard=keyboard(
            *rows,
            button(t.plain("To the preview"), OfferForm(move=FormMove.PREVIEW))
            if form.complete
            else button(t.plain("Go on"), OfferForm(move=FormMove.RESUME)),
            [
                button(t.plain("Leave the form"), OfferForm(move=FormMove.LEAVE)),
                home(t),
            ],
        ),
    )


def confirm_publishing(t: Translator, shown: OfferCard) -> Screen:
    """What happens when the offer is published, and the question."""
    rule = shown.offer.terms.rule
    reward = (
        t("{rate} of each confirmed order", rate=Bps(rule.percent_bps))
        if rule.percent_bps
        else t("{amount} for each confirmed order", amount=Money(rule.fixed_minor))
    )
    lines: list[str] = [
        t("<b>Publish the offer?</b>"),
        "",
        t("1. A moderator checks it; you are told the result here."),
        t("2. After that creators can take it and advertise with their own promo codes."),
        t(
            "3. From the funds of {brand} you pay {reward}, and {fee} of the commission on top "
            "for the service.",
            brand=shown.brand.name,
            reward=reward,
            fee=Bps(shown.brand.fee_bps),
        ),
    ]
    if shown.offer.discount_bps:
        lines.append(
            t(
                "4. Your shop gives buyers {discount} off for each creator's code: set the codes "
                "up there as creators join.",
                discount=Bps(shown.offer.discount_bps),
            )
        )
    return Screen(
        text="\n".join(lines),
        keyboard=keyboard(
            button("✅ " + t.plain("Yes, send for review"), OfferForm(move=FormMove.PUBLISH_YES)),
            [back(t, OfferForm(move=FormMove.PREVIEW)), home(t)],
        ),
    )


def published(t: Translator, offer: Offer) -> Screen:
    """The offer is in review."""
    return Screen(
        text=t(
            "🕓 <b>Sent for review.</b> You will be told here when “{title}” is published or needs "
            "a correction.",
            title=offer.text(t.locale).title,
        ),
        keyboard=keyboard(
            button(t.plain("See the offer"), BrandOffer(offer=offer.id or 0)),
            button(t.plain("Offers of the brand"), BrandOffers(brand=offer.brand)),
            home(t),
        ),
    )


def out_of_date(t: Translator) -> str:
    """A button of an earlier question, in plain text."""
    return t.plain("That question is over. Here is the current one.")


def value(t: Translator, form: Form, step: Step) -> str:
    """An answer in words, without HTML."""
    answer = form.answers.get(step)
    if answer is None:
        return "—"
    match step:
        case Step.PICTURE:
            return t.plain("there is one")
        case Step.CATEGORY:
            return word(t, Category(str(answer)))
        case Step.PLACE:
            return word(t, Place(str(answer)))
        case Step.KIND:
            return t.plain(_KINDS[Kind(str(answer))])
        case Step.DISCOUNT:
            return t.value(Bps(int(answer)))
        case Step.COMMISSION if form.answers.get(Step.KIND) == Kind.PERCENT:
            return t.value(Bps(int(answer)))
        case Step.COMMISSION | Step.CAP | Step.MIN_ORDER:
            return t.value(Money(int(answer)))
        case Step.HOLD | Step.WINDOW:
            return _days(t, int(answer))
        case Step.STARTS | Step.ENDS:
            return t.value(date.fromisoformat(str(answer)))
        case Step.PROOF:
            return t.plain("required") if answer else t.plain("not required")
        case _:
            return str(answer)


def _choices(t: Translator, form: Form, step: Step) -> list[InlineKeyboardButton]:
    chosen = form.answers.get(step)
    choices: dict[str, str] = {}
    match step:
        case Step.CATEGORY:
            choices = {category: word(t, category) for category in Category}
        case Step.PLACE:
            choices = {place: word(t, place) for place in Place}
        case Step.KIND:
            choices = {kind: t.plain(text) for kind, text in _KINDS.items()}
        case Step.DISCOUNT:
            choices = {str(bps // 100): t.value(Bps(bps)) for bps in (500, 1000, 1500, 2000)}
            chosen = None
        case Step.HOLD:
            choices = {str(days): _days(t, days) for days in HOLD_DAYS}
        case Step.WINDOW:
            choices = {str(days): _days(t, days) for days in WINDOW_DAYS}
        case Step.PROOF:
            choices = {"yes": t.plain("Yes, required"), "no": t.plain("No")}
            chosen = {True: "yes", False: "no"}.get(chosen) if isinstance(chosen, bool) else None
    return [
        button(
            marked(label, str(chosen) == choice),
            OfferForm(move=FormMove.CHOOSE, step=step, value=choice),
        )
        for choice, label in choices.items()
    ]


def _hint(t: Translator, form: Form, step: Step) -> Html:
    if step is Step.COMMISSION:
        return t(_FIXED if form.answers.get(Step.KIND) == Kind.FIXED else _PERCENT)
    return t(HINTS[step])


def _progress(t: Translator, form: Form) -> Html:
    steps = form.steps
    done = len(steps) if form.step is None else steps.index(form.step) + 1
    return t("Question {n} of {total}", n=done, total=len(steps))


def _days(t: Translator, days: int) -> str:
    return t.value(t.plural("{n} day", "{n} days", days))


def marked(label: str, chosen: bool) -> str:
    """A button's label, with dots around the one that is chosen."""
    return f"• {label} •" if chosen else label


def as_seen(
    seen: Translator,
    shown: OfferCard,
    *,
    head: str,
    rows: Sequence[Row],
    essential: bool = True,
) -> Screen:
    """A creator's view of the offer under a head of ours, with our buttons.

    An `essential` head and the whole text are shown even if they cost the picture; otherwise the
    head is left out where it does not fit.
    """
    stranger = replace(
        shown, enrolment=None, open=True, profile_gaps=(), eligibility_gaps=(), suspended=False
    )
    screen = offer_card(seen, stranger)
    photo = screen.photo
    whole = offer_card(seen, replace(stranger, picture=None)).text if essential else screen.text
    text = f"{head}\n\n{whole}"
    if photo is not None and visible(text) > CAPTION_LIMIT:
        text, photo = (text, None) if essential else (whole, photo)
    return Screen(text=text, photo=photo, keyboard=keyboard(*rows))
