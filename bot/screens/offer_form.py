"""The form that makes or changes an offer: overview, sections, questions, preview, what it does."""

from __future__ import annotations

from datetime import date
from html import escape
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.callbacks.brand_offers import (
    BrandOffer,
    BrandOffers,
    FormMove,
    OfferForm,
    TakeUp,
)
from bot.i18n import N_, Bps, Html, Translator
from bot.screens.base import (
    Screen,
    back,
    button,
    cut_plain,
    grid,
    home,
    keyboard,
)
from bot.screens.brand_offers import as_seen, marked
from bot.screens.changes import differences
from bot.screens.deadlines import silence
from bot.screens.errors import refusal
from bot.screens.words import word
from core.catalogue import TYPICAL_ORDER, OfferCard
from core.changes import Proposal
from core.cities import name as city_name
from core.drafts import (
    AUTO_APPROVE_DAYS,
    AUTO_APPROVE_USUAL,
    HOLD_DAYS,
    HOLD_DAYS_USUAL,
    NOTICE_CHOICES,
    WINDOW_DAYS,
    WINDOW_DAYS_USUAL,
)
from core.errors import BadInput, DomainError
from core.money import Money
from core.offer_forms import (
    SECTIONS,
    SKIPPABLE,
    TAGGED,
    TICKED,
    Kind,
    Section,
    Step,
)
from core.offer_forms import OfferForm as Form
from core.offers import NOTICE_DAYS, Admission, CreditPolicy, Offer
from core.orders import ALMATY, Place
from core.people import Brand, Category
from core.pricing import Rule

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
    Step.CATEGORY_RATES: N_("Rates by category"),
    Step.SKU_RATES: N_("Rates by article"),
    Step.LADDER: N_("More after so many orders"),
    Step.FIRST_ORDER: N_("A buyer's first order"),
    Step.MIN_ORDER: N_("Smallest order"),
    Step.CAP_MONTH: N_("Most per month"),
    Step.BUDGET: N_("Budget of the offer"),
    Step.ADMISSION: N_("Who is let in"),
    Step.TIERS: N_("Sizes of audience"),
    Step.FOLLOWERS: N_("Minimum followers"),
    Step.LANGUAGES: N_("Languages of posts"),
    Step.CITIES: N_("Cities"),
    Step.LEGAL: N_("Legal statuses"),
    Step.PLATFORMS: N_("Where to post"),
    Step.FORBIDDEN: N_("Forbidden promotion"),
    Step.FORBIDDEN_OWN: N_("What else is forbidden"),
    Step.PROOF: N_("Proof of post"),
    Step.HOLD: N_("Hold after confirmation"),
    Step.SILENCE: N_("If the brand is silent"),
    Step.WINDOW: N_("Days from click to order"),
    Step.CREDIT: N_("Whose order it is"),
    Step.NOTICE: N_("Notice of changes"),
    Step.MEDIA_LINK: N_("Link to materials"),
    Step.MEDIA_FILES: N_("Files for posts"),
    Step.STARTS: N_("First day"),
    Step.ENDS: N_("Last day"),
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
    Step.CATEGORY_RATES: N_(
        "Do some categories bring more or less? Send each on a line of its own, as your shop's "
        "orders name it, with its percentage:\nHeadphones – 5 %\nCovers – 12 %"
    ),
    Step.SKU_RATES: N_(
        "Do some products bring more or less? Send each article on a line of its own with its "
        "percentage. An article goes before its category:\nSKU-1042 – 7 %"
    ),
    Step.LADDER: N_(
        "Do creators who sell more get more? Send the number of confirmed orders in a calendar "
        "month and what each next order brings, a line for each:\n10 – 12 %\n30 – 15 %"
    ),
    Step.FIRST_ORDER: N_(
        "Does a buyer who orders from you for the first time bring another commission? New buyers "
        "are known by the phone in your orders; where it is missing, the usual rate counts. For "
        "example: 15 %"
    ),
    Step.MIN_ORDER: N_(
        "Smaller orders bring no commission, for example: 3 000 ₸. You may skip it."
    ),
    Step.CAP_MONTH: N_(
        "The most that one creator can earn here in a month, for example: 300 000 ₸"
    ),
    Step.BUDGET: N_(
        "The most that the offer pays to creators in all, without the service fee, for example: "
        "1 000 000 ₸. When it is used up, the offer pauses and everybody is told; what was ordered "
        "until then is paid."
    ),
    Step.ADMISSION: N_("How do creators get into the offer?"),
    Step.TIERS: N_("For which sizes of audience is the offer? Tick some, or leave all."),
    Step.FOLLOWERS: N_("How many followers must the largest channel have? For example: 3 000"),
    Step.LANGUAGES: N_("In which languages should posts be? Tick some, or leave all."),
    Step.CITIES: N_("From which cities? Send them with commas, for example: Almaty, Astana"),
    Step.LEGAL: N_("Creators of which legal status can you work with? Tick some, or leave all."),
    Step.PLATFORMS: N_("Where may creators post? Tick some, or leave all."),
    Step.FORBIDDEN: N_("What must creators not do? They see it before they take the offer."),
    Step.FORBIDDEN_OWN: N_(
        "What else is forbidden, in your own words, up to 200 characters. For example: comparing "
        "with other brands"
    ),
    Step.HOLD: N_(
        "After an order is confirmed, the commission waits so many days in case of a return."
    ),
    Step.SILENCE: N_(
        "If no file or reading of orders comes for so many days, orders that wait are approved by "
        "themselves. You are warned a week before, and a later file can still cancel an order."
    ),
    Step.WINDOW: N_("An order within so many days after a click on the creator's link counts."),
    Step.CREDIT: N_("When an order has traces of several creators, whose is it?"),
    Step.NOTICE: N_(
        "How many days before a change for the worse are its creators told? Until then nothing "
        "changes for them. 14 days are the least."
    ),
    Step.STARTS: N_(
        "From which day creators can take the offer, for example: 01.12.2026. "
        "Skip it to begin right after the review."
    ),
    Step.ENDS: N_(
        "The last day of the offer, for example: 31.12.2026. Skip it if the end is open."
    ),
    Step.PROOF: N_("Must creators send a link or a screenshot of their post before they are paid?"),
    Step.MEDIA_LINK: N_(
        "A folder with photos, videos and texts that creators may use, with https. For example: "
        "https://disk.yandex.kz/d/alma"
    ),
    Step.MEDIA_FILES: N_("Send photos or files, up to 5. Creators get them from the offer's card."),
}
_PERCENT: Final = N_("A percentage of what the buyer paid for the goods. For example: 10 %")
_FIXED: Final = N_("A sum for each order. For example: 2 000 ₸")
_UNITS: Final = N_(
    "A sum for each unit that the marketplace's report of outside traffic counts for a creator's "
    "UTM tag. Orders themselves bring nothing then. For example: 300 ₸"
)
_KINDS: Final = {
    Kind.PERCENT: N_("A percentage of the order"),
    Kind.FIXED: N_("A fixed sum per order"),
    Kind.UNITS: N_("A sum per unit of a traffic report"),
}
SECTION_NAMES: Final = {
    Section.TEXTS: N_("Texts and picture"),
    Section.BASICS: N_("Product and shop"),
    Section.REWARD: N_("Creators' reward"),
    Section.WHO: N_("For whom"),
    Section.RULES: N_("Rules and terms"),
    Section.MEDIA: N_("Materials"),
    Section.DATES: N_("Days"),
}
SECTION_MARKS: Final = {
    Section.TEXTS: "📝",
    Section.BASICS: "🛍",
    Section.REWARD: "💰",
    Section.WHO: "👥",
    Section.RULES: "📋",
    Section.MEDIA: "🗂",
    Section.DATES: "📅",
}
_PLAIN: Final = frozenset(
    {
        Step.TITLE_KK,
        Step.TITLE_RU,
        Step.TITLE_EN,
        Step.CATEGORY,
        Step.PLACE,
        Step.URL,
        Step.COMMISSION,
        Step.ADMISSION,
        Step.MEDIA_LINK,
    }
)
_SHOWN: Final = 60  # characters of an answer in an overview


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
            [back(t, OfferForm(move=FormMove.RESUME)), home(t)],
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


