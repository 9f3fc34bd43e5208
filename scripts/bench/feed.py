"""A market that sells by the million, and the files that its shop exports; all by a seed.

Brand 1 sells in a shop of its own and exports a table of fourteen columns, oldest order first.
About fifteen of a hundred orders are a creator's: by a promo code whose owners change with time, by
an article that is reserved for one creator, or by the id of a click. The others come with codes of
nobody, with codes that nearly fit, or with nothing. Brand 2 sells on Kaspi and shares creators with
brand 1.

An order whose status changed within the export has two rows, one below the other. A rule that
hangs on a buyer's first order is left to brand 2: whether an order is the first is asked of
everything the shop sold.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.secret_box import SecretBox
from core import codes
from core.code_shapes import of_code, without_one
from core.codes import CodeOwnership
from core.enrolments import EnrolmentState
from core.ids import BrandId, CodeId, EnrolmentId, LinkId
from core.ledger import top_up
from core.links import Click
from core.money import tenge
from core.offers import CreditPolicy, OfferState
from core.orders import ALMATY, Place
from core.people import BrandRole, Category, CreatorState, Locale
from core.pricing import Rule, Rung
from core.sources.base import SourceKind
from core.sources.kaspi_xlsx import HEADERS
from core.sources.mapping import guess
from db.dialect import chunks
from db.models import (
    brand_managers,
    brands,
    code_ownerships,
    code_shapes,
    creators,
    enrolment_terms,
    enrolments,
    links,
    offer_texts,
    offers,
    people,
    promo_codes,
    sku_reservations,
    terms,
)
from db.uow import unit_of_work_factory

NOW: Final = datetime(2026, 11, 21, 7, tzinfo=UTC)  # the export was made
TOMORROW: Final = NOW + timedelta(days=1)
SINCE: Final = NOW - timedelta(days=330)  # the first order
BRAND, OTHER_BRAND = BrandId(1), BrandId(2)
FEE_BPS: Final = (1_500, 1_000)
MANAGERS: Final = (1, 2)
FIRST_CREATOR: Final = 101
HOLD_DAYS: Final = 14
WINDOW_DAYS: Final = 30
HEADER: Final = (
    "Номер заказа",
    "Дата заказа",
    "Статус заказа",
    "Дата изменения статуса",
    "Наименование товара",
    "Артикул",
    "Количество",
    "Сумма",
    "Сумма возврата",
    "Промокод",
    "Телефон покупателя",
    "Click ID",
    "Валюта",
    "Город",
)
DELIMITER: Final = ";"
BOX: Final = SecretBox(["a key for measurements, of no worth to anybody"])

# Brand 1's offers; which of them a creator takes is by chance, the first ones are liked best.
RULES: Final = (
    Rule(percent_bps=1_000),
    Rule(percent_bps=1_200),
    Rule(percent_bps=800, cap_order_minor=300_000),
    Rule(fixed_minor=150_000),
    Rule(percent_bps=1_500),  # asks for a proof
    Rule(percent_bps=500),  # from 5 000 ₸ on
    Rule(percent_bps=1_000),  # was 8 % in the first half of the time
    Rule(fixed_minor=70_000),
    Rule(percent_bps=700, budget_minor=10**13),
    Rule(percent_bps=2_000, cap_order_minor=500_000),
    Rule(percent_bps=900, ladder=(Rung(orders=10, worth=1_100), Rung(orders=30, worth=1_300))),
    Rule(percent_bps=1_000, cap_month_minor=2_000_000),
)
LIKED: Final = (16, 14, 12, 10, 8, 8, 8, 6, 6, 4, 4, 4)
PROVEN, DEAR, BETTERED = 5, 6, 7  # numbers of offers
OTHER_RULES: Final = (Rule(percent_bps=1_000), Rule(percent_bps=800, first_order=1_500))
BETTERED_AT: Final = SINCE + (NOW - SINCE) / 2

NAMES: Final = (
    *("AIGERIM", "DANA", "ARMAN", "ALIYA", "NURLAN", "ZHANEL", "TIMUR", "MADINA", "ASEL"),
    *("BEKZAT", "SALTANAT", "DIAS", "KAMILA", "ERLAN", "AIDANA", "RUSLAN", "TOGZHAN", "SANZHAR"),
)
CITIES: Final = ("Алматы", "Астана", "Шымкент", "Караганда", "Актобе", "Атырау")
GOODS: Final = ("Крем увлажняющий 50 мл", "Сыворотка 30 мл", "Шампунь 250 мл", "Бальзам, 15 г")
NOBODYS_CODES: Final = ("SALE10", "NAURYZ", "WELCOME5", "SMS2026", "FREE-SHIP", "ЖАЗ15")
LOOKALIKE: Final = str.maketrans("ABEKMHOPCTX", "АВЕКМНОРСТХ")  # Latin letters as Cyrillic ones
PENDING: Final = ("Новый", "В обработке", "Доставляется", "Согласован с клиентом")
DONE: Final = ("Выполнен", "Доставлен")
_PHONES: Final = ("+7 701 {0:03} {1:02} {2:02}", "8701{0:03}{1:02}{2:02}", "7701{0:03}{1:02}{2:02}")


@dataclass(frozen=True, slots=True)
class Market:
    """Who sells for the brands, and by what the shop's orders could be theirs."""

    seed: int
    creators: int
    enrolments: Sequence[tuple[int, int]]  # (offer, creator) of enrolment 1, 2, …
    codes: Sequence[str]  # of brand 1, by id - 1; an enrolment begins with the code of its number
    owners: Sequence[CodeOwnership]
    other_codes: Sequence[tuple[str, int]]  # of brand 2, with their enrolments
    skus: Sequence[tuple[str, int]]  # reserved, with their enrolments
    # Codes that no other is like but for one sign: a wrong spelling of one can mean no other. The
    # references do not look for a sign too many or too few, and the product always does.
    alone: frozenset[str]

    @property
    def own(self) -> range:
        """Enrolments in offers of brand 1."""
        return range(1, len(self.enrolments) - len(self.other_codes) + 1)


