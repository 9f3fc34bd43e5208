"""Refusals: named for the fact, holding facts and no text; `bot/screens/errors.py` words them.

They are dataclasses with `eq=False` and not frozen: a frozen exception cannot receive a traceback
when it crosses an async context manager.
"""

from dataclasses import dataclass
from datetime import datetime

from core.money import Money


class DomainError(Exception):
    """Base of every refusal; anything else that is raised is a bug."""


# --- who may do what


@dataclass(eq=False)
class NotAllowed(DomainError):
    """The actor has no right to do this to this object."""


@dataclass(eq=False)
class NotFound(DomainError):
    """No such object, or none that the actor may see; `what` is a noun of the domain."""

    what: str


@dataclass(eq=False)
class LastOwner(DomainError):
    """Without this person nobody would own the brand, or the operator's team."""


@dataclass(eq=False)
class BrandSuspended(DomainError):
    """Staff have suspended the brand; `reason` is what its managers were told."""

    reason: str


@dataclass(eq=False)
class OutOfDate(DomainError):
    """The object has moved on since the screen was shown; `what` is a noun of the domain."""

    what: str


@dataclass(eq=False)
class InvitationSpent(DomainError):
    """The invitation link is unknown, used or expired."""


@dataclass(eq=False)
class ConsentMissing(DomainError):
    """The person has not agreed to what this needs, or has taken it back."""


@dataclass(eq=False)
class ProfileIncomplete(DomainError):
    """A profile lacks fields; `missing` of: consent, name, city, categories, channel.

    `offer` is the one that was wanted, 0 where it is not known.
    """

    missing: tuple[str, ...]
    offer: int = 0


# --- input


@dataclass(eq=False)
class BadInput(DomainError):
    """A typed value does not parse; `field` names it as the wording table does."""

    field: str
    detail: str = ""


@dataclass(eq=False)
class InvalidIin(DomainError):
    """The number is not an IIN: twelve digits, date and control digit."""


@dataclass(eq=False)
class InvalidIban(DomainError):
    """The account is not a Kazakhstan IBAN."""


@dataclass(eq=False)
class BankClosed(DomainError):
    """The IBAN belongs to a bank that no longer takes payments."""

    bank_code: str


@dataclass(eq=False)
class UnderAge(DomainError):
    """The holder of the IIN is younger than eighteen."""


@dataclass(eq=False)
class AlreadyUsed(DomainError):
    """A value that must be unique is taken; `field`: iin, channel, proof_link, screenshot, code."""

    field: str


# --- broadcasts


@dataclass(eq=False)
class TextsMissing(DomainError):
    """A broadcast has no text in languages that its readers speak; `locales` are their codes."""

    locales: tuple[str, ...]


@dataclass(eq=False)
class ChannelNotProved(DomainError):
    """Telegram does not show that the channel is the person's.

    `reason`: not_found, not_channel, no_bot (the bot is no administrator), not_yours.
    """

    reason: str


@dataclass(eq=False)
class TelegramAway(DomainError):
    """Telegram did not answer a question."""


# --- offers and enrolments


@dataclass(eq=False)
class OfferNotActive(DomainError):
    """The offer is not open for this."""


@dataclass(eq=False)
class BudgetSpent(DomainError):
    """The offer's budget is used up: it can go on only with a larger one."""


@dataclass(eq=False)
class ChangePending(DomainError):
    """A change of the offer is announced or in review already."""


@dataclass(eq=False)
class NotEligible(DomainError):
    """The creator does not meet the offer.

    `missing` of: tier, language, city, legal_status, followers, platform, verification (the claimed
    number of followers would do). `offer` is the one that was wanted, 0 where it is not known.
    """

    missing: tuple[str, ...]
    offer: int = 0


@dataclass(eq=False)
class AlreadyEnrolled(DomainError):
    """The creator has this offer already."""

    enrolment: int


@dataclass(eq=False)
class ApprovalNeeded(DomainError):
    """The brand decides who gets this offer: one applies."""


@dataclass(eq=False)
class InvitationNeeded(DomainError):
    """The offer is only for those whom the brand has invited."""


@dataclass(eq=False)
class ApplicationTooEarly(DomainError):
    """A declined creator may apply again from `again_at` (UTC) on."""

    again_at: datetime


@dataclass(eq=False)
class GiftsMissing(DomainError):
    """The offer has no gift code that could be promised."""


@dataclass(eq=False)
class PoolEmpty(DomainError):
    """The offer gives only the brand's own codes, and none is left."""


@dataclass(eq=False)
class CodeRequested(DomainError):
    """There is an open wish for a code already."""

    code: str


@dataclass(eq=False)
class ChangeAnnounced(DomainError):
    """A change of the code has been announced already and waits for its day."""

    due_at: datetime


