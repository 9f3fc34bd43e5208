"""The shop of the crash test: a brand, its two creators, its files, and what it has come to."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.secret_box import SecretBox
from core.commissions import LOST
from core.consents import CONSENT_VERSION
from core.drafts import OfferDraft
from core.handles import HandleKind
from core.ids import BrandId, PersonId
from core.ledger import top_up
from core.money import tenge
from core.notifications import NoteKind
from core.offers import OfferState, OfferText
from core.orders import ALMATY, Place
from core.payouts import MINIMUM
from core.people import (
    Actor,
    BrandRole,
    Category,
    Channel,
    Consent,
    CreatorState,
    LegalStatus,
    Locale,
    Permission,
    Platform,
)
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.pricing import Rule
from core.runs import Run, RunState
from core.sources.base import SourceKind
from core.usecases.commissions import release_holds
from core.usecases.creators import set_iban, set_iin, set_legal_status
from core.usecases.enrolments import take_offer
from core.usecases.handles import reserve_handles
from core.usecases.imports import execute_run, start_import, upload_orders
from core.usecases.rejects import rejected_lines
from db.models import (
    balances,
    clicks,
    commissions,
    orders,
    outbox,
    payouts,
    runs,
    transfers,
)

BOX: Final = SecretBox(["the key of the crash test, long enough to be one"])
SINCE: Final = datetime(2026, 10, 1, 7, tzinfo=UTC)  # when the creators took the offer
MORNING: Final = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
EVENING: Final = MORNING + timedelta(hours=17)  # of the same day: the last process has ended
SKU: Final = "MUG-1"
IBAN: Final = "KZ41722C000000000001"
FILES: Final = 4
ROWS: Final = 240
PAYOUTS: Final = 8
TOP_UPS: Final = 8
CLICK_BATCHES: Final = 12
CLICKS: Final = 40  # of a batch
SWEEPS: Final = 2
FORTUNE: Final = MINIMUM.minor // 100 * (PAYOUTS + 1) * 10  # what one order brings the creator
HEADER: Final = "Номер заказа;Дата;Сумма;Статус;Дата изменения статуса;Возврат;Промокод;Телефон"
WORDS: Final = ("Новый", "Выполнен", "Возврат", "Отменен")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Whom a process works for; all numbers, so that it can be told in a line."""

    seed: int
    brand: int
    manager: int
    staff: int
    creators: tuple[int, int]
    codes: tuple[str, str]
    source: int
    link: int

    def to_json(self) -> dict[str, Any]:
        """As it is told to a process."""
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Shop:
        """As it was told."""
        pairs = {name: tuple(told[name]) for name in ("creators", "codes")}
        return cls(**{**told, **pairs})

    @property
    def owner(self) -> Actor:
        """The brand's manager."""
        return Actor(
            id=PersonId(self.manager),
            telegram_id=0,
            locale=Locale.KK,
            brands=((BrandId(self.brand), BrandRole.OWNER),),
        )

    @property
    def accountant(self) -> Actor:
        """Who pays and books."""
        return Actor(
            id=PersonId(self.staff),
            telegram_id=0,
            locale=Locale.KK,
            permissions=frozenset(Permission),
        )

    @property
    def creator(self) -> Actor:
        """Who asks for payouts."""
        return Actor(
            id=PersonId(self.creators[0]),
            telegram_id=0,
            locale=Locale.KK,
            creator=CreatorState.ACTIVE,
        )


