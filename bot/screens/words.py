"""The words for every value of the domain's enumerations, one table each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from bot.i18n import N_, Translator
from core.admissions import DeclineReason, SuspendReason
from core.broadcasts import BroadcastState, ButtonKind, Role
from core.channels import CheckReason, CheckState
from core.code_changes import NoticeReason, RefusalReason
from core.commissions import CommissionState
from core.enrolments import EnrolmentState
from core.evidence import EvidenceKind, Grade
from core.handles import HandleKind, of_report
from core.offers import Admission, CreditPolicy, OfferState, Promotion
from core.orders import OrderStatus, Place
from core.payouts import PayoutState
from core.people import (
    BrandRole,
    Category,
    CreatorState,
    LegalStatus,
    Locale,
    Permission,
    Platform,
    Tier,
)
from core.placements import Placement
from core.proofs import ProofState, RejectReason
from core.runs import RunState, SourceState
from core.sources.base import SourceKind

CATEGORY: Final[Mapping[StrEnum, str]] = {
    Category.BEAUTY: N_("Beauty"),
    Category.FASHION: N_("Clothes and shoes"),
    Category.FOOD: N_("Food"),
    Category.HOME: N_("Home"),
    Category.KIDS: N_("Children"),
    Category.ELECTRONICS: N_("Electronics"),
    Category.SPORT: N_("Sport"),
    Category.BOOKS: N_("Books"),
    Category.TRAVEL: N_("Travel"),
    Category.SERVICES: N_("Services"),
}
PLACE: Final[Mapping[StrEnum, str]] = {
    Place.KASPI: N_("Kaspi"),
    Place.WILDBERRIES: N_("Wildberries"),
    Place.OZON: N_("Ozon"),
    Place.HALYK: N_("Halyk Market"),
    Place.OWN_SHOP: N_("Online shop"),
    Place.IN_STORE: N_("In the store"),
}
TIER: Final[Mapping[StrEnum, str]] = {
    Tier.STARTER: N_("up to 1,000 followers"),
    Tier.NANO: N_("1,000 to 5,000 followers"),
    Tier.MICRO: N_("5,000 to 20,000 followers"),
    Tier.MID: N_("20,000 to 100,000 followers"),
    Tier.MACRO: N_("100,000 to 1,000,000 followers"),
    Tier.MEGA: N_("over 1,000,000 followers"),
}
PLATFORM: Final[Mapping[StrEnum, str]] = {
    Platform.INSTAGRAM: N_("Instagram"),
    Platform.TIKTOK: N_("TikTok"),
    Platform.YOUTUBE: N_("YouTube"),
    Platform.TELEGRAM: N_("Telegram"),
    Platform.THREADS: N_("Threads"),
    Platform.VK: N_("VK"),
}
# Different English words where Kazakh or Russian would word different nouns differently.
ORDER_STATUS: Final[Mapping[StrEnum, str]] = {
    OrderStatus.PENDING: N_("awaiting the shop"),
    OrderStatus.APPROVED: N_("confirmed"),
    OrderStatus.REJECTED: N_("cancelled"),
    OrderStatus.RETURNED: N_("returned"),
}
COMMISSION_STATE: Final[Mapping[StrEnum, str]] = {
    CommissionState.PENDING: N_("waiting for the shop's answer"),
    CommissionState.IN_HOLD: N_("on hold"),
    CommissionState.AVAILABLE: N_("available for withdrawal"),
    CommissionState.VOID: N_("not earned"),
    CommissionState.CLAWED_BACK: N_("taken back"),
}
OFFER_STATE: Final[Mapping[StrEnum, str]] = {
    OfferState.DRAFT: N_("draft"),
    OfferState.REVIEW: N_("under review"),
    OfferState.ACTIVE: N_("active"),
    OfferState.PAUSED: N_("paused"),
    OfferState.ENDED: N_("ended"),
    OfferState.REJECTED: N_("declined"),
}
ENROLMENT_STATE: Final[Mapping[StrEnum, str]] = {
    EnrolmentState.APPLIED: N_("applied"),
    EnrolmentState.DECLINED: N_("application declined"),
    EnrolmentState.ACTIVE: N_("working"),
    EnrolmentState.SUSPENDED: N_("suspended"),
    EnrolmentState.LEFT: N_("left"),
    EnrolmentState.ENDED: N_("offer ended"),
}
DECLINE_REASON: Final[Mapping[StrEnum, str]] = {
    DeclineReason.AUDIENCE: N_("The audience does not fit the product"),
    DeclineReason.CONTENT: N_("The content does not fit the brand"),
    DeclineReason.CHANNEL: N_("The channels could not be checked"),
    DeclineReason.CITY: N_("The brand does not deliver to these cities"),
    DeclineReason.FULL: N_("There are enough creators for now"),
}
SUSPEND_REASON: Final[Mapping[StrEnum, str]] = {
    SuspendReason.FORBIDDEN_PROMOTION: N_("A forbidden way of promotion"),
    SuspendReason.NO_LABEL: N_("Posts without the advertising label"),
    SuspendReason.FALSE_CLAIMS: N_("Untrue promises about the product"),
    SuspendReason.OWN_ORDERS: N_("Orders of one's own with one's own code"),
    SuspendReason.SAFETY: N_("Posts that harm the brand"),
}
CODE_REFUSAL: Final[Mapping[StrEnum, str]] = {
    RefusalReason.UNSUITABLE: N_("The word does not suit the brand"),
    RefusalReason.CONFUSING: N_("It is easily confused with another code"),
    RefusalReason.NOT_IN_SHOP: N_("The shop cannot set up such a code"),
    RefusalReason.OTHER_RULES: N_("The brand names its codes by other rules"),
}
CODE_NOTICE: Final[Mapping[StrEnum, str]] = {
    NoticeReason.LEAKED: N_("The code has got onto coupon sites"),
    NoticeReason.SHOP_RULES: N_("The shop has changed its rules for codes"),
    NoticeReason.NEW_FORMAT: N_("The brand renames its codes"),
    NoticeReason.PROMOTION_OVER: N_("The discount of this code ends"),
}
PLACEMENT: Final[Mapping[StrEnum, str]] = {
    Placement.STORY: N_("Stories"),
    Placement.POST: N_("Post"),
    Placement.VIDEO: N_("Video"),
    Placement.BIO: N_("Profile (bio)"),
    Placement.CHAT: N_("Chats"),
    Placement.PACKAGING: N_("Packaging"),
    Placement.STALL: N_("Stall, counter"),
    Placement.FLYER: N_("Flyer, business card"),
}
PROOF_STATE: Final[Mapping[StrEnum, str]] = {
    ProofState.PENDING: N_("being checked"),
    ProofState.ACCEPTED: N_("accepted"),
    ProofState.CHANGES: N_("needs changes"),
    ProofState.REJECTED: N_("not accepted"),
}
REJECT_REASON: Final[Mapping[StrEnum, str]] = {
    RejectReason.NO_LABEL: N_("The advertising label is missing or is not at the start"),
    RejectReason.NOT_ABOUT_OFFER: N_("The post is not about this offer"),
    RejectReason.CODE_MISSING: N_("The promo code is missing or wrong"),
    RejectReason.FORBIDDEN_PROMOTION: N_("This way of promotion is not allowed"),
    RejectReason.NOT_VISIBLE: N_("The post does not open"),
    RejectReason.LOW_QUALITY: N_("The quality of the post is too low"),
}
CHECK_STATE: Final[Mapping[StrEnum, str]] = {
    CheckState.OPEN: N_("the code is given"),
    CheckState.WAITING: N_("being checked"),
    CheckState.ACCEPTED: N_("verified"),
    CheckState.REFUSED: N_("not accepted"),
    CheckState.EXPIRED: N_("the code has expired"),
    CheckState.WITHDRAWN: N_("withdrawn by the creator"),
    CheckState.LOST: N_("the bot is not an administrator any more"),
}
CHECK_REASON: Final[Mapping[StrEnum, str]] = {
    CheckReason.CODE_MISSING: N_("The code is not in the profile description"),
    CheckReason.NOT_OPEN: N_("The profile is closed or does not open"),
    CheckReason.OTHER_ACCOUNT: N_("This is not a creator's own account"),
    CheckReason.FALSE_FOLLOWERS: N_("The followers do not look real"),
}
PAYOUT_STATE: Final[Mapping[StrEnum, str]] = {
    PayoutState.REQUESTED: N_("requested"),
    PayoutState.APPROVED: N_("approved, on its way"),
    PayoutState.PAID: N_("paid"),
    PayoutState.FAILED: N_("payout failed"),
    PayoutState.REFUSED: N_("refused"),
}
LEGAL_STATUS: Final[Mapping[StrEnum, str]] = {
    LegalStatus.INDIVIDUAL: N_("Individual (civil-law contract)"),
    LegalStatus.SELF_EMPLOYED: N_("Self-employed"),
    LegalStatus.IP_SIMPLIFIED: N_("Sole proprietor, simplified declaration"),
    LegalStatus.IP_GENERAL: N_("Sole proprietor, general regime"),
    LegalStatus.IP_GENERAL_VAT: N_("Sole proprietor, general regime, VAT payer"),
}
CREATOR_STATE: Final[Mapping[StrEnum, str]] = {
    CreatorState.NEW: N_("profile not finished"),
    CreatorState.ACTIVE: N_("creator is active"),
    CreatorState.SUSPENDED: N_("creator is suspended"),
}
BRAND_ROLE: Final[Mapping[StrEnum, str]] = {
    BrandRole.OWNER: N_("owner: money, people, offers"),
    BrandRole.MEMBER: N_("member: offers, proofs, files"),
}
PERMISSION: Final[Mapping[StrEnum, str]] = {
    Permission.MODERATION: N_("Moderation"),
    Permission.FINANCE: N_("Finance"),
    Permission.BROADCAST: N_("Broadcasts"),
    Permission.OWNER: N_("Everything (owner)"),
}
SOURCE_KIND: Final[Mapping[StrEnum, str]] = {
    SourceKind.KASPI_API: N_("Kaspi, automatic (API)"),
    SourceKind.KASPI_XLSX: N_("Kaspi seller cabinet, XLSX file"),
    SourceKind.SHOPIFY_CSV: N_("Shopify, CSV file"),
    SourceKind.TRAFFIC: N_("Ozon, report of outside traffic: units, not orders"),
    SourceKind.TABLE: N_("Table of orders, CSV or XLSX"),
}
SOURCE_STATE: Final[Mapping[StrEnum, str]] = {
    SourceState.ACTIVE: N_("source is connected"),
    SourceState.PAUSED: N_("source is paused"),
}
RUN_STATE: Final[Mapping[StrEnum, str]] = {
    RunState.QUEUED: N_("in the queue"),
    RunState.RUNNING: N_("running"),
    RunState.DONE: N_("done"),
    RunState.FAILED: N_("failed"),
}
HANDLES: Final[Mapping[StrEnum, str]] = {
    HandleKind.SKU: N_("article"),
    HandleKind.ARTICLE: N_("substitute article"),
    HandleKind.CODE_ID: N_("id of a promo code"),
    HandleKind.TAG: N_("UTM tag"),
}
EVIDENCE: Final[Mapping[StrEnum, str]] = {
    EvidenceKind.CODE: N_("promo code"),
    EvidenceKind.ARTICLE: N_("substitute article"),
    EvidenceKind.TAG: N_("UTM tag"),
    EvidenceKind.SKU: N_("reserved article"),
    EvidenceKind.CLICK: N_("link"),
    EvidenceKind.PHONE: N_("buyer's phone"),
    EvidenceKind.CLAIM: N_("order number from the buyer"),
    EvidenceKind.RECEIPT: N_("receipt from the buyer"),
    EvidenceKind.RULING: N_("decision after a review"),
}
GRADE: Final[Mapping[StrEnum, str]] = {
    Grade.A: N_("A: a promo code, its id, a substitute article or a tag in the report"),
    Grade.B: N_("B: a reserved article or a click on the link"),
    Grade.C: N_("C: the buyer's phone"),
    Grade.D: N_("D: the buyer's own word"),
}
AUDIENCE_ROLE: Final[Mapping[StrEnum, str]] = {
    Role.EVERYBODY: N_("Everybody"),
    Role.CREATOR: N_("Creators"),
    Role.MANAGER: N_("Managers of brands"),
    Role.STAFF: N_("Operator's staff"),
}
BROADCAST_STATE: Final[Mapping[StrEnum, str]] = {
    BroadcastState.DRAFT: N_("broadcast draft"),
    BroadcastState.SCHEDULED: N_("scheduled"),
    BroadcastState.SENDING: N_("being sent"),
    BroadcastState.PAUSED: N_("on pause"),
    BroadcastState.DONE: N_("sent to all"),
    BroadcastState.CANCELLED: N_("stopped"),
}
BROADCAST_BUTTON: Final[Mapping[StrEnum, str]] = {
    ButtonKind.URL: N_("Open"),
    ButtonKind.OFFER: N_("Open the offer"),
    ButtonKind.CATALOGUE: N_("All offers"),
    ButtonKind.WALLET: N_("Open the wallet"),
    ButtonKind.PROFILE: N_("Open the profile"),
}
CREDIT: Final[Mapping[StrEnum, str]] = {
    CreditPolicy.GRADE_FIRST: N_("the surest evidence first, then the last touch"),
    CreditPolicy.GRADE_FIRST_TOUCH: N_("the surest evidence first, then the first touch"),
    CreditPolicy.OWNER_LAST_TOUCH: N_("a promo code or article first, then the last touch"),
    CreditPolicy.LAST_TOUCH: N_("the last touch before the order"),
    CreditPolicy.FIRST_TOUCH: N_("the first touch in the window"),
}
ADMISSION: Final[Mapping[StrEnum, str]] = {
    Admission.OPEN: N_("everybody who fits, at once"),
    Admission.APPROVAL: N_("after your approval of each"),
    Admission.INVITATION: N_("only with your invitation"),
}
PROMOTION: Final[Mapping[StrEnum, str]] = {
    Promotion.BRAND_SEARCH: N_("Search ads on the brand's name"),
    Promotion.PAID_ADS: N_("Paid ads that lead to your link"),
    Promotion.COUPON_SITES: N_("Coupon and promo code sites"),
    Promotion.SPAM: N_("Spam in chats and private messages"),
    Promotion.CASHBACK: N_("Cashback or payment for a purchase"),
    Promotion.FALSE_CLAIMS: N_("False promises about the product"),
    Promotion.ADULT: N_("Next to adult or gambling content"),
}
LANGUAGE: Final[Mapping[StrEnum, str]] = {
    Locale.KK: "Қазақша",
    Locale.RU: "Русский",
    Locale.EN: "English",
}

# By type first: members of different enumerations with the same value are equal as strings.
TABLES: Final[Mapping[type[StrEnum], Mapping[StrEnum, str]]] = {
    Category: CATEGORY,
    Place: PLACE,
    Tier: TIER,
    Platform: PLATFORM,
    OrderStatus: ORDER_STATUS,
    CommissionState: COMMISSION_STATE,
    OfferState: OFFER_STATE,
    EnrolmentState: ENROLMENT_STATE,
    DeclineReason: DECLINE_REASON,
    SuspendReason: SUSPEND_REASON,
    RefusalReason: CODE_REFUSAL,
    NoticeReason: CODE_NOTICE,
    Placement: PLACEMENT,
    ProofState: PROOF_STATE,
    RejectReason: REJECT_REASON,
    CheckState: CHECK_STATE,
    CheckReason: CHECK_REASON,
    PayoutState: PAYOUT_STATE,
    LegalStatus: LEGAL_STATUS,
    CreatorState: CREATOR_STATE,
    BrandRole: BRAND_ROLE,
    Permission: PERMISSION,
    SourceKind: SOURCE_KIND,
    SourceState: SOURCE_STATE,
    RunState: RUN_STATE,
    EvidenceKind: EVIDENCE,
    HandleKind: HANDLES,
    Grade: GRADE,
    Role: AUDIENCE_ROLE,
    BroadcastState: BROADCAST_STATE,
    ButtonKind: BROADCAST_BUTTON,
    Admission: ADMISSION,
    CreditPolicy: CREDIT,
    Promotion: PROMOTION,
    Locale: LANGUAGE,
}


def word(t: Translator, value: StrEnum) -> str:
    """The word for a value, without HTML; a language is always called by its own name."""
    text = TABLES[type(value)][value]
    return text if isinstance(value, Locale) else t.plain(text)


def order_name(t: Translator, external_id: str) -> str:
    """An order by its number, or what a report of units says in place of one, without HTML."""
    report = of_report(external_id)
    if report is None:
        return external_id
    return t.plain("units of the tag {tag}, {day}", tag=report[0], day=report[1])
