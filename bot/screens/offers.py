"""The card of one offer: what it says, what it pays, how it went for others."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Final
from urllib.parse import quote

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.media import MediaKit
from bot.callbacks.offers import Catalogue, SavedOffers, View
from bot.callbacks.offers import OfferCard as ToOffer
from bot.callbacks.onboarding import FirstStep, Onboarding
from bot.i18n import Bps, Html, Translator
from bot.screens.admission import entry, entry_button, in_offer, is_in, my_enrolment
from bot.screens.base import (
    CAPTION_LIMIT,
    TEXT_LIMIT,
    Photo,
    Row,
    Screen,
    back,
    button,
    cut_plain,
    home,
    keyboard,
    visible,
)
from bot.screens.changes import announced
from bot.screens.deadlines import reading_line, silence_line
from bot.screens.errors import refusal, way_on
from bot.screens.rewards import budget_line, rate_lines
from bot.screens.words import word
from core.catalogue import OfferCard, example
from core.changes import ChangeKind
from core.enrolments import EnrolmentState
from core.errors import NotEligible, ProfileIncomplete
from core.ids import OfferId
from core.money import Money
from core.offers import PUBLIC, Offer, OfferState
from core.orders import ALMATY
from core.people import Category
from core.pricing import Rule
from core.track_records import TrackRecord, Whose

ROOM_ABOVE: Final = 160  # characters that a manager's or moderator's line above a card may take
WORTH_READING: Final = 40  # characters of a description: less of it says nothing

MARKS: Final = {
    Category.BEAUTY: "💄",
    Category.FASHION: "👗",
    Category.FOOD: "🍎",
    Category.HOME: "🏠",
    Category.KIDS: "🧸",
    Category.ELECTRONICS: "🎧",
    Category.SPORT: "🏃",
    Category.BOOKS: "📚",
    Category.TRAVEL: "✈️",
    Category.SERVICES: "🛎",
}


def short_rate(t: Translator, rule: Rule) -> Html:
    """What a sale brings, in three words."""
    if rule.fixed:
        return t("{amount} per order", amount=Money(rule.fixed_minor))
    if rule.by_units:
        return t("{amount} per unit of a report", amount=Money(rule.per_unit_minor))
    best = max([rule.percent_bps, *(rate.percent_bps for rate in rule.rates)])
    if best > rule.percent_bps:
        return t("up to {percent} of an order", percent=Bps(best))
    return t("{percent} of an order", percent=Bps(rule.percent_bps))


def offer_card(
    t: Translator,
    card: OfferCard,
    *,
    share: str = "",
    opened: ToOffer | None = None,
    inline: bool = False,
) -> Screen:
    """One offer with everything that a creator agrees to.

    `share` is its link in Telegram, `opened` the button that led here and the list before it;
    with `inline` the bot can be called in other chats.
    """
    offer = card.offer
    text = offer.text(t.locale)
    head = (
        f"<b>{escape(text.title)}</b>\n{escape(card.brand.name)} · "
        f"{escape(word(t, offer.category))} · {escape(word(t, offer.place))}"
    )
    below = "\n".join(terms(t, offer))
    for change in card.changes:
        if change.kind is ChangeKind.TERMS and change.effective_at is not None:
            coming = announced(t, change.before, change.after, change.effective_at)
            below += "\n\n" + "\n".join(coming)
    if card.today is not None:
        below += f"\n\n{reading_line(t, card.reading, card.today)}"
    if card.record is not None:
        below += "\n\n" + "\n".join(_record(t, card.record))
    if stand := _standing(t, card):
        below += f"\n\n{stand}"
    photo = Photo(f"offer:{offer.picture}", card.picture) if card.picture else None
    if photo and visible(head) + visible(below) + len("\n\n" * 2) + ROOM_ABOVE > CAPTION_LIMIT:
        photo = None  # long terms go before a picture
    room = CAPTION_LIMIT if photo else TEXT_LIMIT
    room -= visible(head) + visible(below) + len("\n\n" * 2) + ROOM_ABOVE
    kept = cut_plain(text.description, room) if room >= WORTH_READING else ""
    description = escape(kept, quote=False)
    return Screen(
        text="\n\n".join(part for part in (head, description, below) if part),
        keyboard=_card_buttons(t, card, share, opened or ToOffer(offer=offer.id or 0), inline),
        photo=photo,
    )


def terms(t: Translator, offer: Offer) -> list[Html]:
    """An offer's conditions in plain words, a line each."""
    conditions = offer.terms
    lines = [*_earning(t, conditions.rule), *rate_lines(t, conditions.rule)]
    base, brings = example(offer)
    if conditions.rule.percent_bps:
        lines.append(
            t("For example, an order of {order} brings {amount}.", order=base, amount=brings)
        )
    if conditions.min_order_minor:
        lines.append(t("🧾 Orders from {amount} count.", amount=Money(conditions.min_order_minor)))
    if offer.discount_bps:
        lines.append(
            t("🏷 Buyers save <b>{percent}</b> with your code.", percent=Bps(offer.discount_bps))
        )
    if conditions.hold_days:
        lines.append(
            t.plural(
                "⏳ You can withdraw it {n} day after the shop confirms the order.",
                "⏳ You can withdraw it {n} days after the shop confirms the order.",
                conditions.hold_days,
            )
        )
    else:
        lines.append(t("⏳ You can withdraw it as soon as the shop confirms the order."))
    if offer.click_param:
        lines.append(
            t.plural(
                "🔗 An order counts within {n} day after a click on your link.",
                "🔗 An order counts within {n} days after a click on your link.",
                conditions.window_days,
            )
        )
    if conditions.auto_approve_days:
        lines.append(silence_line(t, conditions.auto_approve_days))
    if conditions.proof_required:
        lines.append(t("📎 A proof of your post is needed before the payout."))
    if offer.budget_left_minor is not None:
        lines.append(budget_line(t, conditions.rule.budget_minor, offer.budget_left_minor))
    if offer.eligibility.platforms:
        platforms = ", ".join(word(t, platform) for platform in offer.eligibility.platforms)
        lines.append(t("📱 Post on: {list}.", list=platforms))
    if forbidden := _forbidden(t, offer):
        lines.append(t("🚫 Not allowed: {list}.", list=forbidden))
    if dates := _dates(t, offer):
        lines.append(dates)
    return lines