async def furnish(
    new_uow: UnitOfWorkFactory,
    *,
    number: int,
    seed: int,
    merchant: str,
    token: str,
    beside: Shop | None = None,
) -> Shop:
    """A shop that no other process knows; its creator has a fortune to take out.

    Its creators are those of the shop `beside`, if one is named.
    """

    def clock() -> datetime:
        return SINCE

    async with new_uow() as uow:
        manager, staff, *hers = [
            await uow.people.add(
                telegram_id=number * 10 + one,
                name=f"P{one}",
                username=None,
                now=clock(),
                locale=Locale.KK,
            )
            for one in range(2 if beside else 4)
        ]
        await uow.people.grant(staff, list(Permission))
        for person, name in zip(hers, ("Айгерім", "Дина"), strict=False):
            await _creator(uow, person, name)
        if beside is not None:
            hers = [PersonId(person) for person in beside.creators]
        brand = await uow.brands.add(
            name=f"Qyran {number}",
            legal_name=f"«Qyran {number}» ЖШС",
            bin=f"{number:012}",
            fee_bps=1_500,
            now=clock(),
        )
        await uow.brands.set_manager(brand.id, manager, BrandRole.OWNER)
        await uow.ledger.post([top_up(brand.id, tenge(50_000_000), f"crash:{number}", clock())])
        offer = await uow.offers.add(
            _draft().offer(brand.id, OfferState.ACTIVE), created_by=None, now=clock()
        )
        source = await uow.sources.ensure(
            brand.id,
            SourceKind.KASPI_API,
            Place.KASPI,
            fingerprint="",
            mapping=None,
            settings={"base_url": merchant},
            now=clock(),
        )
        await uow.sources.set_secret(source.id, BOX.encrypt(token))
        await uow.commit()
    assert offer.id is not None
    taken = [
        (
            await take_offer(
                new_uow,
                clock,
                actor=Actor(
                    id=person, telegram_id=0, locale=Locale.KK, creator=CreatorState.ACTIVE
                ),
                offer=offer.id,
            )
        ).enrolment
        for person in hers
    ]
    async with new_uow(read_only=True) as uow:
        link = (await uow.links.of_enrolment(taken[0].id))[0].link
    shop = Shop(
        seed=seed,
        brand=brand.id,
        manager=manager,
        staff=staff,
        creators=(hers[0], hers[1]),
        codes=(taken[0].code, taken[1].code),
        source=source.id,
        link=link.id,
    )
    await reserve_handles(
        new_uow,
        clock,
        actor=shop.owner,
        enrolment=taken[1].id,
        kind=HandleKind.SKU,
        texts=[SKU],
    )
    if beside is None:
        await set_legal_status(new_uow, clock, actor=shop.creator, status=LegalStatus.INDIVIDUAL)
        await set_iin(new_uow, clock, actor=shop.creator, text=an_iin(number), box=BOX)
        await set_iban(new_uow, clock, actor=shop.creator, text=IBAN, box=BOX)
    row = f"1;{_local(MORNING)};{FORTUNE};Выполнен;{_local(MORNING)};0;{shop.codes[0]};"
    await take_in(new_uow, clock, shop, "fortune.csv", f"{HEADER}\n{row}\n".encode())
    await release_holds(new_uow, lambda: MORNING + timedelta(hours=1))
    return shop


async def _creator(uow: UnitOfWork, person: PersonId, name: str) -> None:
    await uow.creators.add(person, languages=[Locale.KK], now=SINCE)
    await uow.creators.save(person, display_name=name, city="Алматы", categories=[Category.BEAUTY])
    await uow.creators.put_channel(
        person,
        Channel(
            id=None,
            platform=Platform.INSTAGRAM,
            url=f"https://instagram.com/p{person}",
            followers=12_000,
            verified_at=SINCE,
        ),
    )
    await uow.creators.move(person, CreatorState.NEW, CreatorState.ACTIVE)
    await uow.people.give_consent(
        Consent(
            person=person,
            version=CONSENT_VERSION,
            locale=Locale.KK,
            text_sha256="0" * 64,
            given_at=SINCE,
        )
    )


def _draft() -> OfferDraft:
    return OfferDraft(
        texts={
            locale: OfferText(title="Крем", description="Сипаттама")
            for locale in (Locale.KK, Locale.RU)
        },
        category=Category.BEAUTY,
        place=Place.OWN_SHOP,
        url="https://shop.kz/1",
        rule=Rule(percent_bps=1_000),
        hold_days=0,
        window_days=30,
        proof_required=False,
        discount_bps=1_000,
    )


def an_iin(number: int) -> str:
    """A valid individual number for each shop."""
    for serial in range(number * 10, number * 10 + 10):
        digits = [int(digit) for digit in f"950321{serial:05}"]
        for shift in (0, 2):
            control = sum((place + shift) % 11 * digits[place - 1] for place in range(1, 12)) % 11
            if control < 10:
                return "".join(map(str, [*digits, control]))
    raise ValueError(number)


async def take_in(
    new_uow: UnitOfWorkFactory, clock: Clock, shop: Shop, name: str, data: bytes
) -> Run:
    """The whole way of a file."""
    run = await queue(new_uow, clock, shop, name, data)
    return await execute_run(new_uow, clock, BOX, run=run.id)


async def queue(
    new_uow: UnitOfWorkFactory, clock: Clock, shop: Shop, name: str, data: bytes
) -> Run:
    """A file is sent and confirmed."""
    view = await upload_orders(
        new_uow, clock, BOX, actor=shop.owner, brand=BrandId(shop.brand), name=name, data=data
    )
    return await start_import(
        new_uow,
        clock,
        actor=shop.owner,
        brand=BrandId(shop.brand),
        upload=view.upload,
        name=name,
        kind=SourceKind.TABLE,
        place=Place.OWN_SHOP,
        mapping=view.preview.mapping,
        default_status=None,
        total=view.preview.rows,
    )


# --- what there is to do -------------------------------------------------------------------------


