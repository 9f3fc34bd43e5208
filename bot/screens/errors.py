"""Refusals in words: what is refused, why, and what to do next."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.callbacks.brand_import import LargeFile
from bot.callbacks.channels import Channels
from bot.callbacks.enrolments import EnrolmentCard
from bot.callbacks.onboarding import FirstStep, Onboarding
from bot.callbacks.people import PayoutDetails, Profile
from bot.callbacks.profile import Ask, Field
from bot.callbacks.support import MyTickets
from bot.callbacks.wallet import Wallet
from bot.i18n import N_, Html, Translator
from bot.screens.base import Screen, button, home, keyboard
from bot.screens.claim_refusals import CLAIM, NUMBER, RECEIPT
from bot.screens.words import word
from core import errors
from core.errors import DomainError
from core.people import Locale
from core.proofs import ProofState

INPUT: Final[Mapping[str, str]] = {
    "amount": N_("This is not an amount. Send a number, for example: 15 000"),
    "bin": N_("This is not a BIN. Send twelve digits, for example: 180540012345"),
    "audience": N_("Nobody would be reached: choose a wider audience."),
    "brand_name": N_("This name does not fit. Send up to 60 characters, for example: Alma Beauty"),
    "broadcast_caption": N_(
        "With a picture the text may have up to 1,024 characters. Shorten it or take the picture "
        "away."
    ),
    "broadcast_label": N_("This does not fit on a button. Send up to 40 characters."),
    "broadcast_text": N_("Send the text of the message, up to 4,096 characters."),
    "broadcast_url": N_(
        "A button may not lead there. Send an https address on one of the permitted sites."
    ),
    "caption": N_("Send the text of the post as it was published."),
    "categories": N_("Choose at least one category."),
    "channel": N_("This is not a channel. Send its address, for example: instagram.com/aigerim"),
    "channel_count": N_("That is the largest number of channels. Delete one to add another."),
    "city": N_("This is not the name of a city. Send it again, for example: Almaty"),
    "code": N_(
        "This is not a code. Send 3 to 40 letters, digits, dashes or underscores, for example: "
        "SALE-7"
    ),
    "code_wish": N_("A code has 3 to 16 letters and digits, for example: AIGERIM or ASEL10"),
    "click_param": N_("Send the name of one parameter, for example: click_id"),
    "commission": N_("This commission is not possible. Send a percentage or a sum above zero."),
    "contact": N_(
        "This is not a contact of your own, or it was forwarded. Press the button below: it shares "
        "your own number only."
    ),
    "credit_limit": N_("This credit limit is not possible. Send a sum, for example: 500 000"),
    "claimed": N_("Send the amount that the buyer paid. It must be above the present one."),
    "decline_reason": N_("Choose one of the reasons."),
    "dispute_receipt": N_(
        "Not exactly one order of the shop fits this receipt. Send the order number."
    ),
    "dispute_note": N_("Write it shorter: up to 300 characters."),
    "dates": N_("Send two days, at most two years apart, like this: 01.10.2026 – 15.11.2026"),
    "date": N_("This is not a date. Send it like this: 21.11.2026"),
    "description": N_("The description is empty or too long. Send up to 600 characters."),
    "discount": N_("This discount is not possible. Send a percentage from 0 to 90."),
    "ends_before_start": N_("The offer would end before it begins. Send a later date."),
    "ends_past": N_("This date has passed. Send a later one."),
    "fee": N_("This fee is not possible. Send a percentage, for example: 10"),
    "followers": N_("This is not a number of followers. Send a number, for example: 12 500"),
    "auto_approve_days": N_("Send a number of days from 14 to 120, or 0 for never."),
    "hold_days": N_("Send a number of days from 0 to 120."),
    "languages": N_("Choose at least one language."),
    "legal_name": N_("Send the full legal name, for example: Alma Cosmetics LLP"),
    "licence": N_(
        "This does not fit. Send the number and the date of the licence, up to 120 characters."
    ),
    "moment": N_(
        "This is not a time in the future. Send it like this: 19:05 or 21.11.2026 19:05, up to 60 "
        "days ahead."
    ),
    "min_order": N_("This is not an amount. Send a number, for example: 5 000"),
    "name": N_("This name does not fit. Send up to 60 characters, for example: Aigerim S."),
    "dispute_numbers": N_("There is no order number in this. Send it like this: 712155089"),
    "percent": N_("This is not a percentage. Send a number from 0 to 100, for example: 10,5"),
    "note": N_("The note is empty or too long. Send up to 300 characters of text."),
    "net": N_("Send an amount above the present one. A lower one comes by the shop's next file."),
    "notice": N_("Send a date from 14 to 180 days ahead, for example: 15.12.2026"),
    "permissions": N_("Choose at least one permission."),
    "phone": N_("This is not a phone number of Kazakhstan, for example: +7 701 123 45 67"),
    "picture": N_("This picture cannot be used. Send a photo in JPEG or PNG."),
    "placement": N_("Send a name of up to 30 characters, for example: Market on Saturday"),
    "placement_count": N_("That is the largest number of links. Rename one that is there."),
    "places": N_("Send a number from 1 to 1,000."),
    "first_order": N_("Send what a first order brings, for example: 15 %"),
    "forbidden_own": N_("Send up to 200 characters, for example: comparing with other brands"),
    "ladder": N_(
        "Each rung needs more orders and a higher rate than the one before, and more than the "
        "usual rate. Send them like this: 10 – 12 %"
    ),
    "media_files": N_("This file cannot be taken. Send up to 5 files of up to 20 MB each."),
    "media_link": N_("This is not a link. Send it with https, for example: https://disk.yandex.kz"),
    "notice_days": N_("Send a number of days from 14 to 90."),
    "rates": N_("Send one on each line with a percentage up to 80, each once: Headphones – 5 %"),
    "post_link": N_("This is not a link to a post, for example: instagram.com/p/abc123"),
    "reason": N_("Write the reason: the person is going to read it."),
    "reference": N_("Send the number of the payment order, up to 60 characters, for example: 1045"),
    "review_note": N_("Write the reason: the brand is going to read it."),
    "same": N_("Nothing is different. Change something first."),
    "search": N_("Send at least two characters."),
    "screenshot": N_("Send the screenshot as a photo."),
    "handles": N_("Send one on each line, up to 500 at once, or a file with them."),
    "units_place": N_(
        "Only Ozon reports units by UTM tags. Choose another kind of commission, or another shop."
    ),
    "term": N_(
        "Send the first day, or the first and the last, at most a year from today, like this: "
        "01.12.2026 – 31.12.2026"
    ),
    "slots": N_("Choose from 1 to 50 slots."),
    "turn_days": N_("Choose from 1 to 180 days."),
    "rest_days": N_("Choose from 0 to 90 days."),
    "answer_hours": N_("Choose from 1 to 168 hours."),
    "sku": N_("This is not an article of a product. Send it as it stands in the shop's orders."),
    "support_file": N_("The file is too big: up to 20 MB can be sent here."),
    "support_text": N_("Send text of up to 2,000 characters, a photo or a file."),
    "thanks": N_("The text is empty or too long. Send up to 400 characters."),
    "title": N_("The title is empty or too long. Send up to 80 characters."),
    "url": N_("This is not an address of a shop. Send it with https, for example: https://alma.kz"),
    "window_days": N_("Send a number of days from 1 to 180."),
    **NUMBER,
}
SLOT: Final[Mapping[str, str]] = {
    "slots": N_("All slots are taken in these days. Choose other dates, or end a turn first."),
    "handles": N_("No handle is free in these days: each is taken or rests. Add one, or wait."),
    "own": N_("This creator has a slot already."),
    "kind": N_("Handles of the other kind go round still. Take them out first."),
}
HANDLE: Final[Mapping[str, str]] = {
    "place": N_("Orders of this shop do not carry it: it would bring the creator nothing."),
    "units": N_("This offer pays by units of a report, not by orders. Lend the creator a UTM tag."),
    "orders": N_(
        "A UTM tag counts units and names no order. It needs an offer that pays for each unit of "
        "a report."
    ),
}
PROFILE: Final[Mapping[str, str]] = {
    "consent": N_("consent to the processing of personal data"),
    "name": N_("name"),
    "city": N_("city"),
    "categories": N_("categories"),
    "channel": N_("channel"),
}
ELIGIBILITY: Final[Mapping[str, str]] = {
    "tier": N_("size of the audience"),
    "language": N_("language of the posts"),
    "city": N_("city"),
    "legal_status": N_("legal status"),
    "followers": N_("number of followers"),
    "platform": N_("a channel on the right platform"),
    "verification": N_("the channel is not verified yet"),
}
PAYOUT_DETAILS: Final[Mapping[str, str]] = {
    "legal_status": N_("legal status"),
    "iin": N_("IIN"),
    "iban": N_("IBAN"),
}
DRAFT: Final[Mapping[str, str]] = {
    "text_kk": N_("text in Kazakh"),
    "text_ru": N_("text in Russian"),
    "url": N_("address of the shop"),
}
MAPPING: Final[Mapping[str, str]] = {
    "order": N_("order number"),
    "date": N_("date of the order"),
    "status": N_("status"),
    "amount": N_("amount"),
}
TAKEN: Final[Mapping[str, str]] = {
    "bin": N_("This BIN is registered already."),
    "channel": N_("This channel belongs to another profile. Is it yours? Write to support."),
    "code": N_("This promo code is taken. Choose another one."),
    "code_lookalike": N_("Buyers would confuse this code with another one. Choose another."),
    "placement": N_("You have a link of this name already. Choose another name."),
    "iin": N_("This IIN is registered already. Is it yours? Write to support."),
    "proof_link": N_("This post has been sent before. Send a link to another post."),
    "screenshot": N_("This screenshot has been sent before. Send another one."),
}
CHANNEL: Final[Mapping[str, str]] = {
    "not_found": N_("Telegram does not know this channel. Check its name."),
    "not_channel": N_("This is not a channel: personal accounts and groups do not count."),
    "no_bot": N_("The bot is not an administrator of the channel yet. Add it, then press “Check”."),
    "not_yours": N_("You are not an administrator of this channel. Only its own can verify it."),
}
PROOF: Final[Mapping[str, str]] = {
    "channel": N_("This post is not from one of your channels. Add the channel to your profile."),
    "empty": N_("The post has no text. Send its caption."),
    "label_missing": N_(
        "The advertising label was not found at the start of the post. Add it and send the link "
        "again."
    ),
    "label_not_kk_ru": N_(
        "The advertising label must be in Kazakh or Russian. Correct it and send the link again."
    ),
    "platform": N_(
        "You have no channel on this platform in your profile. Add it, then send the link again."
    ),
}
FILE: Final[Mapping[str, str]] = {
    "empty": N_("The file is empty."),
    "too_big": N_("The file is too big: up to 20 MB can be sent here. Send it in parts."),
    "zip_bomb": N_("The file unpacks to far more than orders can be. It was not opened."),
    "not_a_table": N_("This is not a table of orders. Send the export as CSV or XLSX."),
    "locked": N_("The file is locked with a password. Remove the password and send it again."),
    "archive_broken": N_("The archive is damaged and cannot be unpacked. Send the file again."),
    "nested_archive": N_(
        "There is an archive inside the archive. Unpack it and send the table itself."
    ),
    "other_archive": N_("Of archives only ZIP and GZ can be opened. Send the table itself."),
    "many_tables": N_("There are several files in the archive. Send the one with the orders."),
    "no_table_inside": N_("There is no table of orders in the archive."),
    "web_page": N_(
        "This is a web page or XML, whatever its name says. Open it in Excel or Google Sheets and "
        "save it as XLSX."
    ),
    "other_document": N_("Documents of this kind cannot be read. Save the table as XLSX or CSV."),
    "no_header": N_(
        "The row with the names of the columns was not found. Put it above the orders: order "
        "number, date, status, amount."
    ),
    "no_orders": N_("There are no orders in the file."),
    "damaged_ids": N_(
        "The order numbers are damaged: a spreadsheet has rounded them. Send the file as the shop "
        "gave it, without saving it in between."
    ),
    "encoding": N_("The letters of the file cannot be read. Save it as CSV UTF-8 or XLSX."),
    "wrong_extension": N_("The old XLS format cannot be read. Save the file as XLSX or CSV."),
    "too_many_codes": N_("There are more than 20,000 codes in the file. Send it in parts."),
    "formula_only": N_("A column holds formulas without values. Save the file with its values."),
    "gone": N_("The file is no longer there, or it has changed meanwhile. Send it again."),
    "cut_lines": N_(
        "The lines do not fit the header: the amounts contain the mark that separates the columns. "
        "Save the file as XLSX, or as CSV with semicolons."
    ),
    "same_number": N_(
        "One and the same number stands in more than 500 lines: this is not the column of order "
        "numbers."
    ),
    "scattered": N_(
        "Too many orders have lines that are far apart. Sort the table by order number and send "
        "it again."
    ),
    "other_currency": N_(
        "The amounts are not in tenge. Orders are counted in tenge only: choose a column or send a "
        "file with amounts in tenge."
    ),
    "internal": N_(
        "We could not read the file because of a mistake of ours, and we know about it."
    ),
}
SHOWN: Final = frozenset({"damaged_ids", "no_header"})  # reasons whose text of the file is shown
SHOWN_MAX: Final = 60  # characters of it
INSIDE: Final = frozenset({"many_tables", "no_table_inside", "nested_archive"})
INSIDE_MAX: Final = 300  # characters of the names of files
SOURCE: Final[Mapping[str, str]] = {
    "timeout": N_("The shop's system did not answer in time."),
    "unauthorized": N_("The shop's system does not accept the token."),
    "forbidden": N_("The shop's system refuses access to the orders."),
    "rate_limited": N_("The shop's system asks us to come less often."),
    "server_error": N_("The shop's system is out of order."),
    "nonsense": N_("The answer of the shop's system could not be understood."),
    "address": N_("The shop's system was not found at its address."),
    "internal": N_(
        "We could not read the shop's orders because of a mistake of ours, and we know about it."
    ),
}
ALERT_MAX: Final = 190  # characters of a refusal that still fits a window


def refusal(t: Translator, error: DomainError) -> str:
    """The words for a refusal, without HTML. LookupError for a class that has none."""
    match error:
        case errors.NotAllowed():
            return t.plain("You cannot do this. If you should be able to, write to support.")
        case errors.NotFound():
            return t.plain("This was not found. It may have been deleted.")
        case errors.LastOwner():
            return t.plain(
                "This is the last owner. Make somebody else an owner first, then try again."
            )
        case errors.BrandSuspended():
            return t.plain(
                "The brand is suspended, so this is closed: {reason}. Do you disagree? Write to "
                "support.",
                reason=error.reason or "–",
            )
        case errors.OutOfDate():
            return t.plain("This screen is out of date: something has changed. Open it again.")
        case errors.InvitationSpent():
            return t.plain(
                "This invitation does not work: it was used, has expired or is not whole. Ask for "
                "a new link."
            )
        case errors.ConsentMissing():
            return t.plain("Your consent is needed for this first.")
        case errors.ProfileIncomplete():
            return t.plain(
                "Your profile is not complete yet. Missing: {list}.",
                list=_list(t, PROFILE, error.missing),
            )
        case errors.BadInput(field="thanks", detail="forbidden"):
            return t.plain(
                "This text mentions what may not be advertised without a check. Word it "
                "differently."
            )
        case errors.BadInput(field="contact", detail="anonymous"):
            return t.plain(
                "This is not a phone that a shop could know. Orders can be found by a usual number "
                "only."
            )
        case errors.BadInput():
            if error.field in INPUT:
                return t.plain(INPUT[error.field])
            return t.plain("This does not fit here. Check it and send it again.")
        case errors.NoTouch():
            return t.plain(
                "You have not come to this brand by a creator's link, or it was too long ago. Open "
                "the link or scan the QR first."
            )
        case errors.ClaimRefused():
            if error.reason in CLAIM:
                return t.plain(CLAIM[error.reason])
            return t.plain("This purchase cannot be counted.")
        case errors.TooManyClaims():
            return t.plain(
                "That is enough for today: up to {limit} purchases in 24 hours. Go on tomorrow.",
                limit=error.limit,
            )
        case errors.ReceiptUnread():
            if error.reason in RECEIPT:
                return t.plain(RECEIPT[error.reason])
            return t.plain("The receipt could not be read. Send the order number.")
        case errors.TooManyDisputes(open=0):
            return t.plain("You have opened as many cases as a month allows. Write to support.")
        case errors.TooManyDisputes():
            return t.plain(
                "You have {n} cases under way. Wait until one of them is closed, or withdraw one.",
                n=error.open,
            )
        case errors.DisputedAlready():
            return t.plain(
                "There is a case about this order already: №{id}.", id=str(error.dispute)
            )
        case errors.TooManyNumbers():
            return t.plain("That is too many order numbers: up to {n} fit.", n=error.most)
        case errors.TextsMissing():
            return t.plain(
                "There is no text for readers of these languages: {languages}. Write it, or let "
                "another language stand in.",
                languages=", ".join(word(t, one) for one in Locale if one in error.locales),
            )
        case errors.InvalidIin():
            return t.plain("This is not an IIN. Check the number and send its twelve digits again.")
        case errors.InvalidIban():
            return t.plain(
                "There is a mistake in the IBAN: it has 20 signs and begins with KZ. Copy it from "
                "the app of your bank."
            )
        case errors.BankClosed():
            return t.plain("The bank of this account has closed. Send an account in another bank.")
        case errors.UnderAge():
            return t.plain("Payouts are made to people who are 18 or older.")
        case errors.AlreadyUsed():
            if error.field in TAKEN:
                return t.plain(TAKEN[error.field])
            return t.plain("This is taken already.")
        case errors.ChannelNotProved():
            if error.reason in CHANNEL:
                return t.plain(CHANNEL[error.reason])
            return t.plain("The channel could not be verified.")
        case errors.TelegramAway():
            return t.plain("Telegram does not answer right now. Try again in a minute.")
        case errors.OfferNotActive():
            return t.plain("This offer is not open now. Choose another one from the list.")
        case errors.BudgetSpent():
            return t.plain("The budget of the offer is used up. Raise it first.")
        case errors.ChangePending():
            return t.plain(
                "A change of this offer is announced already. Withdraw it first, or wait until it "
                "is in force."
            )
        case errors.NotEligible(missing=("verification",)):
            return t.plain(
                "This offer has a condition on the number of followers, and yours is known from "
                "you only. Verify a channel: then you can take the offer."
            )
        case errors.NotEligible():
            return t.plain(
                "This offer is for other profiles. What does not fit: {list}.",
                list=_list(t, ELIGIBILITY, error.missing),
            )
        case errors.AlreadyEnrolled():
            return t.plain("You have this offer already: see your codes.")
        case errors.ApprovalNeeded():
            return t.plain("The brand decides who gets this offer. Send an application.")
        case errors.InvitationNeeded():
            return t.plain("This offer is only for creators whom the brand has invited.")
        case errors.ApplicationTooEarly():
            return t.plain(
                "The brand declined your application. You can apply again from {at} on.",
                at=error.again_at,
            )
        case errors.GiftsMissing():
            return t.plain("There are no gift codes yet. Upload them first.")
        case errors.PoolEmpty():
            return t.plain(
                "The codes of this offer have run out, and the brand has been told. Try again "
                "later."
            )
        case errors.CodeRequested():
            return t.plain(
                "There is a wish for the code {code} already. Wait for its answer or take it back.",
                code=error.code,
            )
        case errors.ChangeAnnounced():
            return t.plain("A change of the code is announced already: {at}.", at=error.due_at)
        case errors.DraftIncomplete():
            return t.plain(
                "The offer is not complete yet. Missing: {list}.",
                list=_list(t, DRAFT, error.missing),
            )
        case errors.SlotTaken():
            return t.plain(SLOT.get(error.reason, SLOT["slots"]))
        case errors.HandleImpossible():
            return t.plain(HANDLE.get(error.reason, HANDLE["place"]))
        case errors.ProofRefused():
            if error.reason in PROOF:
                return t.plain(PROOF[error.reason])
            return t.plain("The post does not pass the check. Correct it and send it again.")
        case errors.ProofAlreadyReviewed():
            try:
                state = word(t, ProofState(error.status))
            except ValueError:
                return t.plain("Somebody has checked this proof already.")
            return t.plain("Somebody has checked this proof already: {state}.", state=state)
        case errors.InsufficientBalance():
            return t.plain(
                "There is not enough money. Available: {available}.", available=error.available
            )
        case errors.BelowMinimumPayout():
            return t.plain(
                "Available: {available}. The smallest payout is {minimum}.",
                available=error.available,
                minimum=error.minimum,
            )
        case errors.PayoutAlreadyRequested():
            return t.plain(
                "You have asked for {amount} already. Wait for that payout, then ask again.",
                amount=error.amount,
            )
        case errors.PayoutDetailsMissing():
            return t.plain(
                "Details are needed for a payout. Missing: {list}.",
                list=_list(t, PAYOUT_DETAILS, error.missing),
            )
        case errors.FileRefused():
            text = t.plain(FILE[error.reason]) if error.reason in FILE else ""
            text = text or t.plain("The file could not be read.")
            return " ".join([text, *_blamed(t, error)])
        case errors.HeaderChanged():
            return t.plain(
                "The columns of the file have changed. No longer there: {list}. Send the file to "
                "the bot in the chat once and say where they are now.",
                list=", ".join(f"«{name[:SHOWN_MAX]}»" for name in error.lost),
            )
        case errors.MappingIncomplete():
            return t.plain(
                "These columns are not chosen yet: {list}.",
                list=_list(t, MAPPING, error.missing),
            )
        case errors.SourceUnavailable():
            return source_trouble(t, error.reason)
        case errors.UploadUnderWay():
            return t.plain(
                "A file is being uploaded by the last link just now, {n} MB so far. Wait for its "
                "end, or ask for a new link: the upload under way ends then.",
                n=round(error.received / 2**20),
            )
        case errors.UploadLinkSpent():
            return t.plain("This link works no longer. Ask for a new one in the chat.")
        case errors.SourceBusy():
            return t.plain("This source is being read right now. Try again in a minute.")
        case errors.TooManyTickets():
            return t.plain(
                "You have {n} open conversations with support. Go on in one of them or close it.",
                n=error.open,
            )
        case errors.TooManyRequests():
            return t.plain("That was very quick. Wait {n} s, then go on.", n=error.retry_after)
    raise LookupError(f"{type(error).__name__} has no wording")


def _blamed(t: Translator, error: errors.FileRefused) -> list[str]:
    """Where in the file it is, so that nobody has to look for it."""
    found = []
    if error.line is not None:
        found.append(t.plain("Line: {line}.", line=error.line))
    if error.column:
        found.append(t.plain("Column: «{column}».", column=error.column[:SHOWN_MAX]))
    if error.reason in SHOWN and error.detail:
        found.append(t.plain("There: «{text}».", text=error.detail[:SHOWN_MAX]))
    if error.reason in INSIDE and error.detail:
        found.append(t.plain("Inside: {names}.", names=error.detail[:INSIDE_MAX]))
    return found


def source_trouble(t: Translator, reason: str) -> str:
    """Why a merchant's system could not be read, without HTML."""
    if reason in SOURCE:
        return t.plain(SOURCE[reason])
    return t.plain("The shop's system did not answer properly.")


