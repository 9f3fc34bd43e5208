"""`ules demo --story`: the main job from the invitation to the payout, without a browser."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiogram.filters.callback_data import CallbackData

from bot.callbacks.admin_brands import AdminBrand, NewBrand, NewBrandAction
from bot.callbacks.admin_funds import TopUp, TopUpAction
from bot.callbacks.admin_offers import OfferReview, OfferVerdict
from bot.callbacks.admin_payouts import PayoutAction, PayoutCard
from bot.callbacks.brand_import import Format, ImportAction, ImportForm, RejectedFile
from bot.callbacks.brand_offers import FormMove, OfferForm
from bot.callbacks.brand_orders import BrandOrders
from bot.callbacks.brand_proofs import ProofReview, Verdict
from bot.callbacks.brand_team import InviteManager, Team
from bot.callbacks.near_misses import NearMisses
from bot.callbacks.offers import Catalogue, OfferCard, TakeOffer
from bot.callbacks.onboarding import FirstStep, GiveConsent, Onboarding
from bot.callbacks.orders import OrderCard
from bot.callbacks.payout_details import AskDetail, ConfirmIban, Detail, PickStatus
from bot.callbacks.people import Language, PayoutDetails
from bot.callbacks.profile import Field, Pick, Picked
from bot.callbacks.proofs import FormAction, ProofForm
from bot.callbacks.wallet import Wallet, WalletAction, WithdrawConfirm
from bot.i18n import Translator, translator
from core.ids import BrandId
from core.labels import label_text
from core.ledger import Account
from core.money import Money, tenge
from core.orders import ALMATY, Place
from core.people import BrandRole, Category, LegalStatus, Locale
from core.usecases.books import check_ledger
from scripts.application import OPERATOR, Application, find, shown
from scripts.sandbox import Message, Person, SandboxPerson
from scripts.sandbox.state import Output, OutputKind
from scripts.seed_pictures import offer_picture

NAMES: Final = {
    Locale.KK: ("Дана Әлібек", "Ерлан Досов", "Айгерім Сәрсенова"),
    Locale.RU: ("Дана Алибекова", "Ерлан Досов", "Айгерим Сарсенова"),
    Locale.EN: ("Dana Alibek", "Yerlan Dossov", "Aigerim Sarsenova"),
}
BRAND: Final = "Aisulu & Co <kz>"
LEGAL_NAME: Final = "«Aisulu Cosmetics» ЖШС"
BIN: Final = "190840000005"
FEE_BPS: Final = 1_500
TOP_UP: Final = tenge(200_000)
IIN: Final = "950321300002"
IBAN: Final = "KZ41722C000000000001"
TEXTS: Final = (  # titles and texts of the offer in kk, ru, en
    "Итмұрын сарысуы",
    "Құрғақ теріге арналған сарысу: итмұрын майы мен гиалурон қышқылы.",
    "Сыворотка с шиповником",
    "Сыворотка для сухой кожи: масло шиповника и гиалуроновая кислота.",
    "Rosehip serum",
    "For dry skin: rosehip oil and hyaluronic acid.",
)
RATE_BPS: Final = 1_200
HOLD_DAYS: Final = 14
FIRST, SECOND, OTHER = tenge(48_900), tenge(36_500), tenge(12_000)
BROWSER: Final = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36"}
TAGS: Final = re.compile(r"<style.*?</style>|<script.*?</script>|<[^>]+>", re.S)
FORMULA: Final = '=HYPERLINK("http://evil.example","x")'
COLUMNS: Final = ("Номер заказа", "Дата заказа", "Статус", "Сумма заказа", "Промокод")
NEW, DELIVERED, RETURNED = "Новый", "Доставлен", "Возвращен"

UNSEEN: Final = (OutputKind.ACTION, OutputKind.DELETION)
NOBODY: Final = BrandId(0)

Say = Callable[[str], object]


class Broken(Exception):
    """A step of the story did not end as it should."""


@dataclass
class Player:
    """Somebody in front of a chat; tells what they do and what they see."""

    app: Application
    person: Person
    say: Say
    tell: Callable[[], None] = field(default=lambda: None)

    @property
    def name(self) -> str:
        """What the story calls them."""
        return self.person.profile.name.partition(" ")[0]

    async def write(self, text: str) -> None:
        """Types a message."""
        self.say(f"  {self.name} ▸ {text}")
        await self.person.send(text)
        await self._see()

    async def tap(self, wanted: type[CallbackData], **fields: Any) -> None:
        """Taps the newest button of this kind."""
        message, label, data = await shown(self.person, wanted, **fields)
        self.say(f"  {self.name} ▸ [{label}]")
        await self.touch(message, data)
        await self._see()

    async def touch(self, message: Message, data: str) -> None:
        """The finger on the button."""
        await self.person.tap(data, message=message)

    async def follow(self, link: str) -> None:
        """Opens a link to the bot."""
        self.say(f"  {self.name} ▸ {link}")
        self.person.mark()
        self.person.follow(link)
        await self._see()

    async def send_photo(self, content: bytes) -> None:
        """Sends a picture."""
        self.say(f"  {self.name} ▸ [picture]")
        await self.person.send_photo(content)
        await self._see()

    async def send_file(self, name: str, content: bytes) -> None:
        """Sends a file."""
        self.say(f"  {self.name} ▸ [file {name}, {len(content)} B]")
        await self.person.send_document(name, content)
        await self._see()

    def demand(self, *wanted: str) -> None:
        """All these words are on the screen: in what came since the last action."""
        seen = self._since()
        for words in wanted:
            if not any(words in output.text for output in seen):
                shown = "\n".join(repr(output.text) for output in seen)
                raise Broken(f"{self.name} does not see {words!r} but:\n{shown}")

    def demand_picture(self) -> Message:
        """A picture came since the last action."""
        for output in reversed(self._since()):
            if output.body and "photo" in output.body and output.message_id is not None:
                return Message(self.person.state, self.person.chat.posts[output.message_id])
        raise Broken(f"{self.name} sees no picture")

    def demand_button(self, wanted: type[CallbackData], **fields: object) -> None:
        """There is such a button in the chat."""
        if find(self.person, wanted, **fields) is None:
            raise Broken(f"{self.name} has no button {wanted.__name__} {fields or ''}")

    async def _see(self) -> None:
        await self.app.settle()
        self.tell()

    def _since(self) -> list[Output]:
        return [
            output
            for output in self.person.state.outputs
            if output.chat_id == self.person.id and output.number > self.person._since
        ]


@dataclass
class Story:
    """The people, what they know so far, and the steps in their order."""

    app: Application
    locale: Locale
    say: Say
    players: tuple[Player, Player, Player]
    t: Translator
    brand: BrandId = NOBODY
    code: str = ""
    link: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    _told: int = 0

    @property
    def steps(self) -> Sequence[tuple[str, Callable[[], Awaitable[None]]]]:
        """What happens, in order."""
        return (
            ("The operator makes a brand and invites its owner", self._make_brand),
            ("The owner follows the invitation", self._join),
            ("The operator books the brand's money", self._fund),
            ("The manager writes an offer, looks at it and publishes it", self._write_offer),
            ("The operator approves the offer", self._approve_offer),
            ("A creator comes: language, consent, profile", self._come),
            ("The creator takes the offer: code, link, picture, label", self._take),
            ("A buyer opens the link", self._click),
            ("The creator sends a proof, the manager accepts it", self._prove),
            ("The manager sends a file of orders", self._send_orders),
            ("The creator sees the order and why it counts", self._see_order),
            ("The same file again changes nothing", self._send_again),
            ("A newer file says that the orders are delivered", self._deliver),
            ("Fifteen days later the money is available", self._mature),
            ("The creator fills in the details and asks for a payout", self._ask_payout),
            ("The operator approves and pays", self._pay),
            ("A return after the payout is taken back", self._take_back),
            ("The books are right", self._close_books),
        )

    def tell(self) -> None:
        """Say what people have seen since the last time."""
        outputs = self.app.sandbox.state.outputs
        names = {player.person.id: player.name for player in self.players}
        for output in outputs[self._told :]:
            if output.chat_id in names and output.kind not in UNSEEN:
                self.say(f"  {names[output.chat_id]}: " + "\n      ".join(_seen(output)))
        self._told = len(outputs)

    # the brand

    async def _make_brand(self) -> None:
        operator, _, _ = self.players
        await operator.write("/start")
        await operator.tap(Language, locale=self.locale)
        await operator.write("/brands")
        await operator.tap(NewBrand, action=NewBrandAction.BEGIN)
        for answer in (BRAND, LEGAL_NAME, BIN, "15"):
            await operator.write(answer)
        operator.demand(BRAND, LEGAL_NAME)
        await operator.tap(NewBrand, action=NewBrandAction.CREATE)
        operator.demand(BRAND)
        await operator.tap(Team)
        await operator.tap(InviteManager, role=BrandRole.OWNER)
        operator.demand("start=inv_")
        async with self.app.new_uow(read_only=True) as uow:
            self.brand = (await uow.brands.by_bins([BIN]))[BIN]

    async def _join(self) -> None:
        operator, manager, _ = self.players
        link = re.search(r"https://t\.me/\S+start=inv_[\w-]+", operator.person.last.text)
        if link is None:
            raise Broken("there is no invitation link")
        await manager.follow(link[0])
        await manager.tap(Language, locale=self.locale)
        manager.demand(BRAND)

    async def _fund(self) -> None:
        operator, manager, _ = self.players
        await operator.write("/brands")
        await operator.tap(AdminBrand, brand=self.brand)
        await operator.tap(TopUp, action=TopUpAction.BEGIN)
        await operator.write(str(TOP_UP.decimal))
        await operator.write("PP-2026-114")
        operator.demand(self.t.value(TOP_UP))
        await operator.tap(TopUp, action=TopUpAction.CONFIRM)
        operator.demand(self.t.value(TOP_UP))
        self._received(manager, self.t.value(TOP_UP))

    async def _write_offer(self) -> None:
        _, manager, _ = self.players
        await manager.write("/newoffer")
        for text in TEXTS:
            await manager.write(text)
        await manager.send_photo(offer_picture(TEXTS[0], "Aisulu", Category.BEAUTY))
        await manager.tap(OfferForm, move=FormMove.CHOOSE, value=Category.BEAUTY)
        await manager.tap(OfferForm, move=FormMove.CHOOSE, value=Place.OWN_SHOP)
        await manager.write("aisulu.example/serum")
        await manager.tap(OfferForm, move=FormMove.SKIP, step="click_param")
        await manager.tap(OfferForm, move=FormMove.CHOOSE, step="discount", value="10")
        await manager.tap(OfferForm, move=FormMove.CHOOSE, step="kind", value="percent")
        await manager.write("12")
        for section, step, choice in (
            ("rules", "hold_days", str(HOLD_DAYS)),
            ("rules", "window_days", "30"),
            ("rules", "proof", "yes"),
        ):
            await manager.tap(OfferForm, move=FormMove.SECTION, value=section)
            await manager.tap(OfferForm, move=FormMove.GO, step=step, value="open")
            await manager.tap(OfferForm, move=FormMove.CHOOSE, step=step, value=choice)
            await manager.tap(OfferForm, move=FormMove.OVERVIEW)
        await manager.tap(OfferForm, move=FormMove.PREVIEW)
        manager.demand(self._title)  # in the manager's own language at first
        for number, locale in enumerate(Locale):
            if locale is not self.locale:
                await manager.tap(OfferForm, move=FormMove.PREVIEW, value=locale)
                manager.demand(TEXTS[2 * number])
        await manager.tap(OfferForm, move=FormMove.PUBLISH)
        await manager.tap(OfferForm, move=FormMove.PUBLISH_YES)

    async def _approve_offer(self) -> None:
        operator, manager, _ = self.players
        await operator.tap(OfferReview, verdict=OfferVerdict.SHOW)
        operator.demand(TEXTS[0])
        await operator.tap(OfferReview, verdict=OfferVerdict.APPROVE)
        await operator.tap(OfferReview, verdict=OfferVerdict.APPROVE_YES)
        self._received(manager, self._title)

    # the creator

    async def _come(self) -> None:
        _, _, creator = self.players
        await creator.write("/start")
        creator.demand("Тілді таңдаңыз", "Выберите язык")
        await creator.tap(Language, locale=self.locale)
        await creator.tap(Onboarding, step=FirstStep.CREATOR)
        creator.demand("180540000002")  # whom the consent is given to
        await creator.tap(GiveConsent)
        await creator.write(creator.person.profile.name)
        await creator.tap(Pick, field=Field.CITY, value="0")
        await creator.tap(Pick, field=Field.CATEGORIES, value=Category.BEAUTY)
        await creator.tap(Picked, field=Field.CATEGORIES)
        await creator.write("instagram.com/aigerim_beauty")
        await creator.write("12500")

    async def _take(self) -> None:
        _, manager, creator = self.players
        await creator.tap(Catalogue)
        creator.demand(self._title)
        await creator.tap(OfferCard)
        creator.demand_picture()
        await creator.tap(TakeOffer)
        async with self.app.new_uow(read_only=True) as uow:
            person = (await uow.people.by_telegram_ids([creator.person.id]))[creator.person.id]
            ((enrolment, *_),) = [await uow.enrolments.of_creator(person, after=None, limit=1)]
        self.code = enrolment.code
        self.link = f"{self.app.settings.public_url}/r/{enrolment.slug}"
        creator.demand(self.code, self.link, label_text(LEGAL_NAME))
        qr = creator.demand_picture()
        if self.code not in qr.text:
            raise Broken("the QR card does not name the code")
        self._received(manager, self._title)

    async def _click(self) -> None:
        self.say(f"  Buyer ▸ GET {self.link}")
        headers = BROWSER | {"Accept-Language": str(self.locale)}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(self.link, allow_redirects=False) as answer,
        ):
            page = await answer.text()
        plain = " ".join(re.sub(TAGS, " ", page).split())
        self.say(f"  Buyer: {answer.status} {plain}")
        if answer.status != 200 or self.code not in page or "aisulu.example/serum" not in page:
            raise Broken("the landing page does not show the code and the way to the shop")
        await self.app.running.jobs.sweep()
        _, _, creator = self.players
        await creator.write("/codes")
        creator.demand(self.t.plural("{n} click", "{n} clicks", 1))

    async def _prove(self) -> None:
        _, manager, creator = self.players
        await creator.write("/proof")
        await creator.write("https://www.instagram.com/p/C8xYz1AbCdE/")
        await creator.write(f"{label_text(LEGAL_NAME)}. {TEXTS[0]} – {self.code}")
        await creator.tap(ProofForm, action=FormAction.SEND)
        await manager.tap(ProofReview, verdict=Verdict.SHOW)
        manager.demand(self.code)
        await manager.tap(ProofReview, verdict=Verdict.ACCEPT)
        self._received(creator, self._title)

    # orders and money

    async def _send_orders(self) -> None:
        _, manager, _ = self.players
        await self.app.advance(days=1)
        self.files["first"] = self._file(NEW, wrong=True)
        await manager.write("/import")
        await self._import(self.files["first"], "orders-1.csv")
        await manager.tap(RejectedFile, format=Format.CSV)
        rejected = manager.person.last.download().decode("utf-8-sig")
        self.say("      " + rejected.strip().replace("\n", "\n      "))
        if "A-104" not in rejected or re.search(r"(?:^|[;,\t])\"?[=+@]", rejected, re.M):
            raise Broken(f"the file of rejected lines is not as it should be:\n{rejected}")
        await manager.write("/orders")
        await manager.tap(NearMisses)
        manager.demand("A-103")

    async def _see_order(self) -> None:
        _, _, creator = self.players
        self._received(creator, BRAND)
        await creator.write("/orders")
        creator.demand_button(OrderCard)
        await creator.tap(OrderCard)
        creator.demand(self.code)
        await self._demand_money(pending=self._earned, in_hold=Money(0), available=Money(0))

    async def _send_again(self) -> None:
        creator = self.players[2]
        before = await self._books(), creator.person.state.next_number()
        await self._import(self.files["first"], "orders-1.csv")
        if await self._books() != before[0]:
            raise Broken("the same file has moved money")
        news = [
            output
            for output in creator.person.state.outputs
            if output.number > before[1] and output.chat_id == creator.person.id
        ]
        if news:
            raise Broken(f"the creator is told of nothing new: {news[0].text!r}")

    async def _deliver(self) -> None:
        _, _, creator = self.players
        await self.app.advance(days=2)
        await self._import(self._file(DELIVERED), "orders-2.csv")
        self._received(creator, self.t.value(self._earned))
        await creator.write("/wallet")
        creator.demand(self.t.value(self._earned))
        await self._demand_money(pending=Money(0), in_hold=self._earned, available=Money(0))

    async def _mature(self) -> None:
        _, _, creator = self.players
        await self.app.advance(days=HOLD_DAYS + 1)
        self._received(creator, self.t.value(self._earned))
        await creator.write("/wallet")
        await self._demand_money(pending=Money(0), in_hold=Money(0), available=self._earned)

    async def _ask_payout(self) -> None:
        operator, _, creator = self.players
        await creator.tap(Wallet, action=WalletAction.WITHDRAW)
        await creator.tap(PayoutDetails)
        if find(creator.person, PickStatus, status=LegalStatus.SELF_EMPLOYED) is None:
            await creator.tap(AskDetail, detail=Detail.STATUS)
        await creator.tap(PickStatus, status=LegalStatus.SELF_EMPLOYED)
        await creator.write(IIN)
        await creator.write(IBAN)
        creator.demand("Kaspi Bank")
        await creator.tap(ConfirmIban)
        await creator.tap(Wallet)
        await creator.tap(Wallet, action=WalletAction.WITHDRAW)
        await creator.tap(Wallet, action=WalletAction.ALL)
        creator.demand(self.t.value(self._earned), IBAN[-4:])
        await creator.tap(WithdrawConfirm)
        creator.demand(self.t.value(self._earned))
        self._received(operator, self.t.value(self._earned))

    async def _pay(self) -> None:
        operator, _, creator = self.players
        await operator.tap(PayoutCard, action=PayoutAction.SHOW)
        await operator.tap(PayoutCard, action=PayoutAction.ASK_APPROVE)
        await operator.tap(PayoutCard, action=PayoutAction.APPROVE)
        await operator.tap(PayoutCard, action=PayoutAction.ASK_PAID)
        await operator.tap(PayoutCard, action=PayoutAction.PAID)
        self._received(creator, self.t.value(self._earned))
        await self._demand_money(pending=Money(0), in_hold=Money(0), available=Money(0))

    async def _take_back(self) -> None:
        _, _, creator = self.players
        await self.app.advance(days=2)
        await self._import(self._file(DELIVERED, second=RETURNED), "orders-3.csv")
        await creator.write("/wallet")
        lost = SECOND.share(RATE_BPS)
        creator.demand(self.t.value(-lost))
        await self._demand_money(pending=Money(0), in_hold=Money(0), available=-lost)

    async def _close_books(self) -> None:
        async with self.app.new_uow(read_only=True) as uow:
            rows = await uow.orders.of_brand(self.brand, after=None, limit=50)
        self.say("  Orders:")
        for row in reversed(rows):
            state = row.commission_state.value if row.commission_state else "–"
            grade = f"{row.grade.value} {row.evidence_value}" if row.grade else "no evidence"
            self.say(
                f"    {row.external_id}  {row.status.value:<9} {row.net.decimal:>10}  {grade:<18}"
                f"  {row.creator_name or '–':<20}  {row.commission.decimal:>9}  {state}"
            )
        self.say("  Balances, tenge:")
        for name, amount in (await self._books()).items():
            self.say(f"    {name:<18} {amount.decimal:>12}")
        report = await check_ledger(self.app.new_uow)
        self.say(
            f"  Ledger: {report.transfers} transfers, {report.entries} entries, "
            f"{'sound' if report.sound else 'NOT SOUND'}"
        )
        if not report.sound:
            raise Broken(str(report))
        if unanswered := self.app.sandbox.unanswered:
            raise Broken(f"{len(unanswered)} taps were never answered")

    # inside

    @property
    def _title(self) -> str:
        return TEXTS[2 * list(Locale).index(self.locale)]

    @property
    def _earned(self) -> Money:
        return FIRST.share(RATE_BPS) + SECOND.share(RATE_BPS)

    def _received(self, player: Player, words: str) -> None:
        """A message with these words is among the newest of the chat."""
        if not any(words in message.text for message in player.person.received[-4:]):
            shown = "\n".join(repr(message.text) for message in player.person.received[-4:])
            raise Broken(f"{player.name} was not told {words!r} but:\n{shown}")

    def _file(self, status: str, *, second: str = "", wrong: bool = False) -> bytes:
        """The shop's orders as it would export them now; `wrong` adds a line that is no order."""
        day = datetime(2026, 11, 21, tzinfo=ALMATY)
        rows = [
            ("A-101", day + timedelta(hours=15), status, "48 900,00", self.code),
            ("A-102", day + timedelta(hours=16), second or status, "36 500,00", self.code.lower()),
            ("A-103", day + timedelta(hours=17), status, "12 000,00", _lookalike(self.code)),
        ]
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";")
        writer.writerow(COLUMNS)
        for number, at, state, amount, code in rows:
            writer.writerow((number, at.strftime("%d.%m.%Y %H:%M"), state, amount, code))
        if wrong:
            writer.writerow(("A-104", "вчера", status, "-", FORMULA))
        return text.getvalue().encode("utf-8-sig")

    async def _import(self, content: bytes, name: str) -> None:
        _, manager, _ = self.players
        await manager.send_file(name, content)
        message = manager.person.last
        if not any(button.data and "imf" in button.data for button in message.buttons):
            raise Broken(f"the file is not understood:\n{message.text}")
        own_shop = list(Place).index(Place.OWN_SHOP)
        if find(manager.person, ImportForm, action=ImportAction.PLACE) is not None:
            await manager.tap(ImportForm, action=ImportAction.PLACE, index=own_shop)
        await manager.tap(ImportForm, action=ImportAction.START)
        await shown(manager.person, BrandOrders, newest=True)  # the result has taken the place
        manager.tell()

    async def _books(self) -> dict[str, Money]:
        creator = self.players[2].person.id
        async with self.app.new_uow(read_only=True) as uow:
            person = (await uow.people.by_telegram_ids([creator]))[creator]
            return {
                "bank": await uow.ledger.balance(Account.BANK, 0),
                "brand funds": await uow.ledger.balance(Account.BRAND_FUNDS, self.brand),
                "creator pending": await uow.ledger.balance(Account.CREATOR_PENDING, person),
                "creator available": await uow.ledger.balance(Account.CREATOR_AVAILABLE, person),
                "creator reserved": await uow.ledger.balance(Account.CREATOR_RESERVED, person),
                "platform fee": await uow.ledger.balance(Account.PLATFORM_FEE, 0),
            }

    async def _demand_money(self, *, pending: Money, in_hold: Money, available: Money) -> None:
        creator = self.players[2].person.id
        async with self.app.new_uow(read_only=True) as uow:
            person = (await uow.people.by_telegram_ids([creator]))[creator]
            held = await uow.results.held(person)
            free = await uow.ledger.balance(Account.CREATOR_AVAILABLE, person)
        got = (held.pending, held.in_hold, free)
        if got != (pending, in_hold, available):
            raise Broken(f"pending, in hold, available are {got}")


