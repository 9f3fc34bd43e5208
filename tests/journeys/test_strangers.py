"""Buttons of other people, old buttons and forgeries: always an answer, never a result."""

from __future__ import annotations

import importlib
import pkgutil
import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

from aiogram.filters.callback_data import CallbackData

import bot.callbacks
from bot.callbacks.channels import ChannelAct, ChannelCard, CheckAct
from bot.callbacks.enrolments import EnrolmentCard, QrPicture
from bot.callbacks.offers import OfferCard
from bot.callbacks.orders import OrderCard
from bot.callbacks.proofs import ProofAgain, ProofCard, ProofForm, ProofNew
from bot.callbacks.wallet import Wallet, WithdrawConfirm
from core.people import BrandRole, Locale, Permission
from core.usecases.invitations import invite_manager
from scripts.application import Application
from scripts.sandbox import Person
from tests.journeys.conftest import Market, contents

IDS = (1, 999_999)  # of the market's first things, and of nothing
STRINGS = {
    "tail": "0001",
    "lang": "ru",
    "locale": "ru",
    "step": "title_kk",
    "value": "yes",
    "tag": "x",
}
SMALL = ("after", "at", "form", "mask", "sent", "field")  # numbers that are no ids
SAID = ("outbox", "fsm", "audit")  # what is said and half said, and by whom


def modules() -> dict[str, list[type[CallbackData]]]:
    """Every kind of button by the module that defines it."""
    found: dict[str, list[type[CallbackData]]] = {}
    for module in pkgutil.iter_modules(bot.callbacks.__path__):
        importlib.import_module(f"bot.callbacks.{module.name}")
    for one in CallbackData.__subclasses__():
        if one.__module__.startswith("bot.callbacks."):
            found.setdefault(one.__module__.rpartition(".")[2], []).append(one)
    return found


def values(name: str, annotation: Any) -> tuple[Any, ...]:
    """Plausible values of a field."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        kinds = typing.get_args(annotation)
        return (None, *(v for kind in kinds if kind is not type(None) for v in values(name, kind)))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(annotation)
    if annotation is bool:
        return (False, True)
    if annotation is int:
        return (1,) if name in SMALL else IDS
    if annotation is str:
        return (STRINGS.get(name, "x"),)
    raise AssertionError(f"{name}: {annotation}")


def buttons(one: type[CallbackData]) -> Iterator[str]:
    """The callback data of this kind: each field takes each plausible value in turn.

    What people were really offered is pressed by others in tests/walk.
    """
    hints = typing.get_type_hints(one)
    choices = {name: values(name, hints[name]) for name in one.model_fields}
    first = {name: known[0] for name, known in choices.items()}
    made = {one(**first).pack(): None}
    for name, known in choices.items():
        made.update((one(**{**first, name: value}).pack(), None) for value in known[1:])
    yield from made


def of_modules(prefix: str) -> list[str]:
    return [
        data
        for module, kinds in sorted(modules().items())
        if module.startswith(prefix)
        for kind in kinds
        for data in buttons(kind)
    ]


async def press_all(app: Application, person: Person, pressed: list[str]) -> list[str]:
    """Tap every one; returns what was said. Each must be answered, none may change anything."""
    await person.send("/menu")
    await app.settle()
    message = person.last
    before = await contents(app, *SAID)
    since = person.state.next_number()
    for chunk in (pressed[start : start + 50] for start in range(0, len(pressed), 50)):
        for data in chunk:
            await person.tap(data, message=message)
        await app.settle()
    assert not app.sandbox.unanswered
    after = await contents(app, *SAID)
    changed = {name: after[name] for name in before if before[name] != after[name]}
    assert not changed
    return [
        output.text
        for output in person.state.outputs
        if output.chat_id == person.id and output.number > since
    ]


async def test_a_creator_gets_nothing_from_buttons_of_managers_and_staff(market: Market) -> None:
    said = await press_all(market.app, market.other, of_modules("brand_") + of_modules("admin_"))

    shown = "\n".join(said)
    for secret in (market.card.enrolment.code, "180540000002", "Creator"):
        assert secret not in shown


async def test_a_manager_gets_nothing_of_another_brand_and_of_the_staff(market: Market) -> None:
    said = await press_all(market.app, market.rival, of_modules("brand_") + of_modules("admin_"))

    assert market.card.enrolment.code not in "\n".join(said)


async def test_staff_with_one_right_do_not_get_the_others(market: Market) -> None:
    async with market.app.new_uow() as uow:
        person = market.actor(market.other).id
        await uow.people.grant(person, [Permission.BROADCAST])
        await uow.commit()

    await press_all(market.app, market.other, of_modules("admin_"))


async def test_a_creator_sees_nothing_of_another_creator(market: Market) -> None:
    mine = (
        EnrolmentCard,
        QrPicture,
        OrderCard,
        ProofCard,
        ProofAgain,
        ProofNew,
        ProofForm,
        ChannelAct,
        ChannelCard,
        CheckAct,
        WithdrawConfirm,
        Wallet,
    )
    pressed = [data for kind in mine for data in buttons(kind)]

    said = await press_all(market.app, market.other, pressed)

    assert market.card.enrolment.code not in "\n".join(said)
    assert market.card.enrolment.slug not in "\n".join(said)


FORGED = (
    *("zzz:1", "zzz", "off:zz:zz:zz", "off", "ofc:x:::0", "nav:nowhere", "ord:a:-1:5", "wcf:x:1"),
    *("enc:x", "enc:99999999999999999999999", "oft:9223372036854775808", "lng:xx:", "~~nav:home"),
    *("~", "a" * 64, "😀"),
)


async def test_an_old_or_forged_button_leads_to_the_menu(market: Market) -> None:
    person = market.other
    await person.send("/menu")
    await market.app.settle()
    home = person.last.text

    for data in FORGED:
        await person.tap(data)
        await market.app.settle()
        assert not market.app.sandbox.unanswered, data
        seen = await person.expect("", timeout=1)
        assert seen.text == home, data


async def test_a_button_of_a_deleted_message_still_works(market: Market) -> None:
    person = market.other
    await person.send("/menu")
    await market.app.settle()
    message = person.last
    person.state.delete(person.chat, message.post)

    await person.tap(OfferCard(offer=market.offer).pack(), message=message)

    assert (await person.expect("Kaspi")).labels


async def test_a_spent_invitation_and_a_shared_one_are_refused(market: Market) -> None:
    app = market.app
    token = await invite_manager(
        app.new_uow,
        app.clock,
        actor=market.actor(market.manager),
        brand=market.brand.id,
        role=BrandRole.MEMBER,
    )
    payload = f"inv_{token}"
    first, late = [await app.acquainted(name, Locale.EN) for name in ("First", "Late")]

    await first.start(payload)
    await first.expect("Айна")
    await late.start(payload)
    await late.expect("does not work")
    await first.start(payload)
    await app.settle()

    async with app.new_uow(read_only=True) as uow:
        team = await uow.brands.team(market.brand.id)
    assert sorted(manager.person.name for manager in team) == ["First", "Айна manager"]


async def test_a_forged_link_is_refused_plainly(market: Market) -> None:
    person = market.other
    await person.send("/menu")
    await market.app.settle()
    before = await contents(market.app, *SAID)

    for payload in (
        *("inv_", "o_0", "o_-1", "o_99999999999999999999", "b_", "b_../../etc", "x" * 64),
        *("' or 1=1 --", "inv_" + "A" * 22),
    ):
        await person.start(payload)
        await market.app.settle()
        assert (await person.expect("", timeout=1)).labels, payload
    assert await contents(market.app, *SAID) == before