def shown(t: Translator, form: Form, brand: Brand, *, problem: DomainError | None = None) -> Screen:
    """Where the form is: at a question, in a section, or at its overview."""
    if form.step is not None:
        return question(t, form, form.step, brand, problem=problem)
    if form.section is not None:
        return section(t, form, form.section, brand)
    return overview(t, form, brand, problem=problem)


def overview(
    t: Translator, form: Form, brand: Brand, *, problem: DomainError | None = None
) -> Screen:
    """The whole offer at a glance, a section on each button."""
    lines: list[str] = [*_warning(t, problem), _head(t, form, brand), ""]
    for one in Section:
        lines.append(f"{_mark(form, one)} <b>{escape(t.plain(SECTION_NAMES[one]))}</b>")
        lines.append(escape(_summary(t, form, one) or "–", quote=False))
    if form.missing:
        names = ", ".join(t.plain(NAMES[step]) for step in form.missing)
        lines += ["", t("❗️ Still needed: {list}.", list=names)]
    elif form.published:
        lines += ["", t("Change what you like; before anything happens you see what it does.")]
    else:
        lines += ["", t("Everything that is needed is there. The rest may stay as it is.")]
    ready = [
        button("👁 " + t.plain("Preview"), OfferForm(move=FormMove.PREVIEW)),
        button(
            "✅ " + (t.plain("See what changes") if form.published else t.plain("Publish")),
            OfferForm(move=FormMove.PUBLISH),
        ),
    ]
    return Screen(
        text="\n".join(lines),
        keyboard=keyboard(
            *grid(
                [
                    button(
                        f"{_mark(form, one)} {t.plain(SECTION_NAMES[one])}",
                        OfferForm(move=FormMove.SECTION, value=one),
                    )
                    for one in Section
                ]
            ),
            ready
            if form.complete
            else button("▶️ " + t.plain("Fill in what is needed"), OfferForm(move=FormMove.RESUME)),
            [
                button(t.plain("Leave the form"), OfferForm(move=FormMove.LEAVE)),
                home(t),
            ],
        ),
    )