def _lookalike(code: str) -> str:
    """The code with a Cyrillic letter in it, as a wrong keyboard makes it."""
    return code.translate(str.maketrans("AEOI", "АЕОІ"))


def _seen(output: Output) -> list[str]:
    """What a person saw: the text by lines, pictures and files, the buttons in brackets."""
    body = output.body or {}
    lines = output.text.splitlines()
    if photo := body.get("photo"):
        lines = [f"[picture {photo[-1]['width']}x{photo[-1]['height']}]", *lines]
    if document := body.get("document"):
        lines = [f"[file {document['file_name']}]", *lines]
    lines += [
        " ".join(f"[{button['text']}]" for button in row)
        for row in body.get("reply_markup", {}).get("inline_keyboard", [])
    ]
    if output.kind is OutputKind.ALERT or output.kind is OutputKind.TOAST:
        lines = [f"({line})" for line in lines]
    return lines


def cast(locale: Locale) -> tuple[SandboxPerson, SandboxPerson, SandboxPerson]:
    """Operator, manager and creator, who read the language."""
    ids = (OPERATOR, OPERATOR + 1, OPERATOR + 2)
    operator, manager, creator = (
        SandboxPerson(telegram_id=number, name=name, language_code=str(locale))
        for number, name in zip(ids, NAMES[locale], strict=True)
    )
    return operator, manager, creator