def market(seed: int, rows: int) -> Market:
    """A few thousand creators, fewer where few rows are sold."""
    chance = random.Random(seed)
    count = min(3_000, max(40, rows // 25))
    taken: list[tuple[int, int]] = []
    for creator in range(FIRST_CREATOR, FIRST_CREATOR + count):
        liked = set(chance.choices(range(1, len(RULES) + 1), LIKED, k=chance.choice((1, 1, 2, 3))))
        taken += [(offer, creator) for offer in sorted(liked)]
    own = len(taken)
    texts = [f"{NAMES[number % len(NAMES)]}{number + 10}" for number in range(own)]
    owners: list[CodeOwnership] = []
    for number, text in enumerate(texts, 1):
        until = None
        if chance.random() < 0.15:  # withdrawn; after its rest it is given to somebody else
            until = SINCE + chance.random() * (NOW - SINCE)
            until = until.replace(microsecond=0)
            again = until + codes.COOLDOWN
            if again < NOW and chance.random() < 0.7:
                owners.append(
                    CodeOwnership(
                        code=CodeId(number),
                        normal=text,
                        enrolment=EnrolmentId(chance.randint(1, own)),
                        since=again,
                    )
                )
        begun = SINCE - timedelta(days=chance.randint(5, 60))
        owners.append(
            CodeOwnership(
                code=CodeId(number),
                normal=text,
                enrolment=EnrolmentId(number),
                since=begun,
                until=until,
            )
        )
    others = [
        (len(RULES) + chance.choice((1, 2)), FIRST_CREATOR + creator)
        for creator in range(0, count, 10)
    ]
    return Market(
        seed=seed,
        creators=count,
        enrolments=[*taken, *others],
        codes=texts,
        owners=owners,
        other_codes=[(texts[number], own + number + 1) for number in range(len(others))],
        skus=[(f"BLOG-{number}", chance.randint(1, own)) for number in range(max(5, count // 15))],
        alone=_alone(texts),
    )


def _alone(texts: Sequence[str]) -> frozenset[str]:
    known = set(texts)
    near = {text for text in texts if not known.isdisjoint(without_one(text))}
    near |= {shorter for text in texts for shorter in without_one(text) & known}
    return frozenset(known - near)


# --- files ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Files:
    """What is kept of a market by its seed and size."""

    orders: Path  # the export
    daily: Path  # the next day's: 2 % of the rows changed, 1 % are new
    clicks: Path  # click id, enrolment, seconds since the epoch


def files(seed: int, rows: int) -> Files:
    """The files of a market, made where they are not there yet from an earlier run."""
    folder = _kept() / f"{seed}-{rows}"
    made = Files(*(folder / name for name in ("orders.csv", "daily.csv", "clicks.csv")))
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _export(market(seed, rows), rows, made)
        (folder / "done").touch()
    return made


def cabinet(seed: int, rows: int, kind: str = "exported") -> Path:
    """Brand 2's export of the Kaspi cabinet, made where it is not there yet.

    `exported` has inline texts, `saved` is as Excel saves that (shared strings), and `typed` has
    numbers and days in it.
    """
    file = _kept() / f"{seed}-{rows}-{kind}.xlsx"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        _cabinet(file.with_suffix(".part"), seed, rows, kind)
        file.with_suffix(".part").rename(file)
    return file


def _kept() -> Path:
    """A folder for the files that this version of the market makes."""
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    return Path(tempfile.gettempdir()) / "ules-bench" / version


def _export(on: Market, rows: int, made: Files) -> None:
    chance = random.Random(on.seed + 1)
    with (
        made.orders.open("w", encoding="utf-8", newline="") as today,
        made.daily.open("w", encoding="utf-8", newline="") as next_day,
        made.clicks.open("w", encoding="utf-8", newline="") as touched,
    ):
        export, daily = (csv.writer(file, delimiter=DELIMITER) for file in (today, next_day))
        clicks = csv.writer(touched)
        export.writerow(HEADER)
        daily.writerow(HEADER)
        number = 0
        for row, click, again in _rows(on, chance, rows):
            number += 1
            export.writerow(row)
            if click is not None:
                clicks.writerow(click)
            daily.writerow(row if again or chance.random() > 0.023 else _changed(row, chance))
        for row, click, _ in _rows(on, chance, max(1, rows // 100), after=number):
            daily.writerow(row)
            if click is not None:
                clicks.writerow(click)
        for file in (export, daily):
            file.writerow(("Итого", *[""] * 6, "1,00", *[""] * (len(HEADER) - 8)))


Row = list[str]
Touch = tuple[str, int, int]


def _rows(
    on: Market, chance: random.Random, count: int, after: int = 0
) -> Iterator[tuple[Row, Touch | None, bool]]:
    """Rows of the export, oldest first.

    Each with the click that brought the order, if one did, and whether the order has two rows.
    """
    since, until = (SINCE, NOW - timedelta(hours=1)) if not after else (NOW, TOMORROW)
    start = int(since.timestamp())
    step = (int(until.timestamp()) - start) / count
    end = int(until.timestamp())
    own = on.own
    for number in itertools.count():
        if number >= count:
            return
        at = start + int(step * (number + chance.random() * 0.9))
        row, enrolment, touched = _row(on, chance, 700_000_001 + (after + number) * 3, at, end, own)
        click = (row[11], enrolment, touched) if touched else None
        spoilt = chance.random()
        if spoilt < 0.002:
            _spoil(row, chance)
        elif spoilt < 0.012 and row[2] in DONE and number + 1 < count:
            earlier = row.copy()
            earlier[2], earlier[3] = PENDING[0], row[1]
            yield earlier, click, True
            count -= 1
            yield row, None, True
            continue
        yield row, click, False


def _row(
    on: Market, chance: random.Random, number: int, at: int, end: int, own: range
) -> tuple[Row, int, int]:
    """One order; and whose click came back with it at what time, 0 where none did."""
    status, changed = _status(chance, at, end)
    quantity = 1 if chance.random() < 0.9 else chance.randint(2, 4)
    amount = chance.randint(150_000, 4_500_000) // 1_000 * 1_000 + chance.choice((0, 0, 0, 50))
    refund = ""
    if status in DONE and chance.random() < 0.02:
        refund = _money(amount // chance.choice((2, 3, 4)))
    phone = ""
    if chance.random() < 0.7:
        shape = _PHONES[int(chance.random() * 3)]
        buyer = int(chance.random() * 4_000_000)
        phone = shape.format(buyer // 10_000, buyer // 100 % 100, buyer % 100)
    code, sku, click = "", f"ART-{int(chance.random() * 2_000):04}", ""
    enrolment = touched = 0
    drawn = chance.random()
    if drawn < 0.125:
        code = on.codes[int(chance.random() ** 1.5 * len(on.codes))]
        kind = chance.random()
        if kind < 0.06:  # two creators' codes in one cell
            code += chance.choice((", ", " + ")) + on.codes[int(chance.random() * len(on.codes))]
        elif kind < 0.09:
            code += "; " + NOBODYS_CODES[0]
        elif kind < 0.20:
            code = code.lower()
    elif drawn < 0.185:
        code = NOBODYS_CODES[int(chance.random() * len(NOBODYS_CODES))]
    elif drawn < 0.192:  # the wrong keyboard, a stray sign
        code = on.codes[int(chance.random() * len(on.codes))]
        wrong = code.translate(LOOKALIKE) if chance.random() < 0.7 else f"{code[:3]}-{code[3:]}"
        code = wrong if code in on.alone else code
    elif drawn < 0.225:
        enrolment = int(chance.random() * len(on.enrolments)) + 1
        touched = at - int(chance.random() ** 3 * 40 * 86_400) - 5
        click = f"c{number:x}{int(chance.random() * 2**40):010x}"
    elif drawn < 0.245:
        click = f"gclid.{number:x}"  # somebody else's
    if chance.random() < 0.008:
        sku = on.skus[int(chance.random() * len(on.skus))][0]
    row = [
        str(number), _local(at), status, _local(changed), GOODS[number % len(GOODS)], sku,
        str(quantity), _money(amount), refund, code, phone, click, "KZT",
        CITIES[number % len(CITIES)],
    ]  # fmt: skip
    return row, enrolment, touched


def _status(chance: random.Random, at: int, end: int) -> tuple[str, int]:
    """A status and the time of its change; old orders are mostly done."""
    days, drawn = (end - at) / 86_400, chance.random()
    if days < 2 or drawn < 0.03:
        return PENDING[int(chance.random() ** 4 * len(PENDING))], min(end, at + 600)
    if drawn < 0.035:
        return "Ожидает отмены", min(end, at + 40_000)
    if drawn < 0.12:
        return "Отменен", min(end, at + 3_600 + int(chance.random() * 86_400))
    if drawn < 0.15:
        return "Возвращен", min(end, at + int((4 + 14 * chance.random()) * 86_400))
    return DONE[drawn < 0.5], min(end, at + int((1 + 4 * chance.random()) * 86_400))


def _changed(row: Row, chance: random.Random) -> Row:
    """The row as the next day's export has it; what is cancelled or returned stays so."""
    row = row.copy()
    if row[2] in DONE:
        if chance.random() < 0.7:
            row[2] = "Возвращен"
        elif not row[8] and row[7].replace(",", "").isdigit():  # not what is damaged
            row[8] = _money(int(row[7].replace(",", "")) // 2)
    elif row[2] in PENDING:
        row[2] = chance.choice((*DONE, "Отменен"))
    else:
        return row
    row[3] = _local(int((NOW + timedelta(seconds=chance.randint(60, 80_000))).timestamp()))
    return row


def _spoil(row: Row, chance: random.Random) -> None:
    """A line that is no order."""
    column, text = chance.choice(((0, ""), (1, "вчера"), (7, "много"), (12, "RUB")))
    row[column] = text


def _cabinet(file: Path, seed: int, rows: int, kind: str) -> None:
    """28 columns of text and one for the codes; some orders have several items."""
    chance = random.Random(seed + 2)
    on = market(seed, rows * 10)
    start, step = int(SINCE.timestamp()), (NOW - SINCE).total_seconds() / rows
    columns = {name: column for column, name in enumerate((*HEADERS, "Промокод"))}
    with xlsxwriter.Workbook(file, {"constant_memory": kind == "exported"}) as book:
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet = book.add_worksheet("Sheet0")
        sheet.write_row(0, 0, columns)
        number = 500_000_001
        for line in range(1, rows + 1):
            at = start + int(step * line)
            status, changed = _status(chance, at, start + int(step * rows))
            number += 0 if line > 1 and chance.random() < 0.05 else 7
            code, _ = chance.choice(on.other_codes)
            cells = {
                "№ заказа": str(number),
                "Дата поступления заказа": _local(at)[:10],
                "Название товара в Kaspi Магазине": GOODS[line % len(GOODS)],
                "Название в системе продавца": GOODS[line % len(GOODS)],
                "Артикул": f"ART-{line % 2_000:04}",
                "Сумма": str(chance.randint(1_500, 45_000)),
                "Категория": "Уход за лицом",
                "Адрес самовывоза/доставки": f"{CITIES[line % len(CITIES)]}, Абая, {line % 150}",
                "Дата изменения статуса": _local(changed)[:10],
                "Статус": {"Выполнен": "Выдан", "Доставлен": "Выдан"}.get(status, status),
                "Способ оплаты": "Kaspi Pay",
                "Способ доставки": "Kaspi Доставка",
                "Курьерская служба": "Kaspi",
                "Количество": "1",
                "Стоимость доставки для покупателя": "0",
                "Стоимость доставки для продавца": str(chance.randint(300, 1_200)),
                "Склад передачи КД": f"PP{line % 5}",
                "Промокод": code if chance.random() < 0.15 else "",
            }
            for name, text in cells.items():
                if kind == "typed" and text.isdecimal():
                    sheet.write_number(line, columns[name], int(text))
                elif kind == "typed" and name.startswith("Дата"):
                    on_day = datetime.strptime(text, "%d.%m.%Y")  # noqa: DTZ007 - a day
                    sheet.write_datetime(line, columns[name], on_day, day)
                elif text:
                    sheet.write_string(line, columns[name], text)


_SHIFT: Final = int(ALMATY.utcoffset(NOW.replace(tzinfo=None)).total_seconds())  # type: ignore[union-attr]


def _local(at: int) -> str:
    return datetime.fromtimestamp(at + _SHIFT, UTC).strftime("%d.%m.%Y %H:%M:%S")


def _money(minor: int) -> str:
    return f"{minor // 100},{minor % 100:02}"


# --- the database --------------------------------------------------------------------------------


async def build(engine: AsyncEngine, on: Market, clicked: Path) -> None:
    """Put the market into an empty migrated database; brand 1's table is its source 1."""
    begun = SINCE - timedelta(days=100)
    people_ids = [*MANAGERS, *range(FIRST_CREATOR, FIRST_CREATOR + on.creators)]
    rules = [*RULES, *OTHER_RULES]
    tables: list[tuple[sa.Table, list[dict[str, Any]]]] = [
        (people, [
            {"id": one, "telegram_id": 1_000 + one, "name": f"P{one}", "locale": Locale.KK,
             "created_at": begun}
            for one in people_ids
        ]),
        (creators, [
            {"person_id": one, "state": CreatorState.ACTIVE, "display_name": f"P{one}",
             "city": "Алматы", "languages": [Locale.KK], "categories": [Category.BEAUTY],
             "created_at": begun}
            for one in people_ids[len(MANAGERS):]
        ]),
        (brands, [
            {"id": brand, "name": name, "legal_name": f"ТОО «{name}»", "bin": f"21044000000{brand}",
             "fee_bps": fee, "created_at": begun}
            for brand, name, fee in zip((BRAND, OTHER_BRAND), ("Shyraq", "Dala"), FEE_BPS,
                                        strict=True)
        ]),
        (brand_managers, [
            {"brand_id": brand, "person_id": person, "role": BrandRole.OWNER}
            for brand, person in zip((BRAND, OTHER_BRAND), MANAGERS, strict=True)
        ]),
        (offers, [
            {"id": offer, "brand_id": BRAND if offer <= len(RULES) else OTHER_BRAND,
             "state": OfferState.ACTIVE, "category": Category.BEAUTY,
             "place": Place.OWN_SHOP if offer <= len(RULES) else Place.KASPI,
             "url": "https://shop.example/p", "discount_bps": 1_000, "created_at": begun}
            for offer in range(1, len(rules) + 1)
        ]),
        (offer_texts, [
            {"offer_id": offer, "locale": locale, "title": f"Крем {offer}", "description": "…"}
            for offer in range(1, len(rules) + 1)
            for locale in (Locale.KK, Locale.RU)
        ]),
        (terms, [
            _terms(offer, offer, 1, rule, begun) for offer, rule in enumerate(rules, 1)
        ] + [_terms(100, BETTERED, 2, Rule(percent_bps=800), begun)]),
        (enrolments, [
            {"id": number, "offer_id": offer, "creator_id": creator,
             "brand_id": BRAND if offer <= len(RULES) else OTHER_BRAND, "terms_id": offer,
             "state": EnrolmentState.ACTIVE, "accepted_at": begun}
            for number, (offer, creator) in enumerate(on.enrolments, 1)
        ]),
        (enrolment_terms, [
            {"enrolment_id": number, "since": since, "terms_id": version}
            for number, (offer, _) in enumerate(on.enrolments, 1)
            if offer == BETTERED
            for since, version in ((begun, 100), (BETTERED_AT, BETTERED))
        ]),
        (links, [
            {"id": number, "enrolment_id": number, "slug": f"s{number}", "created_at": begun}
            for number in range(1, len(on.enrolments) + 1)
        ]),
        (promo_codes, [
            {"id": number, "brand_id": BRAND, "normal": text, "folded": codes.folded(text)}
            for number, text in enumerate(on.codes, 1)
        ] + [
            {"id": len(on.codes) + number, "brand_id": OTHER_BRAND, "normal": text,
             "folded": codes.folded(text)}
            for number, (text, _) in enumerate(on.other_codes, 1)
        ]),
        (code_shapes, [
            {"brand_id": BRAND, "shape": shape, "code_id": number}
            for number, text in enumerate(on.codes, 1) for shape in sorted(of_code(text))
        ] + [
            {"brand_id": OTHER_BRAND, "shape": shape, "code_id": len(on.codes) + number}
            for number, (text, _) in enumerate(on.other_codes, 1) for shape in sorted(of_code(text))
        ]),
        (code_ownerships, [
            {"code_id": held.code, "enrolment_id": held.enrolment, "since": held.since,
             "until": held.until}
            for held in on.owners
        ] + [
            {"code_id": len(on.codes) + number, "enrolment_id": enrolment, "since": begun,
             "until": None}
            for number, (_, enrolment) in enumerate(on.other_codes, 1)
        ]),
        (sku_reservations, [
            {"brand_id": BRAND, "sku": sku, "enrolment_id": enrolment, "since": begun}
            for sku, enrolment in on.skus
        ]),
    ]  # fmt: skip
    async with engine.begin() as connection:
        for table, rows in tables:
            for chunk in chunks(rows, 1_000):
                await connection.execute(sa.insert(table), chunk)
        if engine.dialect.name == "postgresql":
            for table, rows in tables:
                if "id" in table.c and "id" in rows[0]:
                    await connection.execute(
                        sa.text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), :last)"),
                        {"last": max(row["id"] for row in rows)},
                    )
    async with unit_of_work_factory(engine)() as uow:
        funds = tenge(10_000_000_000)
        await uow.ledger.post(
            [top_up(brand, funds, str(brand), begun) for brand in (BRAND, OTHER_BRAND)]
        )
        found = guess(HEADER)
        await uow.sources.ensure(
            BRAND,
            SourceKind.TABLE,
            Place.OWN_SHOP,
            fingerprint=found.fingerprint,
            mapping=found.to_json(),
            settings={},
            now=begun,
        )
        with clicked.open(encoding="utf-8", newline="") as file:
            touched = [
                Click(
                    id=click,
                    link_id=LinkId(int(link)),
                    at=datetime.fromtimestamp(int(at), UTC),
                    visitor="",
                    lang=Locale.KK,
                    counted=True,
                )
                for click, link, at in csv.reader(file)
            ]
        for some in chunks(touched, 10_000):
            await uow.links.store_clicks(some)
        await uow.commit()


def _terms(number: int, offer: int, version: int, rule: Rule, since: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "offer_id": offer,
        "version": version,
        "rule": rule.to_json(),
        "hold_days": HOLD_DAYS,
        "window_days": WINDOW_DAYS,
        "proof_required": offer == PROVEN,
        "min_order_minor": 500_000 if offer == DEAR else 0,
        "credit_policy": CreditPolicy.GRADE_FIRST,
        "created_at": since,
        "first_order": bool(rule.first_order),
    }
