"""Everybody finds behind "/" what they can do, in their own language, and each of it works."""

from __future__ import annotations

import re

import pytest

from bot.app import CONVERSATIONS
from bot.commands import (
    BROADCASTER,
    CREATOR,
    EVERYBODY,
    FINANCE,
    MANAGER,
    MODERATOR,
    OWNER,
    commands_for,
)
from bot.i18n import translator
from bot.switchboard import Switchboard
from core.ids import BrandId, PersonId
from core.people import Actor, BrandRole, CreatorState, Locale, Permission
from scripts.sandbox.methods import commands_for as commands_shown
from tests.bot.conftest import Open

ALL = CREATOR + MANAGER + MODERATOR + FINANCE + BROADCASTER + OWNER + EVERYBODY


def actor(
    creator: CreatorState | None = None, *permissions: Permission, brand: bool = False
) -> Actor:
    return Actor(
        id=PersonId(1),
        telegram_id=1,
        locale=Locale.KK,
        creator=creator,
        brands=((BrandId(1), BrandRole.OWNER),) if brand else (),
        permissions=frozenset(permissions),
    )


def names(who: Actor | None) -> set[str]:
    return {name for name, _ in commands_for(who)}


def test_each_role_sees_its_own() -> None:
    assert names(None) == names(actor(CreatorState.ACTIVE)) == names(actor())
    assert {"offers", "wallet", "menu"} <= names(None)
    assert "newoffer" not in names(None)
    assert {"newoffer", "funds"} <= names(actor(brand=True))
    assert "wallet" not in names(actor(brand=True))
    assert {"wallet", "newoffer"} <= names(actor(CreatorState.ACTIVE, brand=True))
    assert "payouts" not in names(actor(None, Permission.MODERATION))
    assert {"review", "payouts", "brands"} <= names(actor(None, Permission.OWNER))


def test_nobody_sees_a_command_twice() -> None:
    everything = commands_for(actor(CreatorState.ACTIVE, Permission.OWNER, brand=True))

    assert len({name for name, _ in everything}) == len(everything)


@pytest.mark.parametrize("locale", Locale)
def test_commands_are_as_telegram_takes_them(locale: Locale) -> None:
    t = translator(locale)

    for name, description in ALL:
        assert re.fullmatch(r"[a-z0-9_]{1,32}", name)
        assert 1 <= len(t.plain(description)) <= 256


def test_every_command_on_the_menu_is_answered() -> None:
    board = Switchboard([conversation.setup() for conversation in CONVERSATIONS])

    answered = set(board.commands)

    assert {name for name, _ in ALL} <= answered
    assert {"start", "cancel"} <= answered


async def test_a_menu_follows_role_and_language(application: Open) -> None:
    async with application() as stage:
        dana = await stage.person("Дана", Locale.RU)
        await dana.send("/menu")
        await dana.expect("Üles")
        async with stage.new_uow() as uow:
            found = await uow.people.by_telegram_ids([dana.id])
            await uow.people.grant(found[dana.id], [Permission.FINANCE])
            await uow.commit()
        await dana.send("/menu")
        await dana.expect("Üles")
    # closing waits for menus that are being set

    shown = commands_shown(stage.sandbox.state, dana.chat)
    assert "payouts" in {command["command"] for command in shown}