async def story(*, locale: Locale, say: Say) -> bool:
    """Play the main job in a language; False where a step fails, whose name is said last."""
    with tempfile.TemporaryDirectory(prefix="ules-story-") as folder:
        async with Application(Path(folder), people=cast(locale)) as app:
            return await play(app, locale=locale, say=say)


async def play(
    app: Application, *, locale: Locale, say: Say, player: type[Player] = Player
) -> bool:
    """Play it in an application that was opened with the cast of the language.

    `player` is a kind of people: tests have clumsy and unlucky ones.
    """
    operator, manager, creator = (
        player(app, app.sandbox.somebody(person.telegram_id), say) for person in cast(locale)
    )
    told = Story(app, locale, say, (operator, manager, creator), translator(locale))
    for each in told.players:
        each.tell = told.tell
    for number, (name, step) in enumerate(told.steps, 1):
        say(f"\n{number}. {name}")
        try:
            await step()
        except Exception as error:
            told.tell()
            why = str(error) if isinstance(error, (Broken, AssertionError)) else repr(error)
            say(f"\nFAILED at step {number}, {name}: {why}")
            return False
        told.tell()
    say(f"\nAll {len(told.steps)} steps are done.")
    return True


if __name__ == "__main__":
    raise SystemExit(not asyncio.run(story(locale=Locale.KK, say=print)))