def section(t: Translator, form: Form, one: Section, brand: Brand) -> Screen:
    """The questions of a section with their answers, a button for each."""
    lines: list[str] = [
        _head(t, form, brand),
        f"{SECTION_MARKS[one]} <b>{escape(t.plain(SECTION_NAMES[one]))}</b>",
        "",
    ]
    steps = form.steps_of(one)
    for step in steps:
        needed = "❗️ " if form.lacks(step) else ""
        said = escape(cut_plain(value(t, form, step), 200), quote=False)
        lines.append(f"{needed}{escape(t.plain(NAMES[step]))}: <b>{said}</b>")
    if one is Section.REWARD:
        lines += _examples(t, form)
    return Screen(
        text="\n".join(lines),
        keyboard=keyboard(
            *grid(
                [
                    button(
                        ("❗️ " if form.lacks(step) else "") + t.plain(NAMES[step]),
                        OfferForm(move=FormMove.GO, step=step, value="open"),
                    )
                    for step in steps
                ]
            ),
            [back(t, OfferForm(move=FormMove.OVERVIEW)), home(t)],
        ),
    )


def question(
    t: Translator, form: Form, step: Step, brand: Brand, *, problem: DomainError | None = None
) -> Screen:
    """One question, with what is answered so far."""
    lines: list[str] = [*_warning(t, problem), _head(t, form, brand)]
    if form.section is None:
        lines.append(_progress(t, form))
    lines += ["", f"<b>{t(NAMES[step])}</b>", _hint(t, form, step)]
    answered = form.answers.get(step) not in (None, "", [])
    if answered and step not in TICKED:
        lines += ["", t("Now: {value}", value=cut_plain(value(t, form, step), 700))]
    if step in SECTIONS[Section.REWARD]:
        lines += _examples(t, form)
    return Screen(
        text="\n".join(lines),
        keyboard=keyboard(
            *grid(_choices(t, form, step), width=1 if step in _WIDE else 2),
            button(_skip(t, form, step), OfferForm(move=FormMove.SKIP, step=step))
            if step in SKIPPABLE and (form.section is None or answered)
            else None,
            button(
                "✓ " + t.plain("Done")
                if step in TICKED or step is Step.MEDIA_FILES
                else t.plain("Leave it as it is") + " ›",
                OfferForm(move=FormMove.GO, step=step),
            )
            if answered or form.section is not None
            else None,
            button("☰ " + t.plain("All sections"), OfferForm(move=FormMove.OVERVIEW))
            if form.section is None
            else None,
            [back(t, OfferForm(move=FormMove.BACK, step=step)), home(t)],
        ),
    )


