"""What happens in the market: who opens links, shares, buys and claims, and why they buy.

Every order is made for one reason, which is drawn before anything that could be evidence of it.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import accumulate
from typing import Final

from core.ids import EnrolmentId
from core.orders import OrderStatus, Place
from scripts.bench.truth import noise
from scripts.bench.truth.world import (
    DAYS,
    FIRST_BUYER,
    OPENED,
    SHOPS,
    WINDOW,
    Channel,
    Enrolment,
    Shop,
    World,
)

CLICK_SIGNS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
CLOSED: Final = OPENED + timedelta(days=DAYS)
RECEIPT_REACH: Final = timedelta(days=7)  # from an order to the receipt, at the longest
SHOPS_CODES: Final = ("SALE10", "NAURYZ", "WELCOME5", "FREE-SHIP", "ЖАЗ15", "2+1")


class Reason(StrEnum):
    """Why somebody bought."""

    POST = "post"  # a creator's post: the only one that causes an order
    NEED = "need"  # nobody's
    LEAK = "leak"  # an own need, with a creator's code from a coupon site
    OWN = "own"  # a creator bought for the own commission
    FAKE = "fake"  # made up by a creator


class Trace(StrEnum):
    """What a caused order leaves that leads to who caused it."""

    CODE = "code"
    ARTICLE = "article"
    CLICK = "click"
    PHONE = "phone"
    CLAIM = "claim"


@dataclass(slots=True, kw_only=True)
class Order:
    """An order as it was; `cause` is the enrolment whose post made it, None for all others.

    `code`, `click_id` and `phone_cell` are written into the feed as they stand here.
    """

    number: str
    shop: Shop
    at: datetime
    reason: Reason
    cause: EnrolmentId | None
    minor: int
    life: Sequence[tuple[datetime, OrderStatus]]
    sku: str
    quantity: int = 1
    phone: str = ""  # E.164, of the account that ordered
    phone_cell: str = ""
    phone_whole: bool = False  # the cell says it to whoever can read
    code: str = ""
    code_whole: bool = False
    click_id: str = ""
    refunded_minor: int = 0
    traces: set[Trace] = field(default_factory=set)
    told: str = ""  # the code that the buyer meant
    mistyped: bool = False

    def status(self, at: datetime) -> tuple[OrderStatus, datetime]:
        """What the merchant knows at a time, and since when."""
        reached = [step for step in self.life if step[0] <= at]
        when, status = reached[-1]
        return status, when

    @property
    def last(self) -> OrderStatus:
        """What became of it in the end."""
        return self.life[-1][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """Somebody opens a creator's link of the bot."""

    at: datetime
    person: int
    enrolment: EnrolmentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody opens a creator's web link."""

    at: datetime
    visitor: str
    enrolment: EnrolmentId
    click_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Somebody shares the own phone."""

    at: datetime
    person: int
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Somebody says that an order is theirs: `text` is what they write, unless it is a receipt.

    `named` is the number that they mean, which is not always that of `order`. Who `insists` sends
    the number where the receipt alone does not do.
    """

    at: datetime
    person: int
    enrolment: EnrolmentId
    shop: Shop
    order: Order
    named: str
    text: str
    receipt: bool
    insists: bool = False


Act = Touch | Visit | Share | Claim


@dataclass(slots=True, kw_only=True)
class Story:
    """All orders, and all that people do, in no order of time."""

    world: World
    orders: list[Order] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    people: int = 0


@cache
def price(article: str) -> int:
    """What a piece costs (tiyn): some thousand tenge, mostly ending in 90."""
    tenge = int(random.Random(article).lognormvariate(9.3, 0.7)) // 100 * 100 + 90
    return tenge * 100


