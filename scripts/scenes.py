"""The main screens of each role: how one gets there in a chat, and what is then on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from aiogram.filters.callback_data import CallbackData

from bot.callbacks.brand_admission import Applications
from bot.callbacks.brand_import import LargeFile, RunCard
from bot.callbacks.brand_offers import BrandOffer, FormMove, How, OfferForm, TakeUp
from bot.callbacks.broadcasts import BroadcastCard
from bot.callbacks.enrolments import EnrolmentCard, QrPicture
from bot.callbacks.offers import OfferCard
from bot.callbacks.orders import OrderCard
from bot.callbacks.reconciliation import BrandReconciliation, MyReconciliation
from bot.callbacks.support import MyTickets, TicketCard
from core.broadcasts import BroadcastState, DeliveryState, Settled
from core.people import Locale
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.broadcasts import (
    pause_broadcast,
    schedule_broadcast,
    start_due_broadcasts,
)
from core.usecases.enrolments import my_enrolments
from core.usecases.people import choose_locale, recognise
from core.usecases.upload_links import ask_link
from scripts import demo, seed_life
from scripts.application import shown
from scripts.sandbox import Person, SandboxPerson
from scripts.sandbox.state import State

STILL: Final = 0.35  # seconds without anything new: the screen is there
PATIENCE: Final = 20.0

ROLES: Final = {
    "creator": ("Блогер", "Блогер", "Creator"),
    "manager": ("Бренд менеджері", "Менеджер бренда", "Brand manager"),
    "admin": ("Әкімші", "Администратор", "Admin"),
}
PEOPLE: Final[dict[str, SandboxPerson]] = {
    "creator": demo.CREATOR,
    "manager": demo.MANAGER,
    "admin": demo.ADMIN,
}


@dataclass
class Visitor:
    """Somebody of the demo who speaks one of the languages now."""

    state: State
    new_uow: UnitOfWorkFactory
    clock: Clock
    person: Person
    locale: Locale

    @classmethod
    async def of(cls, shown_: demo.Shown, clock: Clock, role: str, locale: Locale) -> Visitor:
        """The person of a role, in a language and with an empty chat."""
        number = list(Locale).index(locale)
        profile = replace(
            PEOPLE[role],
            role_label=ROLES[role][number],
            language_code=str(locale),
        )
        shown_.state.chat_of(profile.telegram_id).person = profile
        visitor = cls(
            shown_.state, shown_.running.new_uow, clock, Person(shown_.state, profile), locale
        )
        await visitor.say("/menu")
        known = await recognise(visitor.new_uow, telegram_id=profile.telegram_id)
        assert known is not None
        await choose_locale(visitor.new_uow, clock, actor=known.actor, locale=locale)
        return visitor

    def clear(self) -> None:
        """Empty the chat: nothing of an earlier scene is in the picture."""
        chat = self.person.chat
        for post in list(chat.posts.values()):
            if not post.deleted:
                self.state.delete(chat, post)

    async def say(self, text: str) -> None:
        """Write a message and wait for the answer."""
        await self.person.send(text)
        await self.quiet()

    async def tap(self, wanted: type[CallbackData], **fields: Any) -> None:
        """Tap the newest button of this kind."""
        message, _, data = await shown(self.person, wanted, **fields)
        await self.touch(data, message)

    async def touch(self, data: str, message: Any = None) -> None:
        """Send these data from a message."""
        await self.person.tap(data, message=message)
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until the bot has answered and nothing more comes."""
        async with asyncio.timeout(PATIENCE):
            since, before = asyncio.get_running_loop().time(), -1
            while True:
                await asyncio.sleep(0.02)
                marks = len(self.state.outputs)
                now = asyncio.get_running_loop().time()
                busy = self.state.updates.pending or any(
                    not one.answered for one in self.state.callbacks.values()
                )
                if marks != before or busy or self.person.chat.posts == {}:
                    since, before = now, marks
                elif now - since > STILL and self.person.messages[-1].post.outgoing:
                    return