_WIDE: Final = frozenset(
    {Step.FORBIDDEN, Step.LEGAL, Step.CREDIT, Step.ADMISSION, Step.TIERS, Step.KIND}
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
                button("✏️ " + t.plain("Edit"), OfferForm(move=FormMove.OVERVIEW)),
                button(
                    "✅ " + (t.plain("See what changes") if form.published else t.plain("Publish")),
                    OfferForm(move=FormMove.PUBLISH),
                ),
            ],
            [back(t, OfferForm(move=FormMove.OVERVIEW)), home(t)],
        ),
    )


def confirm_publishing(t: Translator, shown: OfferCard) -> Screen:
    """What happens when the offer is published, and the question."""
    rule = shown.offer.terms.rule
    reward = (
        t("{amount} for each confirmed order", amount=Money(rule.fixed_minor))
        if rule.fixed
        else t(
            "{amount} for each confirmed unit of the traffic report",
            amount=Money(rule.per_unit_minor),
        )
        if rule.by_units
        else t("{rate} of each confirmed order", rate=Bps(rule.percent_bps))
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
            [back(t, OfferForm(move=FormMove.OVERVIEW)), home(t)],
        ),
    )


def confirm_change(t: Translator, proposal: Proposal) -> Screen:
    """What handing in the changed offer does, and when, and the question."""
    back_row = [back(t, OfferForm(move=FormMove.OVERVIEW)), home(t)]
    if proposal.empty:
        return Screen(
            t("Nothing has changed yet. Open a section and change what you like."),
            keyboard(back_row),
        )
    planned = proposal.plan
    lines: list[str] = [t("<b>Change the offer?</b>")]
    middle = planned.now or planned.before
    if planned.now is not None:
        lines += [
            "",
            t("<b>Better for creators – at once, for those who are enrolled too:</b>"),
            *differences(t, planned.before, planned.now),
        ]
    if planned.later is not None and planned.effective_at is not None:
        lines += [
            "",
            t(
                "<b>Worse for creators – from {day} on:</b>",
                day=planned.effective_at.astimezone(ALMATY).date(),
            ),
            *differences(t, middle, planned.later),
            t(
                "The notice is {days}. Until then everything stays as it is, and you can withdraw "
                "the change.",
                days=t.plural("{n} day", "{n} days", planned.before.terms.notice_days),
            ),
        ]
    if proposal.open:
        lines += ["", t("For new creators only: who can take the offer changes at once.")]
    if proposal.content:
        lines += [
            "",
            t(
                "Texts, picture, product, shop and materials wait for a moderator; until then "
                "creators see the present ones."
            ),
        ]
    if (planned.better or planned.worse) and proposal.creators:
        told = t.plural(
            "{n} enrolled creator is told.", "{n} enrolled creators are told.", proposal.creators
        )
        lines += ["", told]
    if planned.better or planned.worse:
        lines.append(t("Orders that are placed before count by the terms of their day."))
    return Screen(
        "\n".join(lines),
        keyboard(
            button("✅ " + t.plain("Yes, change"), OfferForm(move=FormMove.PUBLISH_YES)), back_row
        ),
    )