class Teller:
    """Makes up a story by chance alone."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rates = world.rates
        self._chance = random.Random(f"story {world.seed}")
        self._numbers = random.Random(f"numbers {world.seed}")
        self._taken: set[str] = set()
        self.story = Story(world=world)
        self._own = {shop.brand: world.of(shop) for shop in SHOPS}
        self._reach = {
            shop.brand: list(accumulate(one.creator.reach for one in self._own[shop.brand]))
            for shop in SHOPS
        }

    # --- chance

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share

    def _often(self, expected: float) -> int:
        """How many times something happens that happens so often on the average."""
        whole = int(expected)
        return whole + self._happens(expected - whole)

    def _somebody(self, shop: Shop) -> Enrolment:
        sums = self._reach[shop.brand]
        return self._own[shop.brand][bisect(sums, self._chance.random() * sums[-1])]

    def _any_time(self) -> datetime:
        """By day, and more often in the evening."""
        day = self._chance.randrange(DAYS)
        hour = self._chance.triangular(7, 24, 20)
        return OPENED + timedelta(days=day, hours=min(hour, 23.99))

    def _person(self) -> int:
        self.story.people += 1
        return FIRST_BUYER + self.story.people

    def _phone(self) -> str:
        while True:
            phone = f"+770{self._chance.randrange(10)}{self._chance.randrange(10**7):07}"
            if phone not in self._taken:
                self._taken.add(phone)
                return phone

    # --- orders

    def _order(
        self,
        shop: Shop,
        at: datetime,
        reason: Reason,
        *,
        phone: str,
        cause: Enrolment | None = None,
        sku: str = "",
        code: str = "",
        click_id: str = "",
    ) -> Order:
        chance, rates = self._chance, self._rates
        tells = shop.phones and (
            shop.channel is not Channel.OWN_SHOP or self._happens(rates.phone_left)
        )
        cell, whole = noise.phone(chance, phone, shop) if tells else ("", False)
        life = self._life(shop, at)
        article = sku or self._article(shop)
        quantity = chance.randint(2, 3) if self._happens(rates.quantity) else 1
        order = Order(
            number=self._number(shop),
            shop=shop,
            at=at,
            reason=reason,
            cause=cause.id if cause else None,
            minor=price(article) * quantity,
            life=life,
            sku=article,
            quantity=quantity,
            phone=phone,
            phone_cell=cell,
            phone_whole=whole,
            code=code,
            click_id=click_id,
        )
        if shop.channel is Channel.OWN_SHOP and self._happens(rates.partly_refunded):
            order.refunded_minor = order.minor // 300 * 100
        self.story.orders.append(order)
        return order

    def _number(self, shop: Shop) -> str:
        """A number that no other order has, far from the next one: others sell there too."""
        draw = self._numbers
        while True:
            match shop.channel:
                case Channel.OWN_SHOP:
                    number = str(100_000 + draw.randrange(880_000))
                case Channel.WILDBERRIES:
                    number = f"{draw.getrandbits(64):016x}.{draw.randrange(9)}.0"
                case Channel.OZON:
                    number = f"{draw.randrange(10**7, 10**8)}-{draw.randrange(1, 400):04}-1"
                case _:
                    number = str(700_000_000 + draw.randrange(90_000_000))
            if (key := f"{shop.brand} {number}") not in self._taken:
                self._taken.add(key)
                return number

    def _article(self, shop: Shop) -> str:
        number = int(self._chance.random() ** 2 * 300)
        return (
            f"{150_000_000 + number * 331}"
            if shop.channel is Channel.WILDBERRIES
            else (f"ART-{number:04}")
        )

    def _life(self, shop: Shop, at: datetime) -> list[tuple[datetime, OrderStatus]]:
        chance, rates = self._chance, self._rates
        life = [(at, OrderStatus.PENDING)]
        cancelled = rates.cancelled_closed if shop.closed else rates.cancelled_own_shop
        if self._happens(cancelled):
            life.append((at + timedelta(hours=chance.uniform(2, 90)), OrderStatus.REJECTED))
            return life
        received = at + timedelta(hours=chance.uniform(20, 130))
        life.append((received, OrderStatus.APPROVED))
        if self._happens(rates.returned):
            life.append((received + timedelta(days=chance.uniform(1, 13)), OrderStatus.RETURNED))
        return life

    # --- people who were moved

    def moved(self, shop: Shop) -> None:
        """Somebody sees a post and buys because of it."""
        chance, rates = self._chance, self._rates
        enrolment = self._somebody(shop)
        post = chance.choice(enrolment.posts)
        seen = post + timedelta(hours=chance.expovariate(1 / 30))
        at = seen + timedelta(minutes=2, hours=min(chance.lognormvariate(1.6, 2.0), 1_500))
        person, phone = self._person(), self._phone()
        bot = rates.bot_link_closed if shop.closed else rates.bot_link
        way = chance.random()
        touched = way < bot
        click_id = ""
        if touched:
            self.touch(person, enrolment, seen)
            self._others_who_touched(enrolment, seen)
        elif not shop.closed and way < bot + rates.web_link:
            click_id = self._visit(enrolment, seen)
            self._others_who_clicked(enrolment, seen)
        orders = [self._bought(shop, enrolment, at, phone, click_id)]
        if self._happens(rates.repeat):
            again = at + timedelta(days=chance.uniform(2, 25))
            orders.append(self._bought(shop, enrolment, again, phone, ""))
        if touched:
            self._leaves(enrolment, person, phone, seen, orders)
            if self._happens(rates.other_touch):
                other = self._somebody(shop)
                self.touch(person, other, seen + timedelta(days=chance.uniform(-30, 30)))

    def _bought(
        self, shop: Shop, enrolment: Enrolment, at: datetime, phone: str, click_id: str
    ) -> Order:
        chance, rates = self._chance, self._rates
        sku = enrolment.sku if enrolment.sku and self._happens(rates.buys_reserved) else ""
        order = self._order(
            shop, at, Reason.POST, phone=self._account(shop, phone, at), cause=enrolment, sku=sku
        )
        if sku:
            for _ in range(self._often(rates.finds_reserved)):
                self._order(shop, self._any_time(), Reason.NEED, phone=self._phone(), sku=sku)
        if click_id and self._happens(rates.click_returned):
            order.click_id = click_id
        if shop.codes and self._happens(rates.code_typed):
            # The code that was posted; who sees an old post types an old code.
            order.told = told = enrolment.code_at(at - timedelta(hours=6))
            if self._happens(rates.code_wrong):
                order.code, order.mistyped = noise.mistyped(chance, told), True
            else:
                order.code, order.code_whole = told, True
                if self._happens(rates.code_dressed):
                    order.code = noise.dressed(chance, told)
                if self._happens(rates.code_beside):
                    order.code += chance.choice((", ", " + ")) + chance.choice(SHOPS_CODES[:4])
        return order

    def _account(self, shop: Shop, phone: str, at: datetime) -> str:
        """The phone of the account that orders: mostly one's own."""
        rates = self._rates
        drawn = self._chance.random()
        if drawn < rates.second_number:
            return self._phone()
        if drawn < rates.second_number + rates.household:
            theirs = self._phone()
            if self._happens(rates.household_touched):
                relative, other = self._person(), self._somebody(shop)
                before = at - timedelta(days=self._chance.uniform(0, 30))
                self.touch(relative, other, before)
                self._share(relative, theirs, before)
            return theirs
        return phone

    def _leaves(
        self,
        enrolment: Enrolment,
        person: int,
        phone: str,
        seen: datetime,
        orders: Sequence[Order],
    ) -> None:
        """Share the phone, claim the order, both or neither."""
        shop, rates = enrolment.shop, self._rates
        if shop.codes:
            if self._happens(rates.shares_own_shop):
                self._share_around(person, phone, seen, orders[0])
            return
        alone, claims = (
            (rates.shares, rates.claims)
            if shop.phones
            else (rates.shares_in_vain, rates.claims_without_phones)
        )
        drawn = self._chance.random() * rates.bot_link_closed  # of those who came by the bot
        if drawn < alone + rates.shares_and_claims:
            self._share_around(person, phone, seen, orders[0])
        if alone <= drawn < alone + rates.shares_and_claims + claims:
            for order in orders:
                self._claim(person, enrolment, order)

    def _share_around(self, person: int, phone: str, seen: datetime, order: Order) -> None:
        """Share the phone at once, or when the order is made and the bot has reminded of it."""
        late = order.at + timedelta(hours=self._chance.uniform(1, 120))
        self._share(person, phone, late if self._happens(self._rates.shares_late) else seen)

    def _share(self, person: int, phone: str, at: datetime) -> None:
        self.story.acts.append(Share(at=at + timedelta(seconds=40), person=person, phone=phone))

    def touch(self, person: int, enrolment: Enrolment, at: datetime) -> None:
        """Somebody opens a link of the bot."""
        self.story.acts.append(Touch(at=at, person=person, enrolment=enrolment.id))

    def _visit(self, enrolment: Enrolment, at: datetime) -> str:
        click_id = "".join(self._chance.choices(CLICK_SIGNS, k=16))
        self.story.acts.append(
            Visit(
                at=at,
                visitor=f"{self._chance.getrandbits(64):016x}",
                enrolment=enrolment.id,
                click_id=click_id,
            )
        )
        return click_id

    def _claim(self, person: int, enrolment: Enrolment, order: Order) -> None:
        """Claim an order some time after it was placed."""
        chance, rates = self._chance, self._rates
        if order.shop.place is Place.WILDBERRIES:
            return  # its buyers see neither the number that its sellers have nor the seller's till
        named = order.number
        receipt = order.shop.receipts and self._happens(rates.receipt)
        if receipt and order.life[1][1] is OrderStatus.REJECTED:
            receipt = False  # it was never paid for
        if not receipt and self._happens(rates.claim_mistyped):
            named = noise.wrong_digit(chance, named)
        at = order.at + timedelta(hours=chance.expovariate(1 / 40))
        if receipt:
            at = max(at, order.life[1][0] + timedelta(hours=1))
        if not receipt and self._happens(rates.claim_of_another):
            friend = self._order(order.shop, order.at, Reason.NEED, phone=self._phone())
            named, order = friend.number, friend
        insists = receipt and self._happens(rates.insists)
        self.claim(person, enrolment, order, at, named, receipt=receipt, insists=insists)

    def claim(
        self,
        person: int,
        enrolment: Enrolment,
        order: Order,
        at: datetime,
        named: str = "",
        *,
        receipt: bool = False,
        insists: bool = False,
    ) -> None:
        """Somebody says that an order is theirs, and names it by its number or another."""
        named = named or order.number
        self.story.acts.append(
            Claim(
                at=at,
                person=person,
                enrolment=enrolment.id,
                shop=order.shop,
                order=order,
                named=named,
                text=noise.told_number(self._chance, named),
                receipt=receipt,
                insists=insists,
            )
        )

    # --- people who were not

    def _others_who_touched(self, enrolment: Enrolment, seen: datetime) -> None:
        """Of those who opened the bot's link beside the one who bought some are regulars."""
        rates = self._rates
        rest = (1 - rates.bot_buys) / rates.bot_buys
        for _ in range(self._often(rest * rates.regulars * rates.regulars_buy)):
            person, phone = self._person(), self._phone()
            touched = seen + timedelta(minutes=self._chance.uniform(-600, 600))
            self.touch(person, enrolment, touched)
            if self._happens(rates.regulars_share):
                self._share(person, phone, touched)
            at = touched + timedelta(days=self._chance.uniform(0.05, 30))
            self._order(enrolment.shop, at, Reason.NEED, phone=phone)
        self.touch(self._person(), enrolment, seen + timedelta(minutes=self._chance.uniform(0, 90)))

    def _others_who_clicked(self, enrolment: Enrolment, seen: datetime) -> None:
        """The same of a web link, whose id the shop may keep until they buy for their own need."""
        rates = self._rates
        rest = (1 - rates.web_buys) / rates.web_buys
        for _ in range(self._often(rest * rates.regulars * rates.regulars_buy)):
            clicked = seen + timedelta(minutes=self._chance.uniform(-600, 600))
            click_id = self._visit(enrolment, clicked)
            at = clicked + timedelta(days=self._chance.uniform(0.05, 30))
            order = self._order(enrolment.shop, at, Reason.NEED, phone=self._phone())
            if self._happens(rates.click_returned_later):
                order.click_id = click_id
        for _ in range(2):
            self._visit(enrolment, seen + timedelta(minutes=self._chance.uniform(-300, 300)))

    def unmoved(self, shop: Shop) -> None:
        """Somebody buys for an own need, and no creator had a part in it."""
        chance, rates = self._chance, self._rates
        at, phone = self._any_time(), self._phone()
        order = self._order(shop, at, Reason.NEED, phone=phone)
        if shop.codes:
            leaked = [one for one in self._own[shop.brand] if one.leaked_at and one.leaked_at < at]
            for one in leaked:
                if not order.code and self._happens(rates.leak_used):
                    order.code, order.code_whole = one.code_at(at), True
                    order.reason = Reason.LEAK
            if not order.code and self._happens(rates.nobodys_code):
                order.code = chance.choice(SHOPS_CODES)
            if self._happens(rates.foreign_click):
                order.click_id = f"gclid.{chance.getrandbits(48):x}"
        elif self._happens(rates.gift_hunters):
            person, enrolment = self._person(), self._somebody(shop)
            opened = at + timedelta(hours=chance.uniform(0.2, 48))
            self.touch(person, enrolment, opened)
            self._claim(person, enrolment, order)

    def own_purchases(self) -> None:
        """Some creators buy by their own code, link or article."""
        chance, rates = self._chance, self._rates
        for enrolment in self._world.enrolments:
            if self._happens(rates.own_purchases):
                at = self._any_time()
                family = self._happens(rates.own_by_family)
                self.own_purchase(enrolment, at, family=family)
        for creator in self._world.creators:
            if creator.known:
                self.story.acts.append(
                    Share(
                        at=OPENED - timedelta(days=chance.uniform(1, 20)),
                        person=creator.telegram_id,
                        phone=creator.phone,
                    )
                )

    def made_up(self, enrolment: Enrolment, at: datetime) -> Order:
        """An order by a creator's code that nobody who saw a post has made."""
        order = self._order(enrolment.shop, at, Reason.FAKE, phone=self._phone())
        order.code, order.code_whole = enrolment.code_at(at), True
        return order

    def own_purchase(self, enrolment: Enrolment, at: datetime, *, family: bool) -> None:
        """One of them; `family` orders from an account of somebody at home."""
        shop, creator = enrolment.shop, enrolment.creator
        phone = self._phone() if family else creator.phone
        order = self._order(shop, at, Reason.OWN, phone=phone, sku=enrolment.sku)
        if shop.codes:
            order.code, order.code_whole = enrolment.code_at(at), True
            return
        person = self._person() if family else creator.telegram_id
        before = at - timedelta(hours=self._chance.uniform(0.1, 20))
        self.touch(person, enrolment, before)
        if shop.phones and self._happens(0.5):
            self._share(person, phone, before)
        else:
            self._claim(person, enrolment, order)


