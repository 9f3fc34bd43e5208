"""Notifications in words, each with the button to what it tells of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from html import escape
from typing import Any, assert_never

from aiogram.filters.callback_data import CallbackData

from bot.callbacks.admin_offers import OfferReview
from bot.callbacks.admin_payouts import PayoutCard
from bot.callbacks.brand_funds import Funds
from bot.callbacks.brand_import import Import, RunCard
from bot.callbacks.brand_offers import BrandOffer, BrandOffers
from bot.callbacks.brand_proofs import ProofReview, Verdict
from bot.callbacks.broadcasts import BroadcastCard
from bot.callbacks.enrolments import Enrolments
from bot.callbacks.offer_changes import ReviewChange
from bot.callbacks.offers import Catalogue, OfferCard
from bot.callbacks.orders import Orders
from bot.callbacks.people import PayoutDetails, Profile
from bot.callbacks.proofs import ProofCard
from bot.callbacks.reminders import FileRhythm
from bot.callbacks.support import Support, TicketAct, TicketCard, TicketFile, TicketStep
from bot.callbacks.wallet import Wallet, WalletAction
from bot.i18n import Html, Translator
from bot.screens import claims
from bot.screens.admission_notes import admission_note, code_note
from bot.screens.base import Screen, button, keyboard
from bot.screens.brand_funds import funds_ending
from bot.screens.bundles import bundle
from bot.screens.changes import last_day, worded_change
from bot.screens.channel_notes import of_channel
from bot.screens.deadlines import of_deadline
from bot.screens.desk_notes import of_desk
from bot.screens.dispute_notes import of_dispute
from bot.screens.earnings import month_summary
from bot.screens.errors import file_trouble
from bot.screens.gift_notes import gift_note
from bot.screens.handle_notes import handle_note
from bot.screens.slots import slot_note
from bot.screens.source_notes import of_source
from bot.screens.support import TOPIC
from bot.screens.words import REJECT_REASON, word
from core.money import Money
from core.notifications import Delivery, NoteKind
from core.sources.base import SourceKind
from core.support import Side, Topic

Facts = Mapping[str, Any]


def note(t: Translator, delivery: Delivery) -> Screen:
    """What a notification says to its reader."""
    return worded(t, delivery.kind, delivery.facts)


def worded(t: Translator, kind: NoteKind, facts: Facts) -> Screen:
    """The same from the kind and its facts, as `core.notifications` lists them."""
    match kind:
        case (
            NoteKind.OFFER_SUBMITTED
            | NoteKind.OFFER_APPROVED
            | NoteKind.OFFER_REJECTED
            | NoteKind.OFFER_ENDED
            | NoteKind.ENROLLED
        ):
            return _of_offer(t, kind, facts)
        case (
            NoteKind.APPLIED
            | NoteKind.APPLICATION_ACCEPTED
            | NoteKind.APPLICATION_DECLINED
            | NoteKind.CREATOR_LEFT
            | NoteKind.ENROLMENT_SUSPENDED
            | NoteKind.ENROLMENT_RESTORED
        ):
            return admission_note(t, kind, facts, title=_title(t, facts))
        case (
            NoteKind.CODE_REQUESTED
            | NoteKind.CODE_ACCEPTED
            | NoteKind.CODE_REFUSED
            | NoteKind.CODE_NOTICE
            | NoteKind.CODE_NOTICE_CANCELLED
            | NoteKind.CODE_CHANGED
            | NoteKind.POOL_LOW
        ):
            return code_note(t, kind, facts, title=_title(t, facts))
        case NoteKind.HANDLES_LENT | NoteKind.HANDLES_BACK:
            return handle_note(t, kind, facts, title=_title(t, facts))
        case (
            NoteKind.SLOT_OFFERED
            | NoteKind.SLOT_LAPSED
            | NoteKind.SLOT_BOOKED
            | NoteKind.SLOT_OVER
            | NoteKind.SLOT_TAKEN
        ):
            return slot_note(t, kind, facts, title=_title(t, facts))
        case NoteKind.BUYER_REWARD | NoteKind.GIFTS_LOW:
            return gift_note(t, kind, facts, title=_title(t, facts))
        case NoteKind.CREATOR_SUSPENDED:
            text = t(
                "Your profile has been suspended: you cannot take new offers. What you have "
                "earned stays yours and is paid, your codes go on earning. Do you disagree? "
                "Write to support."
            )
            shown = _with_reason(t, text, str(facts.get("reason", "")))
            appeal = button("💬 " + t.plain("Write to support"), Support())
            return Screen(shown, keyboard(button(t.plain("Open"), Profile()), appeal))
        case NoteKind.CREATOR_RESTORED:
            return _screen(t, t("Your profile works again: you can take offers."), Catalogue())
        case (
            NoteKind.CHANNEL_WAITING
            | NoteKind.CHANNEL_VERIFIED
            | NoteKind.CHANNEL_REFUSED
            | NoteKind.CHANNEL_LOST
            | NoteKind.CHANNEL_TAKEN
            | NoteKind.POST_MISSING
            | NoteKind.POST_GONE
            | NoteKind.POST_GONE_BRAND
        ):
            return of_channel(t, kind, facts)
        case (
            NoteKind.PROOF_SENT
            | NoteKind.PROOF_ACCEPTED
            | NoteKind.PROOF_CHANGES
            | NoteKind.PROOF_REJECTED
        ):
            return _of_proof(t, kind, facts)
        case NoteKind.ORDERS_NEWS:
            return _screen(t, _orders(t, facts), Orders())
        case NoteKind.RELEASED:
            text = t(
                "💰 <b>{amount}</b> is available for withdrawal: the hold on {orders} is over.",
                amount=_money(facts, "amount_minor"),
                orders=t.plural("{n} order", "{n} orders", int(facts["count"])),
            )
            return _screen(t, text, Wallet())
        case NoteKind.RUN_DONE:
            text = t("✅ The file {file} has been taken in.", file=_file(t, facts))
            return _screen(t, text, RunCard(run=int(facts["run"])))
        case NoteKind.RUN_FAILED:
            line = facts.get("line")
            text = t(
                "❌ The file {file} could not be taken in.\n{reason}",
                file=_file(t, facts),
                reason=file_trouble(t, str(facts.get("reason", "")), line),
            )
            return _screen(t, text, Import())
        case NoteKind.SOURCE_PAUSED | NoteKind.SOURCE_RESUMED:
            return of_source(t, kind, facts)
        case NoteKind.FUNDS_LOW if "balance_minor" not in facts:
            text = t(
                "The funds of <b>{brand}</b> do not cover all rewards any more. Until an owner "
                "tops them up, these rewards wait and the offers may be hidden.",
                brand=str(facts.get("name", facts["brand"])),
            )
            return _screen(t, text, BrandOffers())
        case NoteKind.FUNDS_LOW:
            text = t(
                "The funds of <b>{brand}</b> do not cover all rewards any more: {balance}. Until "
                "they are topped up, these rewards wait and the offers may be hidden.",
                brand=str(facts.get("name", facts["brand"])),
                balance=_money(facts, "balance_minor"),
            )
            return _screen(t, text, Funds())
        case NoteKind.FUNDS_ENDING:
            return funds_ending(t, facts)
        case NoteKind.TOPPED_UP:
            text = t(
                "💰 The funds have been topped up by <b>{amount}</b>. Balance: {balance}.",
                amount=_money(facts, "amount_minor"),
                balance=_money(facts, "balance_minor"),
            )
            return _screen(t, text, Funds(brand=int(facts["brand"])))
        case (
            NoteKind.PAYOUT_REQUESTED
            | NoteKind.PAYOUT_APPROVED
            | NoteKind.PAYOUT_PAID
            | NoteKind.PAYOUT_FAILED
            | NoteKind.PAYOUT_REFUSED
        ):
            return _of_payout(t, kind, facts)
        case (
            NoteKind.DISPUTE_ASKED
            | NoteKind.DISPUTE_DUE
            | NoteKind.DISPUTE_NEWS
            | NoteKind.DISPUTE_RULED
            | NoteKind.DISPUTE_CALLED
        ):
            return of_dispute(t, kind, facts)
        case NoteKind.SUPPORT_ASKED | NoteKind.SUPPORT_ANSWERED | NoteKind.SUPPORT_CLOSED:
            return _of_support(t, kind, facts)
        case NoteKind.REFERRAL_EARNED:
            text = t(
                "🤝 <b>{amount}</b> for a creator whom you invited: it is available for "
                "withdrawal.",
                amount=_money(facts, "amount_minor"),
            )
            return _screen(t, text, Wallet())
        case NoteKind.FILE_DUE:
            text = t(
                "📥 It is time for a file of orders of <b>{brand}</b> ({source}). The last one "
                "came on {date}. Rewards are counted when it is here.",
                brand=str(facts["name"]),
                source=word(t, SourceKind(facts["kind"])),
                date=date.fromisoformat(str(facts["last"])),
            )
            return Screen(
                text,
                keyboard(
                    button("📥 " + t.plain("Send a file"), Import(brand=int(facts["brand"]))),
                    button(
                        t.plain("How often to remind"),
                        FileRhythm(source=int(facts["source"])),
                    ),
                ),
            )
        case (
            NoteKind.OFFER_ENDING
            | NoteKind.BUDGET_SPENT
            | NoteKind.BUDGET_AGAIN
            | NoteKind.TERMS_BETTER
            | NoteKind.TERMS_ANNOUNCED
            | NoteKind.TERMS_IN_FORCE
            | NoteKind.TERMS_KEPT
            | NoteKind.CHANGE_SUBMITTED
            | NoteKind.CHANGE_APPROVED
            | NoteKind.CHANGE_DECLINED
        ):
            return _of_change(t, kind, facts)
        case (
            NoteKind.BRAND_REQUESTED
            | NoteKind.BRAND_APPROVED
            | NoteKind.BRAND_DECLINED
            | NoteKind.BRAND_SUSPENDED
            | NoteKind.BRAND_RESTORED
            | NoteKind.ROLE_CHANGED
            | NoteKind.RIGHTS_CHANGED
        ):
            return of_desk(t, kind, facts)
        case (
            NoteKind.FILE_LATE
            | NoteKind.SILENCE_WARNED
            | NoteKind.SILENCE_OVER
            | NoteKind.APPROVED_BY_TERMS
        ):
            return of_deadline(t, kind, facts)
        case NoteKind.BROADCAST_DONE:
            text = t(
                "📤 Broadcast {number} is over: delivered {sent}, blocked {blocked}, not delivered "
                "{failed}.",
                number=str(facts["broadcast"]),
                sent=int(facts["sent"]),
                blocked=int(facts["blocked"]),
                failed=int(facts["failed"]),
            )
            return _screen(t, text, BroadcastCard(broadcast=int(facts["broadcast"])))
        case NoteKind.CLAIM_NEWS:
            return claims.news(t, facts)
        case NoteKind.MONTH_SUMMARY:
            return month_summary(t, facts)
        case NoteKind.BUNDLE:
            return bundle(t, facts, worded)
        case _:
            assert_never(kind)


def _of_offer(t: Translator, kind: NoteKind, facts: Facts) -> Screen:
    title, offer = _title(t, facts), int(facts["offer"])
    if kind is NoteKind.OFFER_SUBMITTED:
        text = t(
            "A new offer waits for review: <b>{title}</b> of {brand}.",
            title=title,
            brand=str(facts.get("brand", "")),
        )
        return _screen(t, text, OfferReview(offer=offer))
    if kind is NoteKind.OFFER_APPROVED:
        text = t("✅ The offer <b>{title}</b> is published: creators see it now.", title=title)
    elif kind is NoteKind.OFFER_REJECTED:
        text = t(
            "The offer <b>{title}</b> was not approved. Correct it and send it again.", title=title
        )
        text = _with_reason(t, text, str(facts.get("reason", "")))
    elif kind is NoteKind.OFFER_ENDED:
        text = t(
            "The offer <b>{title}</b> has ended. Its codes do not earn for new orders; earlier "
            "orders are counted as before.",
            title=title,
        )
        if facts.get("reader") != "brand":
            return _screen(t, text, Enrolments())
    else:
        text = t(
            "<b>{creator}</b> has joined the offer <b>{title}</b>.",
            creator=str(facts["creator"]),
            title=title,
        )
    return _screen(t, text, BrandOffer(offer=offer))


def _of_change(t: Translator, kind: NoteKind, facts: Facts) -> Screen:
    title, offer = _title(t, facts), int(facts["offer"])
    to_brand: CallbackData = BrandOffer(offer=offer)
    to: CallbackData = to_brand if facts.get("reader") == "brand" else OfferCard(offer=offer)
    if kind is NoteKind.BUDGET_SPENT:
        text = t(
            "The budget of the offer <b>{title}</b>, {budget}, is used up. Orders placed since "
            "{at} bring no reward; earlier ones are counted as agreed.",
            title=title,
            budget=_money(facts, "budget_minor"),
            at=datetime.fromisoformat(str(facts["at"])),
        )
        if facts.get("reader") == "brand":
            more = t("The offer is paused. Raise the budget to go on.")
        else:
            more = t("You will be told when the offer goes on: take its code out of new posts.")
        return _screen(t, Html(f"{text}\n{more}"), to)
    if kind is NoteKind.OFFER_ENDING:
        text = t(
            "📣 The offer <b>{title}</b> ends on {day}. Your code works and earns until then; "
            "earlier orders are counted as agreed.",
            title=title,
            day=last_day(datetime.fromisoformat(str(facts["at"]))),
        )
    elif kind is NoteKind.BUDGET_AGAIN:
        text = t(
            "▶️ The offer <b>{title}</b> has budget again: orders placed since {at} bring a reward.",
            title=title,
            at=datetime.fromisoformat(str(facts["at"])),
        )
    elif kind is NoteKind.TERMS_KEPT:
        text = t(
            "The announced change of the offer <b>{title}</b> is withdrawn: everything stays as "
            "it is.",
            title=title,
        )
    elif kind is NoteKind.CHANGE_SUBMITTED:
        text = t(
            "The brand {brand} wants to change the offer <b>{title}</b>: look at it.",
            brand=str(facts.get("brand", "")),
            title=title,
        )
        to = ReviewChange()
    elif kind is NoteKind.CHANGE_APPROVED:
        text, to = (
            t("✅ The change of the offer <b>{title}</b> is published.", title=title),
            to_brand,
        )
    elif kind is NoteKind.CHANGE_DECLINED:
        text = t("The change of the offer <b>{title}</b> was not approved.", title=title)
        text, to = _with_reason(t, text, str(facts.get("reason", ""))), to_brand
    else:
        text = worded_change(t, kind, facts, title)
    return _screen(t, text, to)


def _of_proof(t: Translator, kind: NoteKind, facts: Facts) -> Screen:
    title, proof = _title(t, facts), int(facts["proof"])
    if kind is NoteKind.PROOF_SENT:
        text = t(
            "<b>{creator}</b> has sent a proof for the offer <b>{title}</b>.",
            creator=str(facts["creator"]),
            title=title,
        )
        return _screen(t, text, ProofReview(proof=proof, verdict=Verdict.SHOW))
    if kind is NoteKind.PROOF_ACCEPTED:
        text = t("✅ Your post for the offer <b>{title}</b> has been accepted.", title=title)
    elif kind is NoteKind.PROOF_CHANGES:
        text = t("Your post for the offer <b>{title}</b> needs a correction.", title=title)
    else:
        text = t("Your post for the offer <b>{title}</b> was not accepted.", title=title)
    reason = str(facts.get("reason") or "")
    words = {str(known): text for known, text in REJECT_REASON.items()}
    text = _with_reason(t, text, t.plain(words[reason]) if reason in words else reason)
    return _screen(t, text, ProofCard(proof=proof))


def _of_payout(t: Translator, kind: NoteKind, facts: Facts) -> Screen:
    amount, number = _money(facts, "amount_minor"), str(facts["number"])
    reason = str(facts.get("reason") or "")
    if kind is NoteKind.PAYOUT_REQUESTED:
        text = t(
            "<b>{creator}</b> asks for a payout of <b>{amount}</b>, No. {number}.",
            creator=str(facts["creator"]),
            amount=amount,
            number=number,
        )
        return _screen(t, text, PayoutCard(payout=int(facts["payout"])))
    payouts = Wallet(action=WalletAction.PAYOUTS)
    if kind is NoteKind.PAYOUT_APPROVED:
        text = t(
            "The payout of <b>{amount}</b>, No. {number}, is approved and goes to the bank.",
            amount=amount,
            number=number,
        )
        return _screen(t, text, payouts)
    if kind is NoteKind.PAYOUT_PAID:
        text = t("💸 <b>{amount}</b> has been paid, No. {number}.", amount=amount, number=number)
        if facts.get("iban_tail"):
            account = t(
                "Account: {bank} ···{tail}",
                bank=str(facts.get("bank", "")),
                tail=str(facts["iban_tail"]),
            )
            text = Html(f"{text}\n{account}")
        return _screen(t, text, payouts)
    if kind is NoteKind.PAYOUT_FAILED:
        text = t(
            "The bank did not make the payout of <b>{amount}</b>, No. {number}. The money is "
            "available again: check your details and ask once more.",
            amount=amount,
            number=number,
        )
        return _screen(t, _with_reason(t, text, reason), PayoutDetails())
    text = t(
        "The payout of <b>{amount}</b>, No. {number}, was refused. The money is available again.",
        amount=amount,
        number=number,
    )
    return _screen(t, _with_reason(t, text, reason), payouts)


def _of_support(t: Translator, kind: NoteKind, facts: Facts) -> Screen:
    ticket, topic = int(facts["ticket"]), t.plain(TOPIC[Topic(facts["topic"])])
    said = str(facts.get("text", ""))
    if kind is NoteKind.SUPPORT_ASKED:
        text = t("💬 Question of <b>{name}</b>: {topic}", name=str(facts["name"]), topic=topic)
        card = TicketCard(ticket=ticket, side=Side.STAFF)
        return _screen(t, f"{text}\n{escape(said, quote=False)}", card)
    own = TicketCard(ticket=ticket, side=Side.PERSON)
    if kind is NoteKind.SUPPORT_CLOSED:
        text = t(
            "✔️ Support has closed the conversation “{topic}”. Write again if anything is left.",
            topic=topic,
        )
        return _screen(t, text, own)
    text = t("🛠 <b>Answer of support</b> · {topic}", topic=topic)
    file = None
    if facts.get("file"):
        file = button(
            "📎 " + t.plain("Show the file"),
            TicketFile(message=int(facts["message"]), side=Side.PERSON),
        )
    reply = TicketAct(ticket=ticket, side=Side.PERSON, step=TicketStep.WRITE)
    return Screen(
        f"{text}\n\n{escape(said, quote=False)}",
        keyboard(
            file, [button("✍️ " + t.plain("Reply"), reply), button(t.plain("Conversation"), own)]
        ),
    )


def _orders(t: Translator, facts: Facts) -> Html:
    """News of a creator's orders, as many as there were, in one message."""
    lines = [t("🛍 News of your orders from <b>{brand}</b>:", brand=str(facts["brand"]))]
    waiting, approved, lost = (int(facts.get(name, 0)) for name in ("waiting", "approved", "lost"))
    if waiting:
        lines.append(t.plural("· {n} new order", "· {n} new orders", waiting))
    if approved:
        lines.append(t.plural("· {n} order confirmed", "· {n} orders confirmed", approved))
    if lost:
        lines.append(
            t.plural(
                "· {n} order cancelled or returned", "· {n} orders cancelled or returned", lost
            )
        )
    if facts.get("amount_minor"):
        lines.append(t("Your reward: <b>{amount}</b>", amount=_money(facts, "amount_minor")))
    return Html("\n".join(lines))


def _screen(t: Translator, text: str, to: CallbackData) -> Screen:
    return Screen(text, keyboard(button(t.plain("Open"), to)))


def _with_reason(t: Translator, text: str, reason: str) -> Html:
    if not reason:
        return Html(text)
    return Html(f"{text}\n" + t("Reason: {reason}", reason=reason))


def _title(t: Translator, facts: Facts) -> str:
    """The offer's title in the reader's language."""
    titles = facts.get("titles") or {}
    return str(titles.get(str(t.locale)) or facts["title"])


def _money(facts: Facts, name: str) -> Money:
    return Money(int(facts[name]))


def _file(t: Translator, facts: Facts) -> Html:
    return t("<i>{name}</i>", name=str(facts.get("file", "")))