def changed(t: Translator, proposal: Proposal) -> Screen:
    """The change is handed in."""
    lines: list[str] = [t("✅ <b>Done.</b>")]
    if proposal.plan.better:
        lines.append(t("What is better holds from now on."))
    if proposal.plan.effective_at is not None:
        day = proposal.plan.effective_at.astimezone(ALMATY).date()
        lines.append(t("The rest is announced and comes on {day}.", day=day))
    if proposal.content:
        lines.append(t("A moderator looks at the new texts; you will be told."))
    return Screen(
        "\n".join(lines),
        keyboard(
            button(t.plain("See the offer"), BrandOffer(offer=proposal.offer.id or 0)), home(t)
        ),
    )


def confirm_taking(t: Translator, offer: Offer, yes: TakeUp) -> Screen:
    """Another draft would be lost: really? `yes` is what to press then."""
    return Screen(
        text="\n\n".join(
            [
                t(
                    "<b>Open this offer in the form?</b>\nYou have an unfinished draft of another "
                    "one. It will be deleted."
                ),
                t("Offer: {title}", title=offer.text(t.locale).title),
            ]
        ),
        keyboard=keyboard(
            button(t.plain("Yes, open this one"), yes),
            [back(t, BrandOffer(offer=offer.id or 0)), home(t)],
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
    """An answer in words, without HTML; what counts where there is none."""
    answer = form.answers.get(step)
    fixed = form.in_sums
    if answer in (None, "", []):
        return _usual(t, step)
    if step in TICKED:
        kinds = TICKED[step]
        return ", ".join(word(t, kinds(one)) for one in form.chosen(step))
    if isinstance(answer, list):
        match step:
            case Step.CITIES:
                return ", ".join(city_name(str(city), t.locale) for city in answer)
            case Step.MEDIA_FILES:
                return ", ".join(str(name) for _, name in answer)
            case Step.LADDER:
                return "; ".join(f"{n} → {_rate(t, int(worth), fixed)}" for n, worth in answer)
            case _:
                return "; ".join(f"{name} – {t.value(Bps(int(bps)))}" for name, bps in answer)
    match step:
        case Step.PICTURE:
            return t.plain("there is one")
        case Step.CATEGORY:
            return word(t, Category(str(answer)))
        case Step.PLACE:
            return word(t, Place(str(answer)))
        case Step.KIND:
            return t.plain(_KINDS[Kind(str(answer))])
        case Step.ADMISSION:
            return word(t, Admission(str(answer)))
        case Step.CREDIT:
            return word(t, CreditPolicy(str(answer)))
        case Step.DISCOUNT:
            return t.value(Bps(int(answer or 0)))
        case Step.COMMISSION | Step.FIRST_ORDER:
            return _rate(t, int(answer or 0), fixed)
        case Step.CAP | Step.MIN_ORDER | Step.CAP_MONTH | Step.BUDGET:
            return t.value(Money(int(answer or 0)))
        case Step.HOLD | Step.WINDOW | Step.NOTICE:
            return _days(t, int(answer or 0))
        case Step.SILENCE:
            return silence(t, int(answer or 0))
        case Step.FOLLOWERS:
            return t.value(int(answer or 0))
        case Step.STARTS | Step.ENDS:
            return t.value(date.fromisoformat(str(answer)))
        case Step.PROOF:
            return t.plain("required") if answer else t.plain("not required")
        case _:
            return str(answer)


def _usual(t: Translator, step: Step) -> str:
    """What counts for a question without an answer."""
    match step:
        case Step.HOLD:
            return _days(t, HOLD_DAYS_USUAL)
        case Step.SILENCE:
            return silence(t, AUTO_APPROVE_USUAL)
        case Step.WINDOW:
            return _days(t, WINDOW_DAYS_USUAL)
        case Step.NOTICE:
            return _days(t, NOTICE_DAYS)
        case Step.CREDIT:
            return word(t, CreditPolicy.GRADE_FIRST)
        case Step.ADMISSION:
            return word(t, Admission.OPEN)
        case Step.PROOF:
            return t.plain("required")
        case Step.TIERS | Step.LANGUAGES | Step.LEGAL | Step.CITIES:
            return t.plain("any")
        case Step.PLATFORMS:
            return t.plain("anywhere")
        case Step.STARTS:
            return t.plain("right after the review")
        case Step.ENDS:
            return t.plain("no end date")
        case _:
            return "—"


def _rate(t: Translator, worth: int, fixed: bool) -> str:
    return t.value(Money(worth) if fixed else Bps(worth))


def _choices(t: Translator, form: Form, step: Step) -> list[InlineKeyboardButton]:
    answer = form.answers.get(step)
    chosen = [] if answer is None else [str(answer)]
    choices: dict[str, str] = {}
    if step in TICKED:
        ticked = form.chosen(step)
        return [
            button(
                ("☑️ " if str(one) in ticked else "▫️ ") + word(t, one),
                OfferForm(move=FormMove.CHOOSE, step=step, value=one.value),
            )
            for one in TICKED[step]
        ]
    match step:
        case Step.CATEGORY:
            choices = {category: word(t, category) for category in Category}
        case Step.PLACE:
            choices = {place: word(t, place) for place in Place}
        case Step.KIND:
            tagged = form.answers.get(Step.PLACE) in TAGGED
            choices = {
                kind: t.plain(text)
                for kind, text in _KINDS.items()
                if tagged or kind is not Kind.UNITS
            }
        case Step.ADMISSION:
            choices = {one: word(t, one) for one in Admission}
            chosen = chosen or [Admission.OPEN]
        case Step.CREDIT:
            choices = {one: word(t, one) for one in CreditPolicy}
            chosen = chosen or [CreditPolicy.GRADE_FIRST]
        case Step.DISCOUNT:
            choices = {str(bps // 100): t.value(Bps(bps)) for bps in (500, 1000, 1500, 2000)}
            chosen = []
        case Step.HOLD:
            choices = {str(days): _days(t, days) for days in HOLD_DAYS}
            chosen = chosen or [str(HOLD_DAYS_USUAL)]
        case Step.SILENCE:
            choices = {
                str(days): _days(t, days) if days else t.plain("Never")
                for days in AUTO_APPROVE_DAYS
            }
            chosen = chosen or [str(AUTO_APPROVE_USUAL)]
        case Step.WINDOW:
            choices = {str(days): _days(t, days) for days in WINDOW_DAYS}
            chosen = chosen or [str(WINDOW_DAYS_USUAL)]
        case Step.NOTICE:
            choices = {str(days): _days(t, days) for days in NOTICE_CHOICES}
            chosen = chosen or [str(NOTICE_DAYS)]
        case Step.PROOF:
            choices = {"yes": t.plain("Yes, required"), "no": t.plain("No")}
            chosen = ["no" if answer is False else "yes"]
    return [
        button(
            marked(label, choice in chosen),
            OfferForm(move=FormMove.CHOOSE, step=step, value=choice),
        )
        for choice, label in choices.items()
    ]


def _skip(t: Translator, form: Form, step: Step) -> str:
    """What leaving a question open means."""
    if form.section is not None and step not in (Step.STARTS, Step.ENDS, Step.PICTURE):
        return "✖️ " + t.plain("Clear this answer")
    match step:
        case Step.DISCOUNT:
            return t.plain("No discount")
        case Step.ENDS:
            return t.plain("The end is open")
        case Step.STARTS:
            return t.plain("Right after the review")
        case Step.PICTURE if form.answers.get(step):
            return t.plain("Without a picture")
        case _:
            return t.plain("Skip")


def _hint(t: Translator, form: Form, step: Step) -> Html:
    if step is Step.COMMISSION:
        if form.by_units:
            return t(_UNITS)
        return t(_FIXED if form.in_sums else _PERCENT)
    return t(HINTS[step])


def _examples(t: Translator, form: Form) -> list[str]:
    """What a middling order would bring by the answers so far."""
    if not form.answers.get(Step.COMMISSION) or form.by_units:
        return []
    try:
        rule = form.rule()
    except BadInput:
        return []
    base = TYPICAL_ORDER
    lines: list[str] = [
        "",
        t("<i>For example, an order of {order}:</i>", order=base),
        t("· usually {amount}", amount=rule.quote(base).amount),
    ]
    if rule.first_order:
        lines.append(
            t("· a buyer's first order: {amount}", amount=rule.quote(base, first=True).amount)
        )
    for rung in rule.ladder:
        orders = t.plural("{n} confirmed order", "{n} confirmed orders", rung.orders)
        amount = rule.quote(base, approved_before=rung.orders).amount
        lines.append(t("· after {orders} of the month: {amount}", orders=orders, amount=amount))
    lines += _goods(t, rule)
    return lines


def _goods(t: Translator, rule: Rule) -> list[str]:
    return [
        t(
            "· only goods “{name}”: {amount}",
            name=rate.name,
            amount=TYPICAL_ORDER.share(rate.percent_bps)
            if not rule.cap_order_minor
            else min(TYPICAL_ORDER.share(rate.percent_bps), Money(rule.cap_order_minor)),
        )
        for rate in rule.rates[:3]
    ]


def _summary(t: Translator, form: Form, one: Section) -> str:
    """What is answered of a section, in a few words and without HTML."""
    said = [
        _said(t, form, step)
        for step in form.steps_of(one)
        if form.answers.get(step) not in (None, "", [])
        and step not in (Step.TEXT_KK, Step.TEXT_RU, Step.TEXT_EN, Step.KIND, Step.PICTURE)
    ]
    return cut_plain(" · ".join(said), 300)


def _said(t: Translator, form: Form, step: Step) -> str:
    """An answer, named where it would not explain itself."""
    text = cut_plain(value(t, form, step), _SHOWN)
    return text if step in _PLAIN else f"{t.plain(NAMES[step])}: {text}"


def _mark(form: Form, one: Section) -> str:
    """Whether something of a section is still needed."""
    needed = any(form.lacks(step) for step in form.steps_of(one))
    return "❗️" if needed else SECTION_MARKS[one]


def _warning(t: Translator, problem: DomainError | None) -> list[str]:
    if problem is None:
        return []
    return [Html("⚠️ " + escape(refusal(t, problem), quote=False)), ""]


def _head(t: Translator, form: Form, brand: Brand) -> Html:
    if form.published:
        return t("<b>Change of an offer</b> of {brand}", brand=brand.name)
    return t("<b>Offer</b> of {brand}", brand=brand.name)


def _progress(t: Translator, form: Form) -> Html:
    walk = form.walk
    done = walk.index(form.step) + 1 if form.step in walk else len(walk)
    return t("Question {n} of {total}", n=done, total=len(walk))


def _days(t: Translator, days: int) -> str:
    return t.value(t.plural("{n} day", "{n} days", days))
