"""A market in which everything has happened once, so that every screen has something to show."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from core import programme as programmes
from core.ids import BrandId, EnrolmentId, OfferId, PersonId
from core.labels import label_text
from core.offers import OfferText
from core.orders import ALMATY, Place
from core.people import Actor, BrandRole, Channel, LegalStatus, Locale, Permission, Platform
from core.ports import UnitOfWorkFactory
from core.proofs import ProofState, RejectReason
from core.runs import SourceState
from core.sources.base import SourceKind
from core.usecases.commissions import fund_commissions, release_holds
from core.usecases.creators import set_iban, set_iin, set_legal_status, suspend_creator
from core.usecases.enrolments import my_enrolments
from core.usecases.imports import import_file
from core.usecases.offers import end_offer, pause_offer, review_offer, submit_offer
from core.usecases.payouts import approve_payout, request_payout, settle_payout, wallet
from core.usecases.people import meet
from core.usecases.programme import load_programme
from core.usecases.proofs import my_proofs, review_proof, submit_proof
from core.usecases.syncs import set_source_state
from scripts import seed, seed_orders
from tests.builders import DRAFT, a_person
from tests.usecases.money_builders import IBAN, OTHER_IBAN, an_iin
from tests.walk.deeds import Cast, everything
from tests.walk.house import OPERATOR, Clock, House

NOON = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)  # 21 November 2026, 12:00 in Almaty
SHOP = "aisulu"  # the brand whose people are walked: own shop with codes, and offers elsewhere
RIVAL = "kokshe"
ORDERS = 250  # of the shop: many pages, and enough for two to withdraw

# Who walks, by the names under which tests ask for them.
ROLES = (
    *("newcomer", "creator", "other_creator", "suspended", "owner", "member", "rival"),
    *("both", "admin", "moderator", "accountant", "broadcaster"),
)


# What people of this market have written in their own languages, beside the programme's texts.
WRITTEN = (
    *("Сәуле Мүше", "Дана Әкімші", "Қызметкер", "Жаңа адам", "Айгерім", "Біреу", "Ерлан Менеджер"),
    *("Жарнама белгісі жоқ", "Сипаттамасы толық емес", "Ұсыныс", "Предложение", "Offer number"),
    *(
        "For skin",
        "logo.svg",
        "Құрғақ теріге",
        "Для кожи",
        "тапсырыстар.csv",
        "қате",
        "walker",
        "менеджер",
    ),
    "ТОО «Үлес»",
    *("paid/unfulfilled paid/fulfilled refunded", "Alma Cosmetics"),  # of shops, of examples
    *("Мен туралы", "Сторис", "Құрылтайшы", "Жаңа бренд", "Тапсырысым көрінбейді", "disk yandex"),
    *("Жаңа ұсыныстар бар", "Есть новые офферы", "There are new offers", "10% off skin care"),
    *("кокше", "крем қыран", "Скидка 10 % на уход за кожей", "Тері күтіміне 10% жеңілдік"),
    *("Дата Статус Сумма Промокод", "ЖШС"),  # of the walked file, of a legal name
    *("РНМ", "КТН"),  # what stands on receipts
    "Orders → Export",  # a menu of Shopify's
)


@dataclass(slots=True)
class World:
    """The market's database and who acts in it: Telegram ids by role.

    `handlers` are the names of all that the route table leads to, `links` what people have been
    sent: deep links.
    """

    database: Path
    handlers: frozenset[str] = frozenset()
    links: list[str] = field(default_factory=list)
    people: dict[str, int] = field(default_factory=dict)


async def build(database: Path, folder: Path) -> World:
    """Fill a migrated database; `folder` takes the files that brands send."""
    clock = Clock(NOON)
    world = World(database)
    async with House(database, folder, clock) as house:
        world.handlers = house.known
        await _Builder(house, clock, folder, world).build()
    return world


class _Builder:
    def __init__(self, house: House, clock: Clock, folder: Path, world: World) -> None:
        self._house = house
        self._clock = clock
        self._folder = folder
        self._world = world

    @property
    def _new_uow(self) -> UnitOfWorkFactory:
        return self._house.new_uow

    async def build(self) -> None:
        await self._load()
        admin = await self._staff()
        brand = await self._brand(SHOP)
        owner = await self._actor(seed.DEMO_MANAGER + 11)
        self._world.people |= {"owner": owner.telegram_id, "rival": seed.DEMO_MANAGER}
        member = await a_person(
            self._new_uow, self._clock(), "Сәуле Мүше", telegram_id=7_001, locale=Locale.RU
        )
        self._world.people["member"] = member.telegram_id
        async with self._new_uow() as uow:
            await uow.brands.set_manager(brand, member.id, BrandRole.MEMBER)
            await uow.commit()
        await self._orders(brand)
        creator, other, idle, *_ = await self._busiest(brand)
        self._world.people |= {
            "creator": creator.telegram_id,
            "other_creator": other.telegram_id,
            "suspended": idle.telegram_id,
        }
        await suspend_creator(
            self._new_uow, self._clock, actor=admin, creator=idle.id, reason="Жарнама белгісі жоқ"
        )
        await self._proofs(creator, other, owner)
        await self._money(creator, other, admin)
        await self._offers(brand, owner, admin)
        await self._sources(brand, admin)
        cast = Cast(brand=brand, owner=owner, admin=admin, creator=creator, other=other)
        shown, call = await everything(self._house, self._clock, cast)
        cards, _ = await my_enrolments(self._new_uow, actor=creator)
        self._world.links = [
            *(f"/start o_{offer}" for offer in shown),
            f"/start b_{cards[0].enrolment.slug}",
            f"/start d_{call}",
        ]
        await self._both(brand)
        newcomer = await a_person(
            self._new_uow, self._clock(), "Жаңа адам", telegram_id=7_002, locale=Locale.KK
        )
        self._world.people["newcomer"] = newcomer.telegram_id

    async def _load(self) -> None:
        pictures = self._folder / "pictures"
        pictures.mkdir(parents=True, exist_ok=True)
        today = self._clock().astimezone(ALMATY).date()
        data = await asyncio.to_thread(seed.programme, today, pictures)
        self._programme = data
        files = {
            offer["picture"]: (self._folder / offer["picture"]).read_bytes()
            for offer in data["offers"]
        }
        await load_programme(
            self._new_uow, self._clock, programme=programmes.parse(data), pictures=files
        )

    async def _staff(self) -> Actor:
        admin = await a_person(
            self._new_uow, self._clock(), "Дана Әкімші", telegram_id=OPERATOR, locale=Locale.EN
        )
        rights = {
            "moderator": Permission.MODERATION,
            "accountant": Permission.FINANCE,
            "broadcaster": Permission.BROADCAST,
        }
        async with self._new_uow() as uow:
            await uow.people.grant(admin.id, [Permission.OWNER])
            await uow.commit()
        self._world.people["admin"] = OPERATOR
        for number, (role, right) in enumerate(rights.items(), 1):
            person = await a_person(
                self._new_uow,
                self._clock(),
                f"Қызметкер {number}",
                telegram_id=OPERATOR + number,
                locale=Locale.RU,
            )
            async with self._new_uow() as uow:
                await uow.people.grant(person.id, [right])
                await uow.commit()
            self._world.people[role] = person.telegram_id
        return replace(admin, permissions=frozenset({Permission.OWNER}))

    async def _brand(self, key: str) -> BrandId:
        bin_ = next(bin_ for name, _, _, bin_ in seed.BRANDS if name == key)
        async with self._new_uow(read_only=True) as uow:
            return (await uow.brands.by_bins([bin_]))[bin_]

    async def _actor(self, telegram_id: int) -> Actor:
        meeting = await meet(
            self._new_uow,
            self._clock,
            telegram_id=telegram_id,
            name="Біреу",
            username=None,
            admin_ids=frozenset({OPERATOR}),
        )
        return meeting.actor

    async def _orders(self, brand: BrandId) -> None:
        bin_ = next(bin_ for name, _, _, bin_ in seed.BRANDS if name == SHOP)
        sold = seed_orders.sold(
            self._programme, bin_, Place.OWN_SHOP, self._clock(), count=ORDERS, seed=1
        )
        table = seed_orders.shopify_csv(sold, self._clock()).decode().splitlines()
        broken = table[-1].replace("KZT", "KZT,қате", 1)  # a line that cannot be read
        strayed = table[-2].replace(sold[-2].number, "990001") if sold[-2].code else ""
        file = self._folder / "тапсырыстар.csv"
        sale = next(sale for sale in reversed(sold) if sale.code)
        line = next(line for line in table if sale.number in line and sale.code in line)
        near = line.replace(sale.number, "990002").replace(sale.code, f"{sale.code}0")
        file.write_text("\n".join([*table, broken, strayed, near]) + "\n", "utf-8")
        await import_file(
            self._new_uow,
            self._clock,
            self._house.box,
            brand=brand,
            path=file,
            kind=None,
            place=Place.OWN_SHOP,
            default_status=None,
        )
        await fund_commissions(self._new_uow, self._clock)
        await release_holds(self._new_uow, self._clock)

    async def _busiest(self, brand: BrandId) -> list[Actor]:
        """Those who sell for the brand, the best first."""
        async with self._new_uow(read_only=True) as uow:
            rows = await uow.orders.of_brand(brand, after=None, limit=ORDERS)
        names = [row.creator_name for row in rows if row.creator_name]
        best = sorted(set(names), key=lambda name: (-names.count(name), name))
        return [await self._actor(seed.DEMO_CREATOR + seed.NAMES.index(name)) for name in best]

    async def _proofs(self, creator: Actor, other: Actor, owner: Actor) -> None:
        """One proof in each state, for the brand of the owner."""
        async with self._new_uow() as uow:
            url = "https://instagram.com/walker"
            channel = Channel(id=None, platform=Platform.INSTAGRAM, url=url, followers=8_400)
            await uow.creators.put_channel(creator.id, channel)
            await uow.commit()
        page = await my_enrolments(self._new_uow, actor=creator)
        mine = [card for card in page[0] if owner.manages(card.brand.id)]
        assert mine, "the creator promotes the shop"
        states = (None, ProofState.ACCEPTED, ProofState.CHANGES, ProofState.REJECTED)
        for number, state in enumerate(states):
            card = mine[number % len(mine)]
            caption = f"{label_text(card.brand.legal_name)}. {card.enrolment.code}"
            proof = await submit_proof(
                self._new_uow,
                self._clock,
                actor=creator,
                enrolment=EnrolmentId(card.enrolment.id),
                link=f"https://instagram.com/p/C8xYz1AbC{number:02}",
                caption=caption,
            )
            assert proof.id is not None
            if state is not None:
                await review_proof(
                    self._new_uow,
                    self._clock,
                    actor=owner,
                    proof=proof.id,
                    to=state,
                    reason=None if state is ProofState.ACCEPTED else RejectReason.CODE_MISSING,
                )
        assert (await my_proofs(self._new_uow, actor=creator)).items
        await self._proved(creator, owner)
        await self._proved(other, owner)

    async def _proved(self, creator: Actor, owner: Actor) -> None:
        """Every enrolment with the brand has a post that is accepted."""
        async with self._new_uow() as uow:
            url = f"https://instagram.com/walker{creator.id}"
            channel = Channel(id=None, platform=Platform.INSTAGRAM, url=url, followers=3_100)
            await uow.creators.put_channel(creator.id, channel)
            await uow.commit()
        cards, _ = await my_enrolments(self._new_uow, actor=creator, limit=20)
        for card in cards:
            if not owner.manages(card.brand.id):
                continue
            proof = await submit_proof(
                self._new_uow,
                self._clock,
                actor=creator,
                enrolment=card.enrolment.id,
                link=f"https://instagram.com/p/C9xYz1Ab{card.enrolment.id:03}",
                caption=f"{label_text(card.brand.legal_name)}. {card.enrolment.code}",
            )
            assert proof.id is not None
            await review_proof(
                self._new_uow, self._clock, actor=owner, proof=proof.id, to=ProofState.ACCEPTED
            )

    async def _money(self, creator: Actor, other: Actor, admin: Actor) -> None:
        """A payout that was paid and one that is asked for."""
        await self._release(creator.id)
        await give_details(self._house, self._clock, creator)
        view = await wallet(self._new_uow, actor=creator)
        tail = IBAN[-4:]
        half = view.available.split(5_000)[0]
        paid = await request_payout(
            self._new_uow, self._clock, actor=creator, amount=half, iban_tail=tail
        )
        assert paid.id is not None
        await approve_payout(self._new_uow, self._clock, actor=admin, payout=paid.id)
        await settle_payout(self._new_uow, self._clock, actor=admin, payout=paid.id)
        await give_details(self._house, self._clock, other, OTHER_IBAN)
        view = await wallet(self._new_uow, actor=other)
        await request_payout(
            self._new_uow,
            self._clock,
            actor=other,
            amount=view.available,
            iban_tail=OTHER_IBAN[-4:],
        )

    async def _release(self, creator: PersonId) -> None:
        """Time passes until something of the creator's is available, then it is today again."""
        self._clock.advance(days=40)
        await fund_commissions(self._new_uow, self._clock)
        await release_holds(self._new_uow, self._clock)
        self._clock.advance(days=-40)

    async def _offers(self, brand: BrandId, owner: Actor, admin: Actor) -> None:
        """Offers in every state."""
        drafts = [
            replace(
                DRAFT,
                texts={
                    Locale.KK: OfferText(title=f"Ұсыныс {number}", description="Құрғақ теріге"),
                    Locale.RU: OfferText(title=f"Предложение {number}", description="Для кожи"),
                    Locale.EN: OfferText(title=f"Offer number {number}", description="For skin"),
                },
            )
            for number in range(5)
        ]
        made: list[OfferId] = []
        for draft in drafts:
            offer = await submit_offer(
                self._new_uow, self._clock, actor=owner, brand=brand, draft=draft
            )
            assert offer.id is not None
            made.append(offer.id)
        for offer_id, approve in ((made[1], False), (made[2], True), (made[3], True)):
            await review_offer(
                self._new_uow,
                self._clock,
                actor=admin,
                offer=offer_id,
                approve=approve,
                note="" if approve else "Сипаттамасы толық емес",
            )
        await pause_offer(self._new_uow, self._clock, actor=owner, offer=made[2])
        await end_offer(self._new_uow, self._clock, actor=owner, offer=made[3])

    async def _sources(self, brand: BrandId, admin: Actor) -> None:
        """A polled source that has stopped working."""
        async with self._new_uow() as uow:
            source = await uow.sources.ensure(
                brand,
                SourceKind.KASPI_API,
                Place.KASPI,
                fingerprint="",
                mapping=None,
                settings={"base_url": "https://kaspi.kz/shop/api/v2"},
                now=self._clock(),
            )
            await uow.commit()
        await set_source_state(
            self._new_uow, self._clock, actor=admin, source=source.id, state=SourceState.PAUSED
        )

    async def _both(self, brand: BrandId) -> None:
        """Somebody who promotes, acts for two brands and moderates."""
        person = await self._actor(seed.DEMO_CREATOR + 20)
        async with self._new_uow() as uow:
            for known in (brand, await self._brand("qalam")):
                await uow.brands.set_manager(known, person.id, BrandRole.MEMBER)
            await uow.people.grant(person.id, [Permission.MODERATION])
            await uow.commit()
        self._world.people["both"] = person.telegram_id


async def give_details(house: House, clock: Clock, creator: Actor, iban: str = IBAN) -> None:
    """What a payout needs of a creator."""
    await set_legal_status(house.new_uow, clock, actor=creator, status=LegalStatus.INDIVIDUAL)
    await set_iin(house.new_uow, clock, actor=creator, text=an_iin(), box=house.box)
    await set_iban(house.new_uow, clock, actor=creator, text=iban, box=house.box)