@dataclass(eq=False)
class DraftIncomplete(DomainError):
    """The offer cannot be published; `missing` names the fields."""

    missing: tuple[str, ...]


@dataclass(eq=False)
class HandleImpossible(DomainError):
    """Such a handle means nothing in the offer.

    `reason`: place (its orders have none), units (it pays by units of a report, which only a tag
    counts), orders (it pays by orders, which a tag does not name).
    """

    reason: str


@dataclass(eq=False)
class SlotTaken(DomainError):
    """There is no slot to be had.

    `reason`: slots (all are taken then), handles (none has rested then), own (the creator has one),
    kind (other handles go round still).
    """

    reason: str


# --- proofs


@dataclass(eq=False)
class ProofRefused(DomainError):
    """A proof fails an automatic check; `reason`: platform, channel, label_missing,
    label_not_kk_ru, empty."""

    reason: str


@dataclass(eq=False)
class ProofAlreadyReviewed(DomainError):
    """Somebody else decided on this proof first."""

    status: str


# --- disputes


@dataclass(eq=False)
class TooManyDisputes(DomainError):
    """The creator has `open` cases under way, or has opened as many as a month allows (0)."""

    open: int


@dataclass(eq=False)
class DisputedAlready(DomainError):
    """There is a case about this already."""

    dispute: int


@dataclass(eq=False)
class TooManyNumbers(DomainError):
    """A case takes at most so many order numbers, of one follower or of the creator."""

    most: int


# --- buyers' claims


@dataclass(eq=False)
class NoTouch(DomainError):
    """The person has not come to the brand by a creator's link, or too long ago."""


@dataclass(eq=False)
class ClaimRefused(DomainError):
    """What a buyer says they bought does not count; `reason` of core.claims.Refusal."""

    reason: str


@dataclass(eq=False)
class TooManyClaims(DomainError):
    """The person has sent `limit` claims today."""

    limit: int


@dataclass(eq=False)
class ReceiptUnread(DomainError):
    """No fiscal receipt could be read.

    `reason`: not_receipt, unknown_host, not_fiscal, incomplete, amount, returned; of a picture also
    no_qr, many_qr, not_picture, too_big.
    """

    reason: str


# --- support


@dataclass(eq=False)
class TooManyTickets(DomainError):
    """The person has `open` conversations with the staff already."""

    open: int


# --- money


@dataclass(eq=False)
class InsufficientBalance(DomainError):
    """More is asked than is available."""

    available: Money


@dataclass(eq=False)
class BelowMinimumPayout(DomainError):
    """The amount is under the smallest payout."""

    available: Money
    minimum: Money


@dataclass(eq=False)
class PayoutAlreadyRequested(DomainError):
    """The creator has an open payout request."""

    amount: Money


@dataclass(eq=False)
class PayoutDetailsMissing(DomainError):
    """A payout needs details that are not there yet; `missing`: legal_status, iin, iban."""

    missing: tuple[str, ...]


# --- sources and files


@dataclass(eq=False)
class FileRefused(DomainError):
    """A file cannot be read as orders at all.

    `reason`: empty, too_big, zip_bomb, not_a_table, web_page, other_document, wrong_extension,
    encoding, locked, archive_broken, nested_archive, other_archive, many_tables, no_table_inside,
    no_header, no_orders, cut_lines, same_number, scattered, damaged_ids, formula_only,
    other_currency, gone, internal. `line` is 1-based and `column` a header where one of them is to
    blame; `detail` is raw.
    """

    reason: str
    line: int | None = None
    column: str = ""
    detail: str = ""


@dataclass(eq=False)
class HeaderChanged(DomainError):
    """Columns that a brand has confirmed are no longer in its file; `lost` are their headers."""

    lost: tuple[str, ...]


@dataclass(eq=False)
class UploadUnderWay(DomainError):
    """A file of the brand is just coming by the person's last link; `received` bytes so far."""

    received: int
    brand: int


@dataclass(eq=False)
class UploadLinkSpent(DomainError):
    """The link to the upload page is used, expired or revoked."""


@dataclass(eq=False)
class MappingIncomplete(DomainError):
    """A column mapping lacks fields that orders need; `missing` of: order, date, status, amount."""

    missing: tuple[str, ...]


@dataclass(eq=False)
class SourceUnavailable(DomainError):
    """The merchant's system did not answer properly; `reason`: timeout, unauthorized, forbidden,
    rate_limited, server_error, nonsense, address, internal. `retry_after` is in seconds."""

    reason: str
    detail: str = ""
    retry_after: int | None = None


@dataclass(eq=False)
class SourceBusy(DomainError):
    """The source is being read by another worker."""


@dataclass(eq=False)
class TooManyRequests(DomainError):
    """A person asks too often."""

    retry_after: int