def story(world: World, buyers: int, besides: Callable[[Teller], None] | None = None) -> Story:
    """What `buyers` people who buy do, with some more who only look; `besides` adds to it."""
    teller = Teller(world)
    chance = random.Random(f"buyers {world.seed}")
    shares = [shop.share for shop in SHOPS]
    for shop in chance.choices(SHOPS, shares, k=buyers):
        if chance.random() < world.rates.caused:
            teller.moved(shop)
        else:
            teller.unmoved(shop)
    teller.own_purchases()
    if besides:
        besides(teller)
    told = teller.story
    # What would be ordered later is not seen any more.
    told.orders = [one for one in told.orders if one.at < CLOSED]
    told.acts = [one for one in told.acts if not isinstance(one, Claim) or one.order.at < CLOSED]
    leave_traces(told)
    told.acts.sort(key=lambda act: act.at)
    return told


def leave_traces(told: Story) -> None:
    """Find what each caused order leaves that leads to who caused it, and to nobody by mistake.

    It is a trace only if it can be read in what reaches us: a cell that a spreadsheet has spoilt
    beyond repair is none, nor a touch from outside the window.
    """
    world = told.world
    touches: dict[int, list[Touch]] = {}
    owners: dict[str, list[int]] = {}
    claims: dict[int, list[Claim]] = {}
    clicks = {act.click_id: act for act in told.acts if isinstance(act, Visit)}
    for act in told.acts:
        match act:
            case Touch():
                touches.setdefault(act.person, []).append(act)
            case Share():
                owners.setdefault(act.phone, []).append(act.person)
            case Claim() if act.named == act.order.number:
                claims.setdefault(id(act.order), []).append(act)

    sold: dict[tuple[int, int], list[datetime]] = {}
    for order in told.orders:
        sold.setdefault((order.shop.brand, order.minor), []).append(order.at)

    def tells(claim: Claim) -> bool:
        """Whether what was sent fits no other order: two may cost the same."""
        if not claim.receipt or claim.insists:
            return True
        paid, order = claim.order.life[1][0], claim.order
        others = sold[order.shop.brand, order.minor]
        return sum(paid - RECEIPT_REACH <= at <= paid for at in others) == 1

    def came(person: int, order: Order) -> bool:
        return any(
            touch.enrolment == order.cause and timedelta(0) <= order.at - touch.at <= WINDOW
            for touch in touches.get(person, ())
        )

    for order in told.orders:
        if order.cause is None:
            continue
        cause = world.enrolment(order.cause)
        if order.code_whole and not order.mistyped and order.told == cause.code_at(order.at):
            order.traces.add(Trace.CODE)
        if cause.sku and order.sku == cause.sku:
            order.traces.add(Trace.ARTICLE)
        click = clicks.get(order.click_id)
        if click and timedelta(0) <= order.at - click.at <= WINDOW:
            order.traces.add(Trace.CLICK)
        if order.phone_whole and any(came(one, order) for one in owners.get(order.phone, ())):
            order.traces.add(Trace.PHONE)
        if any(came(one.person, order) and tells(one) for one in claims.get(id(order), ())):
            order.traces.add(Trace.CLAIM)
