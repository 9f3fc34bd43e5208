"""A programme that ran elsewhere before, as a JSON file: read, checked as a whole, then loaded.

The format is documented in `docs/programme.md`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from core import codes
from core.codes import CODE_MAX
from core.commissions import Rule
from core.drafts import OfferDraft
from core.errors import BadInput, DraftIncomplete
from core.identifiers import parse_bin
from core.json_node import JsonNode, Problem
from core.money import BPS, Money
from core.offers import (
    FORBIDDEN_MAX,
    NOTICE_DAYS,
    Admission,
    CreditPolicy,
    Eligibility,
    Forbidden,
    MediaKit,
    OfferState,
    OfferText,
    Promotion,
)
from core.orders import Place
from core.people import BrandRole, Category, Channel, LegalStatus, Locale, Platform, Tier
from core.pricing import KEY_MAX, Rate, RateBy, Rung
from core.proofs import channel_link

VERSION: Final = 1
SKU_MAX: Final = 100  # characters
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
STATES: Final = (OfferState.ACTIVE, OfferState.PAUSED, OfferState.ENDED, OfferState.REVIEW)


class ProgrammeInvalid(ValueError):
    """The file cannot be loaded; nothing of it has been."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{one.path}: {one.what}" for one in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerEntry:
    """A person who acts for a brand."""

    telegram_id: int
    name: str
    locale: Locale
    role: BrandRole


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpEntry:
    """Money of the brand that the operator holds; `key` makes it count once."""

    key: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandEntry:
    """A brand; `bin` is its key in the file."""

    bin: str
    name: str
    legal_name: str
    fee_bps: int
    credit_limit: Money
    licence: str = ""
    managers: tuple[ManagerEntry, ...] = ()
    top_ups: tuple[TopUpEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorEntry:
    """A creator; the Telegram id is the key in the file."""

    telegram_id: int
    name: str
    username: str | None
    locale: Locale
    city: str
    languages: tuple[Locale, ...]
    categories: tuple[Category, ...]
    channels: tuple[Channel, ...]
    path: str

    @property
    def complete(self) -> bool:
        """Whether the creator may take offers right away."""
        return bool(self.name and self.city and self.categories and self.channels)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEntry:
    """An offer; `key` is unique within the brand, `picture` a path beside the file."""

    brand: str
    key: str
    state: OfferState
    draft: OfferDraft
    eligibility: Eligibility
    credit_policy: CreditPolicy
    picture: str = ""
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingEntry:
    """A promo code (in normal form) or an SKU that a creator holds or held for an offer.

    Times are UTC, `until` is exclusive and None while it is still held.
    """

    brand: str
    offer: str
    creator: int
    value: str
    since: datetime
    until: datetime | None
    path: str

    @property
    def key(self) -> tuple[str, int]:
        """The offer's key and the creator: within the brand, one enrolment."""
        return self.offer, self.creator


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Everything of a file; what refers to something refers to something that is there."""

    brands: tuple[BrandEntry, ...] = ()
    creators: tuple[CreatorEntry, ...] = ()
    offers: tuple[OfferEntry, ...] = ()
    codes: tuple[HoldingEntry, ...] = ()
    skus: tuple[HoldingEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How much of a programme was new; the rest was there already and has been left as it is."""

    brands: int = 0
    top_ups: int = 0
    creators: int = 0
    offers: int = 0
    enrolments: int = 0
    codes: int = 0
    skus: int = 0
    closed: int = 0  # codes and SKUs that were still held and now have an end

    def plus(self, other: Loaded) -> Loaded:
        """The sum of two reports."""
        return Loaded(
            brands=self.brands + other.brands,
            top_ups=self.top_ups + other.top_ups,
            creators=self.creators + other.creators,
            offers=self.offers + other.offers,
            enrolments=self.enrolments + other.enrolments,
            codes=self.codes + other.codes,
            skus=self.skus + other.skus,
            closed=self.closed + other.closed,
        )


def parse(data: object) -> Programme:
    """Check a decoded JSON document as a whole; raises ProgrammeInvalid with every problem."""
    problems: list[Problem] = []
    root = JsonNode(data, "$", problems)
    if root.number("version", at_least=1) not in (VERSION, None):
        root.problem(f"this program reads version {VERSION}", "version")
    programme = Programme(
        brands=tuple(_brand(node) for node in root.each("brands")),
        creators=tuple(_creator(node) for node in root.each("creators")),
        offers=tuple(entry for node in root.each("offers") if (entry := _offer(node))),
        codes=tuple(_holding(node, "code") for node in root.each("codes")),
        skus=tuple(_holding(node, "sku") for node in root.each("skus")),
    )
    root.done()
    if not problems:
        problems.extend(_contradictions(programme))
    if problems:
        raise ProgrammeInvalid(problems)
    return programme


def overlaps(held: Sequence[tuple[datetime, datetime | None]]) -> int | None:
    """The index, by start, of the first holding that begins before the one before it ends."""
    ordered = sorted(held, key=lambda one: one[0])
    for index in range(1, len(ordered)):
        end = ordered[index - 1][1]
        if end is None or ordered[index][0] < end:
            return index
    return None


def _brand(node: JsonNode) -> BrandEntry:
    number = node.text("bin", most=20)
    try:
        number = parse_bin(number) if number else number
    except BadInput:
        node.problem("not a BIN: twelve digits with a control digit", "bin")
    entry = BrandEntry(
        bin=number,
        name=node.text("name", most=80),
        legal_name=node.text("legal_name", most=200),
        fee_bps=node.number("fee_bps", at_most=BPS) or 0,
        credit_limit=node.tenge("credit_limit_tenge", 0),
        licence=node.text("licence", "", most=200),
        managers=tuple(_manager(one) for one in node.each("managers")),
        top_ups=tuple(_top_up(one) for one in node.each("top_ups")),
    )
    node.done()
    return entry


def _manager(node: JsonNode) -> ManagerEntry:
    entry = ManagerEntry(
        telegram_id=node.number("telegram_id", at_least=1) or 0,
        name=node.text("name", most=80),
        locale=node.choice("locale", Locale, Locale.KK),
        role=node.choice("role", BrandRole, BrandRole.OWNER),
    )
    node.done()
    return entry


def _top_up(node: JsonNode) -> TopUpEntry:
    entry = TopUpEntry(key=node.text("key", most=60), amount=node.tenge("amount_tenge"))
    if not entry.amount:
        node.problem("must be above zero", "amount_tenge")
    node.done()
    return entry


def _creator(node: JsonNode) -> CreatorEntry:
    locale = node.choice("locale", Locale, Locale.KK)
    entry = CreatorEntry(
        telegram_id=node.number("telegram_id", at_least=1) or 0,
        name=node.text("name", most=80),
        username=node.text("username", "", most=40).removeprefix("@") or None,
        locale=locale,
        city=node.text("city", "", most=80),
        languages=node.choices("languages", Locale) or (locale,),
        categories=node.choices("categories", Category),
        channels=tuple(_channel(one) for one in node.each("channels")),
        path=node.path,
    )
    node.done()
    return entry


def _channel(node: JsonNode) -> Channel:
    text = node.text("url", most=500)
    url, platform = text, Platform.INSTAGRAM
    try:
        url, platform = channel_link(text)
    except BadInput:
        node.problem("not the address of a channel on a known platform", "url")
    channel = Channel(
        id=None, platform=platform, url=url, followers=node.number("followers", 0) or 0
    )
    node.done()
    return channel


def _offer(node: JsonNode) -> OfferEntry | None:
    brand, key = node.text("brand", most=20), node.text("key", most=100)
    state = node.choice("state", OfferState, OfferState.ACTIVE)
    if state not in STATES:
        node.problem(f"must be one of {', '.join(STATES)}", "state")
    texts = {}
    for locale, one in node.entries("texts", Locale):
        texts[locale] = OfferText(
            title=one.text("title", most=200), description=one.text("description", most=2_000)
        )
        one.done()
    category = node.choice("category", Category, None)
    place = node.choice("place", Place, None)
    rule = _rule(node.child("commission"))
    proof = node.flag("proof_required", True)
    starts, ends = node.moment("starts"), node.moment("ends", end=True)
    eligibility = _eligibility(node.child("eligibility", optional=True))
    url, click_param = node.text("url", most=500), node.text("click_param", "", most=40)
    hold_days, window_days = node.number("hold_days", 14), node.number("window_days", 30)
    discount_bps = node.number("discount_bps", 0)
    min_order = node.tenge("min_order_tenge", 0)
    policy = node.choice("credit_policy", CreditPolicy, CreditPolicy.GRADE_FIRST)
    admission = node.choice("admission", Admission, Admission.OPEN)
    forbidden = _forbidden(node.child("forbidden", optional=True))
    media_link = node.text("media_link", "", most=500)
    notice_days = node.number("notice_days", NOTICE_DAYS)
    silence_days = node.number("auto_approve_days", 0)
    picture = node.text("picture", "", most=300)
    if picture.startswith("/") or ".." in picture.split("/") or "\\" in picture:
        node.problem("must be a path below the folder of the file", "picture")
    if state is OfferState.ENDED and ends is None:
        node.problem("an ended offer says when it ended", "ends")
    node.done()
    if category is None or place is None or rule is None or not url:
        return None  # each has been reported
    draft = OfferDraft(
        texts=texts,
        category=category,
        place=place,
        url=url,
        rule=rule,
        hold_days=hold_days or 0,
        window_days=window_days or 0,
        proof_required=proof,
        discount_bps=discount_bps or 0,
        click_param=click_param,
        min_order_minor=min_order.minor,
        admission=admission,
        forbidden=forbidden,
        media=MediaKit(link=media_link),
        notice_days=notice_days or 0,
        auto_approve_days=silence_days or 0,
        starts_at=starts,
        ends_at=ends,
    )
    try:
        draft.demand_publishable(LONG_AGO)
    except DraftIncomplete as error:
        node.problem(f"lacks {', '.join(error.missing)}")
    except BadInput as error:
        node.problem(f"{error.field} is out of its limits or malformed")
    return OfferEntry(
        brand=brand,
        key=key,
        state=state,
        draft=draft,
        eligibility=eligibility,
        credit_policy=policy,
        picture=picture,
        path=node.path,
    )


def _rule(node: JsonNode | None) -> Rule | None:
    if node is None:
        return None
    percent, fixed = node.number("percent_bps", 0), node.tenge("fixed_tenge", 0)
    per_unit = node.tenge("per_unit_tenge", 0)
    cap_order, cap_month = node.tenge("cap_order_tenge", 0), node.tenge("cap_month_tenge", 0)
    budget, first_order = node.tenge("budget_tenge", 0), _worth(node, "first_order")
    ladder = tuple(_rung(one) for one in node.each("ladder"))
    rates = tuple(_rate(one) for one in node.each("rates"))
    node.done()
    try:
        return Rule(
            percent_bps=percent or 0,
            fixed_minor=fixed.minor,
            per_unit_minor=per_unit.minor,
            cap_order_minor=cap_order.minor,
            cap_month_minor=cap_month.minor,
            budget_minor=budget.minor,
            first_order=first_order,
            ladder=ladder,
            rates=rates,
        )
    except BadInput as error:
        if error.field == "commission":
            node.problem("needs one of percent_bps (up to 8000), fixed_tenge, per_unit_tenge")
        else:
            node.problem("contradicts the rest", error.field)
        return None


def _worth(node: JsonNode, stem: str) -> int:
    """A rate in the unit of the base, basis points or tiyn; 0 where neither key is there."""
    bps, fixed = node.number(f"{stem}_bps", 0), node.tenge(f"{stem}_tenge", 0)
    if bps and fixed:
        node.problem(f"cannot stand beside {stem}_bps", f"{stem}_tenge")
    return bps or fixed.minor


def _rung(node: JsonNode) -> Rung:
    percent, fixed = node.number("percent_bps", 0), node.tenge("fixed_tenge", 0)
    rung = Rung(orders=node.number("orders", at_least=1) or 0, worth=percent or fixed.minor)
    node.done()
    return rung


def _rate(node: JsonNode) -> Rate:
    by = RateBy.SKU if node.has("sku") else RateBy.CATEGORY
    rate = Rate(
        by=by,
        name=node.text(by, most=KEY_MAX),
        percent_bps=node.number("percent_bps") or 0,
    )
    node.done()
    return rate


def _forbidden(node: JsonNode | None) -> Forbidden:
    if node is None:
        return Forbidden()
    forbidden = Forbidden(
        ways=node.choices("ways", Promotion), own=node.text("own", "", most=FORBIDDEN_MAX)
    )
    node.done()
    return forbidden


def _eligibility(node: JsonNode | None) -> Eligibility:
    if node is None:
        return Eligibility()
    eligibility = Eligibility(
        tiers=node.choices("tiers", Tier),
        cities=node.texts("cities"),
        languages=node.choices("languages", Locale),
        platforms=node.choices("platforms", Platform),
        min_followers=node.number("min_followers", 0) or 0,
        legal_statuses=node.choices("legal_statuses", LegalStatus),
    )
    node.done()
    return eligibility


def _holding(node: JsonNode, kind: str) -> HoldingEntry:
    value = node.text(kind, most=SKU_MAX)
    if kind == "code":
        value = codes.normal(value)
        if len(value) > CODE_MAX:
            node.problem(f"longer than {CODE_MAX} characters", kind)
    since, until = node.moment("since"), node.moment("until", end=True)
    if since is None and not node.has("since"):
        node.problem("is missing", "since")
    if since and until and until <= since:
        node.problem("ends before it begins", "until")
    entry = HoldingEntry(
        brand=node.text("brand", most=20),
        offer=node.text("offer", most=100),
        creator=node.number("creator", at_least=1) or 0,
        value=value,
        since=since or LONG_AGO,
        until=until,
        path=node.path,
    )
    node.done()
    return entry


def _contradictions(programme: Programme) -> Iterator[Problem]:
    """Problems between entries: doubles, references to nothing, holdings that overlap."""
    bins = {entry.bin for entry in programme.brands}
    offers = {(entry.brand, entry.key) for entry in programme.offers}
    creators = {entry.telegram_id for entry in programme.creators}
    keys: dict[str, list[tuple[str, object]]] = {
        "bin": [(f"$.brands[{i}]", one.bin) for i, one in enumerate(programme.brands)],
        "telegram_id": [(one.path, one.telegram_id) for one in programme.creators],
        "key": [(one.path, (one.brand, one.key)) for one in programme.offers],
        "channels": [
            (f"{one.path}.channels[{i}].url", channel.url)
            for one in programme.creators
            for i, channel in enumerate(one.channels)
        ],
        "top_ups": [
            (f"$.brands[{i}].top_ups[{j}].key", (one.bin, top_up.key))
            for i, one in enumerate(programme.brands)
            for j, top_up in enumerate(one.top_ups)
        ],
    }
    for field_name, values in keys.items():
        seen: set[object] = set()
        for path, value in values:
            if value in seen:
                where = path if path.endswith((".url", ".key")) else f"{path}.{field_name}"
                yield Problem(where, "stands twice in the file")
            seen.add(value)
    for offer in programme.offers:
        if offer.brand not in bins:
            yield Problem(f"{offer.path}.brand", f"no brand with BIN {offer.brand}")
    for kind, entries in (("code", programme.codes), ("sku", programme.skus)):
        held: defaultdict[tuple[str, str], list[HoldingEntry]] = defaultdict(list)
        for entry in entries:
            if (entry.brand, entry.offer) not in offers:
                yield Problem(
                    f"{entry.path}.offer", f"brand {entry.brand} has no offer {entry.offer}"
                )
            if entry.creator not in creators:
                yield Problem(f"{entry.path}.creator", f"no creator {entry.creator}")
            held[entry.brand, entry.value].append(entry)
        for same in held.values():
            same.sort(key=lambda one: one.since)
            index = overlaps([(one.since, one.until) for one in same])
            if index is not None:
                yield Problem(
                    f"{same[index].path}.{kind}",
                    f"{same[index].value} is still held by {same[index - 1].path}",
                )