def file_of(shop: Shop, day: int) -> bytes:
    """The shop's export of a day: orders go on from the day before, some rows are damaged.

    Of every other day it has its columns the other way round, as if from another system.
    """
    lines = [HEADER]
    for number in range(1_000 + day * 60, 1_000 + day * 60 + ROWS):
        chance = random.Random(f"{shop.seed} {number}")
        placed = MORNING - timedelta(days=20, minutes=number)
        steps = sorted(chance.sample(range(FILES * 2), 2))
        stage = sum(step <= day for step in steps)
        end = chance.choice((1, 1, 2, 3))  # most of them stay approved
        status = (0, 1, end)[stage] if end != 3 else (0, 0, 3)[stage]
        changed = MORNING - timedelta(days=10 - stage)
        code = (shop.codes[0], shop.codes[1], "", "")[number % 4]
        refund = 1_000 if status == 1 and number % 7 == 0 else 0
        phone = f"+7701{number:07}" if number % 3 else ""
        net = 5_000 + number * 10
        line = [number, _local(placed), net, WORDS[status], _local(changed), refund, code, phone]
        lines.append(";".join(map(str, line)))
        if number % 50 == 0:
            lines.append(f"X{number};вчера;много;Новый;;;;")
    if day % 2:
        lines = [";".join(reversed(line.split(";"))) for line in lines]
    return "\n".join([*lines, ""]).encode()


def _local(at: datetime) -> str:
    return f"{at.astimezone(ALMATY):%d.%m.%Y %H:%M}"


def click_id(shop: Shop, batch: int, number: int) -> str:
    """Sixteen characters, the same in every process."""
    return f"{shop.brand:06}-{batch:04}-{number:04}"


# --- what has come of it -------------------------------------------------------------------------


async def outcome(engine: AsyncEngine, new_uow: UnitOfWorkFactory, shop: Shop) -> dict[str, Any]:
    """Everything that a shop's work has left, without ids and without the minutes of the day."""
    people_of = {shop.creators[0]: "first", shop.creators[1]: "second", None: ""}
    found: dict[str, Any] = {}
    async with engine.connect() as connection:
        rows = await connection.execute(
            sa.select(orders, commissions.c.amount_minor, commissions.c.fee_minor)
            .add_columns(
                commissions.c.state.label("reward"), commissions.c.hold_until, commissions.c.funded
            )
            .select_from(orders.outerjoin(commissions))
            .where(orders.c.brand_id == shop.brand)
        )
        found["orders"] = sorted(
            (
                row.place,
                row.external_id,
                row.status,
                row.net_minor,
                row.refunded_minor,
                people_of[row.creator_id],
                row.evidence_kind,
                row.amount_minor or 0,
                row.fee_minor or 0,
                # Whether it was lost before or after a sweep is a matter of minutes.
                "lost" if row.reward is None or row.reward in LOST else row.reward,
                row.hold_until and row.hold_until.date().isoformat(),
            )
            for row in rows
        )
        rows = await connection.execute(
            sa.select(balances).where(
                sa.or_(
                    sa.and_(balances.c.account == "brand_funds", balances.c.owner == shop.brand),
                    sa.and_(
                        balances.c.account.startswith("creator"),
                        balances.c.owner.in_(shop.creators),
                    ),
                ),
                balances.c.minor != 0,
            )
        )
        found["balances"] = sorted(
            (row.account, people_of.get(row.owner, ""), row.minor)
            if row.account != "brand_funds"
            else (row.account, "", row.minor)
            for row in rows
        )
        rows = await connection.execute(
            sa.select(payouts.c.state, payouts.c.amount_minor).where(
                payouts.c.creator_id.in_(shop.creators)
            )
        )
        found["payouts"] = sorted(tuple(row) for row in rows)
        rows = await connection.execute(
            sa.select(transfers.c.key).where(transfers.c.key.startswith(f"top_up:{shop.brand}:"))
        )
        found["top ups"] = sorted(row.key.rpartition(":")[2] for row in rows)
        rows = await connection.execute(
            sa.select(clicks.c.click_id).where(clicks.c.link_id == shop.link)
        )
        found["clicks"] = sorted(row.click_id.partition("-")[2] for row in rows)
        rows = await connection.execute(
            sa.select(outbox.c.kind, sa.func.count())
            .where(
                outbox.c.person_id.in_([shop.manager, *shop.creators]),
                outbox.c.kind.in_(
                    [NoteKind.PAYOUT_APPROVED, NoteKind.PAYOUT_PAID, NoteKind.TOPPED_UP]
                ),
            )
            .group_by(outbox.c.kind)
        )
        found["notes"] = sorted(tuple(row) for row in rows)
        rows = await connection.execute(
            sa.select(runs).where(runs.c.brand_id == shop.brand).order_by(runs.c.id)
        )
        seen: Counter[str] = Counter()
        found["files"], found["unfinished"] = [], 0
        for row in rows.all():
            found["unfinished"] += row.state != RunState.DONE
            seen[row.file_name] += 1
            if row.file_name and seen[row.file_name] == 1:  # again, it finds nothing new
                counts = row.rows, row.new, row.changed, row.unchanged, row.rejected, row.matched
                lines = await rejected_lines(new_uow, BOX, actor=shop.owner, run=row.id)
                found["files"].append(
                    (row.file_name, counts, [(each.line, each.reason) for each in lines])
                )
    return found