def _record(t: Translator, record: TrackRecord) -> list[Html]:
    """How sales went so far, a line for each number that there is."""
    lines = [
        t("<b>How it has gone so far</b>")
        if record.whose is Whose.OFFER
        else t("<b>How it has gone so far</b> (all offers of the brand)")
    ]
    if record.approved_bps is not None:
        lines.append(
            t.plural(
                "✔️ Approved: {percent} of {n} finished order.",
                "✔️ Approved: {percent} of {n} finished orders.",
                record.finished,
                percent=Bps(round(record.approved_bps, -2)),
            )
        )
    if record.confirm_days is not None:
        lines.append(
            t.plural(
                "🕒 The shop usually confirms an order within {n} day.",
                "🕒 The shop usually confirms an order within {n} days.",
                record.confirm_days,
            )
        )
    if record.pay_days is not None:
        lines.append(
            t.plural(
                "💸 The reward can usually be withdrawn {n} day after the order.",
                "💸 The reward can usually be withdrawn {n} days after the order.",
                record.pay_days,
            )
        )
    return lines


def _forbidden(t: Translator, offer: Offer) -> str:
    """What must not be done, without HTML and without a last full stop."""
    ways = [word(t, way) for way in offer.forbidden.ways]
    own = offer.forbidden.own.strip().rstrip(".")
    return "; ".join([*ways, *([own] if own else [])])


def _earning(t: Translator, rule: Rule) -> list[Html]:
    percent = Bps(rule.percent_bps)
    if rule.percent_bps and rule.cap_order_minor:
        lines = [
            t(
                "💰 You get <b>{percent}</b> of every order, at most {cap} per order.",
                percent=percent,
                cap=Money(rule.cap_order_minor),
            )
        ]
    elif rule.percent_bps:
        lines = [t("💰 You get <b>{percent}</b> of every order.", percent=percent)]
    elif rule.fixed:
        lines = [t("💰 You get <b>{amount}</b> for every order.", amount=Money(rule.fixed_minor))]
    elif rule.by_units:
        lines = [
            t(
                "💰 You get <b>{amount}</b> for each unit that the marketplace's report of outside "
                "traffic counts for your UTM tag.",
                amount=Money(rule.per_unit_minor),
            ),
            t("📊 Paid by units of a report, not by orders: the report names no orders."),
        ]
    else:
        lines = [t("💰 You get a percentage of these goods only.")]
    if rule.cap_month_minor:
        lines.append(t("At most {cap} a month.", cap=Money(rule.cap_month_minor)))
    return lines


