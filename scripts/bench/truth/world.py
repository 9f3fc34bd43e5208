"""Brands on channels that tell different things, and the creators who sell for them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from core import codes
from core.ids import BrandId, EnrolmentId, PersonId
from core.orders import ALMATY, Place
from scripts.bench.truth.rates import Rates

OPENED: Final = datetime(2026, 8, 3, tzinfo=ALMATY).astimezone(UTC)  # the first order, a Monday
DAYS: Final = 60  # in which is sold
WINDOW: Final = timedelta(days=30)  # of every offer
PERCENT_BPS: Final = 1_000  # of every offer: one order is worth as much as another of its price
HOLD_DAYS: Final = 14
FIRST_CREATOR: Final = 101
FIRST_BUYER: Final = 1_000_000  # Telegram ids of buyers
FIRST_NAMES: Final = (
    *("Айгерім", "Дана", "Арман", "Әлия", "Нұрлан", "Жанель", "Тимур", "Мадина", "Әсел", "Ерлан"),
    *("Бекзат", "Салтанат", "Диас", "Камила", "Айдана", "Руслан", "Тоғжан", "Санжар", "Інжу"),
)


class Channel(StrEnum):
    """Where a brand sells and how its orders reach us."""

    OWN_SHOP = "own shop"
    KASPI_API = "Kaspi, by API"
    KASPI_CABINET = "Kaspi, cabinet file"
    KASPI_TABLE = "Kaspi, seller's table"
    WILDBERRIES = "Wildberries, table"
    OZON = "Ozon, table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A brand on one channel: `share` of all orders, and what its feed tells of each."""

    brand: BrandId
    channel: Channel
    place: Place
    share: float
    codes: bool = False
    phones: bool = False
    timed: bool = True  # orders have a time of day
    receipts: bool = False  # the brand's own till prints fiscal receipts

    @property
    def closed(self) -> bool:
        """Whether no code of a creator ever comes back."""
        return not self.codes


SHOPS: Final = (
    Shop(brand=BrandId(1), channel=Channel.OWN_SHOP, place=Place.OWN_SHOP, share=0.25, codes=True,
         phones=True, receipts=True),
    Shop(brand=BrandId(2), channel=Channel.KASPI_API, place=Place.KASPI, share=0.35, phones=True,
         receipts=True),
    Shop(brand=BrandId(3), channel=Channel.KASPI_CABINET, place=Place.KASPI, share=0.15,
         timed=False, receipts=True),
    Shop(brand=BrandId(4), channel=Channel.KASPI_TABLE, place=Place.KASPI, share=0.10, phones=True,
         timed=False, receipts=True),
    Shop(brand=BrandId(5), channel=Channel.WILDBERRIES, place=Place.WILDBERRIES, share=0.10),
    Shop(brand=BrandId(6), channel=Channel.OZON, place=Place.OZON, share=0.05),
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Creator:
    """Somebody who posts; `reach` is how many they move, to others."""

    id: PersonId
    name: str
    phone: str  # E.164
    known: bool  # has shared the phone with the bot
    reach: float

    @property
    def telegram_id(self) -> int:
        """Of the creator's account."""
        return 10_000 + self.id


@dataclass(slots=True, kw_only=True)
class Enrolment:
    """A creator in the offer of a shop, with what belongs to them there."""

    id: EnrolmentId
    creator: Creator
    shop: Shop
    code: str
    posts: Sequence[datetime]
    sku: str = ""  # reserved, or a substitute article
    next_code: str = ""  # that replaces the code at `changed_at`
    changed_at: datetime | None = None
    leaked_at: datetime | None = None

    def code_at(self, at: datetime) -> str:
        """The code that is the creator's at a time."""
        return self.next_code if self.changed_at and at >= self.changed_at else self.code

    @property
    def slug(self) -> str:
        """Of the creator's link."""
        return f"t{self.id:05}"


@dataclass(slots=True, kw_only=True)
class World:
    """Everybody who sells."""

    seed: int
    rates: Rates
    creators: list[Creator] = field(default_factory=list)
    enrolments: list[Enrolment] = field(default_factory=list)

    def of(self, shop: Shop) -> list[Enrolment]:
        """Who sells for a shop."""
        return [one for one in self.enrolments if one.shop.brand == shop.brand]

    def enrolment(self, number: int) -> Enrolment:
        """By its id."""
        return self.enrolments[number - 1]


def world(seed: int, buyers: int, rates: Rates) -> World:
    """Creators as a few hundred buyers each need them; a few of them move most of the buyers."""
    chance = random.Random(f"world {seed}")
    made = World(seed=seed, rates=rates)
    for number in range(max(12, buyers // 150)):
        name = chance.choice(FIRST_NAMES)
        made.creators.append(
            Creator(
                id=PersonId(FIRST_CREATOR + number),
                name=name,
                phone=f"+7777{number:03}{chance.randrange(10_000):04}",
                known=chance.random() < rates.creators_known,
                reach=chance.lognormvariate(0, 0.9),
            )
        )
    taken: set[tuple[BrandId, str]] = set()
    for shop in SHOPS:
        chosen = [one for one in made.creators if chance.random() < 0.42]
        for creator in chosen or made.creators[:3]:
            made.enrolments.append(
                Enrolment(
                    id=EnrolmentId(len(made.enrolments) + 1),
                    creator=creator,
                    shop=shop,
                    code=_code(chance, shop, creator.name, taken),
                    posts=_posts(chance),
                )
            )
        _lend(chance, made, shop, rates)
    own = [one for one in made.enrolments if one.shop.codes]
    for one in own:
        if chance.random() < rates.code_changed:
            one.changed_at = OPENED + timedelta(days=chance.uniform(20, 45))
            one.next_code = _code(chance, one.shop, one.creator.name, taken)
    many = max(1, round(len(own) * rates.leaks)) if rates.leaks else 0
    for one in chance.sample(own, min(many, len(own))):
        one.leaked_at = OPENED + timedelta(days=chance.uniform(10, 40))
    return made


def _code(chance: random.Random, shop: Shop, name: str, taken: set[tuple[BrandId, str]]) -> str:
    """A code as the product makes them: AIGERIM10, or with three signs behind it."""
    code = f"{codes.stem(name)}10"
    while (shop.brand, code) in taken:
        signs = "".join(chance.choices("ABCDEFGHJKMNPQRSTUVWXYZ23456789", k=3))
        code = f"{codes.stem(name)}10{signs}"
    taken.add((shop.brand, code))
    return code


def _posts(chance: random.Random) -> list[datetime]:
    """When a creator posts about an offer: two to five times, in the evening."""
    days = sorted(chance.sample(range(DAYS - 4), chance.randint(2, 5)))
    return [OPENED + timedelta(days=day, hours=chance.uniform(17, 22)) for day in days]


def _lend(chance: random.Random, made: World, shop: Shop, rates: Rates) -> None:
    """Articles of a shop for creators alone: some by chance, substitute ones to the largest."""
    own = made.of(shop)
    if shop.channel is Channel.WILDBERRIES:
        total, held = sum(one.creator.reach for one in own), 0.0
        for one in sorted(own, key=lambda one: -one.creator.reach)[:10]:  # a shop has ten slots
            if held < rates.slots * total:
                one.sku = f"{chance.randrange(10**8, 10**9)}"
                held += one.creator.reach
        return
    for one in own:
        if not shop.codes and chance.random() < rates.reserved:
            one.sku = f"BLOG-{one.id:04}"