def file_trouble(t: Translator, reason: str, line: int | None) -> str:
    """Why a file could not be read, without HTML."""
    return refusal(t, errors.FileRefused(reason=reason, line=line))


def way_on(t: Translator, error: DomainError) -> InlineKeyboardButton | None:
    """The button to what removes the reason of a refusal, where there is one."""
    match error:
        case errors.ProfileIncomplete(offer=offer) if offer:
            finish = Onboarding(step=FirstStep.CREATOR, offer=offer)
            return button(t.plain("Finish my profile"), finish)
        case errors.ProfileIncomplete():
            return button(t.plain("Profile"), Profile())
        case errors.ProofRefused(reason="platform" | "channel"):
            return button(t.plain("Channels"), Channels())
        case errors.NotEligible(missing=missing, offer=offer):
            return _mend(t, missing, offer)
        case errors.PayoutDetailsMissing() | errors.BankClosed():
            return button(t.plain("Payout details"), PayoutDetails())
        case errors.AlreadyEnrolled():
            return button(t.plain("My code"), EnrolmentCard(enrolment=error.enrolment))
        case errors.PayoutAlreadyRequested() | errors.InsufficientBalance():
            return button(t.plain("Wallet"), Wallet())
        case errors.UploadUnderWay(brand=brand):
            return button(t.plain("Give me a new link"), LargeFile(brand=brand, anew=True))
        case errors.TooManyTickets():
            return button(t.plain("My conversations"), MyTickets())
    return None