def _dates(t: Translator, offer: Offer) -> Html | None:
    first = offer.starts_at and offer.starts_at.astimezone(ALMATY).date()
    last = offer.ends_at and (offer.ends_at.astimezone(ALMATY) - timedelta(seconds=1)).date()
    if first and last:
        return t("📅 From {first} to {last}.", first=first, last=last)
    if last:
        return t("📅 Until {last}.", last=last)
    return t("📅 From {first}.", first=first) if first else None


def _standing(t: Translator, card: OfferCard) -> str:
    """How the offer stands to this creator, where there is something to say."""
    known = card.enrolment
    if known is not None and known.state is EnrolmentState.ACTIVE and known.holds_code:
        return t("✅ You have this offer. Your code: <code>{code}</code>", code=known.code)
    if known is not None and is_in(card):
        return in_offer(t, known)
    if card.insider:
        return ""
    if card.offer.state is OfferState.ENDED:
        return t("This offer has ended.")
    if not card.open:
        return t("This offer is not open now.")
    if card.suspended:
        return t("Your profile is suspended: you cannot take new offers.")
    if card.profile_gaps:
        return escape(refusal(t, ProfileIncomplete(card.profile_gaps)), quote=False)
    if card.eligibility_gaps:
        return escape(refusal(t, NotEligible(card.eligibility_gaps)), quote=False)
    return entry(t, card)


def _card_buttons(
    t: Translator, card: OfferCard, share: str, opened: ToOffer, inline: bool
) -> InlineKeyboardMarkup:
    act: Row = None
    if is_in(card):
        act = my_enrolment(t, card)
    elif card.open and not card.suspended:
        if card.profile_gaps:
            act = button(
                "📝 " + t.plain("Finish my profile"),
                Onboarding(step=FirstStep.CREATOR, offer=card.offer.id or 0),
            )
        elif card.eligibility_gaps:
            act = way_on(t, NotEligible(card.eligibility_gaps, card.offer.id or 0))
        else:
            act = entry_button(t, card)
    public = card.offer.state in PUBLIC
    save = opened.model_copy(update={"offer": card.offer.id or 0, "keep": not card.saved})
    row = [button("🔖 " + (t.plain("Remove from saved") if card.saved else t.plain("Save")), save)]
    if share and card.open:
        row.append(button("↗️ " + t.plain("Share"), url=_share(t, card, share)))
    enrolled = card.enrolment
    send: Row = None
    if inline and enrolled is not None and enrolled.state is EnrolmentState.ACTIVE:
        send = button("💬 " + t.plain("Send my code to a chat"), inline=enrolled.code)
    return keyboard(
        act,
        send,
        _material(t, card),
        row if public else None,
        [back(t, _way_back(opened)), home(t)],
    )


def _material(t: Translator, card: OfferCard) -> Row:
    """The ways to what the creator may use in posts."""
    media = card.offer.media
    ways = []
    if media.link:
        ways.append(button("🗂 " + t.plain("Materials for the post"), url=media.link))
    if media.files and card.offer.id:
        ways.append(button("🗂 " + t.plain("Files for the post"), MediaKit(offer=card.offer.id)))
    return ways


def address(bot: str | None, offer: OfferId) -> str:
    """The link in Telegram that opens an offer."""
    return f"https://t.me/{bot}?start=o_{offer}"


def _share(t: Translator, card: OfferCard, link: str) -> str:
    """Telegram's own way to choose whom a text with a link is sent to."""
    text = t.plain(
        "{title}, brand {brand}. Reward: {rate}. Take the offer here and get your own promo code:",
        title=card.offer.text(t.locale).title,
        brand=card.brand.name,
        rate=short_rate(t, card.offer.terms.rule),
    )
    return f"https://t.me/share/url?url={quote(link, safe='')}&text={quote(text, safe='')}"


def _way_back(opened: ToOffer) -> CallbackData:
    if opened.view is View.SAVED:
        return SavedOffers(after=opened.start)
    return Catalogue(
        category=opened.category,
        place=opened.place,
        start=opened.start,
        order=opened.order,
        found=opened.view is View.FOUND,
    )