Walk = Callable[[Visitor], Awaitable[None]]


def command(text: str) -> Walk:
    """A screen that a command opens."""

    async def walk(visitor: Visitor) -> None:
        await visitor.say(text)

    return walk


def then(text: str, *taps: type[CallbackData] | CallbackData) -> Walk:
    """A command, then buttons: one by its kind, or exactly this one."""

    async def walk(visitor: Visitor) -> None:
        await visitor.say(text)
        for tap in taps:
            if isinstance(tap, CallbackData):
                await visitor.touch(tap.pack())
            else:
                await visitor.tap(tap)

    return walk


async def _offer(visitor: Visitor) -> None:
    """An offer with announced terms, from the list."""
    await visitor.say("/offers")
    offer = await _titled(visitor, "kokshe", "Сыйлыққа арналған бал жинағы")
    await visitor.touch(OfferCard(offer=offer).pack())


async def _code(visitor: Visitor) -> None:
    await visitor.say("/codes")
    await visitor.touch(EnrolmentCard(enrolment=await _busiest(visitor)).pack())


async def _qr(visitor: Visitor) -> None:
    await _code(visitor)
    await visitor.touch(QrPicture(enrolment=await _busiest(visitor)).pack())
    for message in visitor.person.messages[:-1]:
        visitor.state.delete(visitor.person.chat, message.post)


async def _application(visitor: Visitor) -> None:
    await visitor.say("/creators")
    brand = await _brand(visitor)
    await visitor.touch(Applications(brand=brand).pack())


async def _wizard(visitor: Visitor) -> None:
    await visitor.say("/offers")
    offer = await _titled(visitor, "kokshe", "Тау балы, 1 кг")
    await visitor.touch(TakeUp(offer=offer, how=How.COPY, sure=True).pack())


async def _preview(visitor: Visitor) -> None:
    await _wizard(visitor)
    await visitor.tap(OfferForm, move=FormMove.PREVIEW)


async def _change(visitor: Visitor) -> None:
    """The manager's own view of an offer whose terms are about to change."""
    await visitor.say("/offers")
    offer = await _titled(visitor, "kokshe", "Сыйлыққа арналған бал жинағы")
    await visitor.touch(BrandOffer(offer=offer).pack())


async def _found(visitor: Visitor) -> None:
    await visitor.say("/find")
    await visitor.say("Нұрлан")


async def _sent(visitor: Visitor) -> None:
    await _broadcast(visitor, BroadcastState.DONE)


async def _half_sent(visitor: Visitor) -> None:
    await _broadcast(visitor, BroadcastState.PAUSED)


async def _broadcast(visitor: Visitor, wanted: BroadcastState) -> None:
    await visitor.say("/broadcast")
    async with visitor.new_uow(read_only=True) as uow:
        found = await uow.broadcasts.in_states([wanted])
    await visitor.touch(BroadcastCard(broadcast=found[0].id).pack())


async def _titled(visitor: Visitor, brand: str, title: str) -> Any:
    life = await _life(visitor)
    return (await life.offers(brand))[title]


async def _brand(visitor: Visitor) -> Any:
    known = await recognise(visitor.new_uow, telegram_id=visitor.person.id)
    assert known is not None
    return known.actor.brands[0][0]


async def _busiest(visitor: Visitor) -> Any:
    """The enrolment that has brought the most."""
    known = await recognise(visitor.new_uow, telegram_id=visitor.person.id)
    assert known is not None
    mine, _ = await my_enrolments(visitor.new_uow, actor=known.actor, limit=20)
    return max(mine, key=lambda card: card.stats.clicks).enrolment.id


async def _life(visitor: Visitor) -> seed_life.Life:
    known = await recognise(visitor.new_uow, telegram_id=demo.ADMIN.telegram_id)
    assert known is not None
    return seed_life.Life(visitor.new_uow, visitor.clock, None, known.actor)  # type: ignore[arg-type]