def _mend(t: Translator, missing: tuple[str, ...], offer: int) -> InlineKeyboardButton | None:
    """What the creator can do to be eligible, the likeliest first."""
    if "verification" in missing:
        return button("✅ " + t.plain("Verify a channel"), Channels(offer=offer))
    if {"tier", "followers", "platform"} & set(missing):
        return button("📣 " + t.plain("My channels"), Channels(offer=offer))
    if "language" in missing:
        return button(t.plain("Languages of posts"), Ask(field=Field.LANGUAGES))
    if "city" in missing:
        return button(t.plain("City"), Ask(field=Field.CITY))
    return button(t.plain("Payout details"), PayoutDetails()) if "legal_status" in missing else None


def refused(t: Translator, error: DomainError) -> Screen:
    """A refusal as a message, with the way on and home."""
    text = html.escape(refusal(t, error), quote=False)
    return Screen(text, keyboard(way_on(t, error), home(t)))


def apology(t: Translator) -> str:
    """For a mistake of ours, without HTML."""
    return t.plain("Something went wrong on our side, and we know about it. Try again later.")


def apologised(t: Translator) -> Screen:
    """The apology as a message."""
    return Screen(html.escape(apology(t), quote=False), keyboard(home(t)))


def incident(t: Translator, *, place: str, kind: str, count: int) -> Screen:
    """What operators are told of a bug; the log has the rest under the same place."""
    text = t(
        "⚠️ A mistake in the program: <code>{kind}</code>, <code>{place}</code>.",
        kind=kind,
        place=place,
    )
    if count > 1:
        text = Html(f"{text}\n" + t("In all since the last message: {count}.", count=count))
    return Screen(text)


def _list(t: Translator, words: Mapping[str, str], names: Iterable[str]) -> str:
    return ", ".join(t.plain(words[name]) if name in words else name for name in names)