SCENES: Final[dict[str, dict[str, Walk]]] = {
    "creator": {
        "menu": command("/menu"),
        "offers": command("/offers"),
        "offer": _offer,
        "code": _code,
        "qr": _qr,
        "orders": command("/orders"),
        "order": then("/orders", OrderCard),
        "reconciliation": then("/orders", MyReconciliation),
        "wallet": command("/wallet"),
        "results": command("/stats"),
        "notifications": command("/notifications"),
        "top": command("/top"),
        "support": then("/support", MyTickets, TicketCard),
    },
    "manager": {
        "menu": command("/menu"),
        "wizard": _wizard,
        "preview": _preview,
        "change": _change,
        "application": _application,
        "proofs": command("/proofs"),
        "report": command("/report"),
        "funds": command("/funds"),
        "large-file": then("/import", LargeFile),
        "reconciliation": then("/menu", BrandReconciliation),
        "run": then("/menu", BrandReconciliation, RunCard),
    },
    "admin": {
        "desk": command("/menu"),
        "search": _found,
        "review": command("/review"),
        "audit": command("/audit"),
        "broadcast": _sent,
        "progress": _half_sent,
        "market": command("/market"),
        "health": command("/health"),
    },
}


async def stop_halfway(shown_: demo.Shown, clock: Clock) -> None:
    """A broadcast that somebody has paused in the middle, so that its progress stands still."""
    life = seed_life.Life(
        shown_.running.new_uow,
        clock,
        None,  # type: ignore[arg-type]
        (await _staff(shown_)),
    )
    draft = await life.draft(seed_life.NEWS, None, days=0.01)
    await schedule_broadcast(life.new_uow, clock, actor=life.admin, broadcast=draft.id)
    await start_due_broadcasts(life.new_uow, clock)
    now = clock()
    async with life.new_uow() as uow:
        due = await uow.broadcasts.claim(
            now=now, limit=21, lease_until=now + timedelta(minutes=9), paid=False, by_day=True
        )
        states = [DeliveryState.BLOCKED if n == 9 else DeliveryState.SENT for n in range(len(due))]
        await uow.broadcasts.settle(
            [Settled(delivery=one, state=how) for one, how in zip(due, states, strict=True)],
            now=now,
        )
        await uow.commit()
    await pause_broadcast(life.new_uow, clock, actor=life.admin, broadcast=draft.id)


async def _staff(shown_: demo.Shown) -> Any:
    known = await recognise(shown_.running.new_uow, telegram_id=demo.ADMIN.telegram_id)
    assert known is not None
    return known.actor


async def slug(shown_: demo.Shown, clock: Clock) -> str:
    """The link of the creator whose shop cannot take our click: buyers see its page first."""
    visitor = Visitor(
        shown_.state,
        shown_.running.new_uow,
        clock,
        Person(shown_.state, demo.CREATOR),
        Locale.KK,
    )
    known = await recognise(visitor.new_uow, telegram_id=visitor.person.id)
    assert known is not None
    mine, _ = await my_enrolments(visitor.new_uow, actor=known.actor, limit=20)
    return next(card.enrolment.slug for card in mine if not card.offer.click_param)


async def upload_path(shown_: demo.Shown, clock: Clock) -> str:
    """The path of the page that takes a large file of the manager's."""
    new_uow = shown_.running.new_uow
    known = await recognise(new_uow, telegram_id=demo.MANAGER.telegram_id)
    assert known is not None
    brand, _ = known.actor.brands[0]
    token, _ = await ask_link(new_uow, clock, actor=known.actor, brand=brand, anew=True)
    return f"/u/{token}"


async def pair(shown_: demo.Shown, clock: Clock) -> None:
    """A creator and a manager side by side, each with a screen of their own."""
    creator = await Visitor.of(shown_, clock, "creator", Locale.KK)
    creator.clear()
    await creator.say("/wallet")
    manager = await Visitor.of(shown_, clock, "manager", Locale.RU)
    manager.clear()
    await _application(manager)
