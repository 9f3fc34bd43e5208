"""The commands menu: what each role finds behind the "/" button, in each language."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import Final

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)

from bot.i18n import N_, Translator, client_locale, translator
from core.people import Actor, BrandRole, Locale, Permission

log: Final = logging.getLogger(__name__)

Commands = tuple[tuple[str, str], ...]

CREATOR: Final[Commands] = (
    ("offers", N_("Browse offers")),
    ("codes", N_("My codes and links")),
    ("proof", N_("Send a proof of a post")),
    ("stats", N_("Results and earnings")),
    ("orders", N_("My orders")),
    ("wallet", N_("Wallet and withdrawals")),
    ("settings", N_("Profile and payout details")),
    ("invite", N_("Invite creators")),
    ("top", N_("Top list")),
)
MANAGER: Final[Commands] = (
    ("newoffer", N_("Publish a new offer")),
    ("offers", N_("Offers of the brand")),
    ("proofs", N_("Proofs to check")),
    ("import", N_("Send a file of orders")),
    ("orders", N_("Orders of the brand")),
    ("creators", N_("Creators of the brand")),
    ("report", N_("Report: orders, clicks, costs")),
    ("funds", N_("Funds of the brand")),
    ("company", N_("Company profile and people")),
)
MODERATOR: Final[Commands] = (
    ("review", N_("Offers to review")),
    ("creators", N_("Creators to review")),
    ("channels", N_("Channels to check")),
    ("sources", N_("Sources and runs")),
)
SEARCHER: Final[Commands] = (
    ("find", N_("Find a person, a code, an order")),
    ("audit", N_("Audit log")),
    ("market", N_("Market figures")),
)
FINANCE: Final[Commands] = (("payouts", N_("Payouts to make")),)
BROADCASTER: Final[Commands] = (("broadcast", N_("Broadcasts")),)
OWNER: Final[Commands] = (
    ("brands", N_("Brands and invitations")),
    ("health", N_("System health")),
)
EVERYBODY: Final[Commands] = (
    ("menu", N_("Main menu")),
    ("purchases", N_("My purchases")),
    ("notifications", N_("Notifications")),
    ("support", N_("Questions to support")),
    ("mydata", N_("My data")),
    ("language", N_("Language")),
    ("help", N_("Help")),
)
PEOPLE_MAX: Final = 20_000  # menus that are remembered as set


def commands_for(actor: Actor | None) -> Commands:
    """The commands of everything that the actor is; those of a creator for a stranger."""
    if actor is None:
        return CREATOR + EVERYBODY
    own: Commands = ()
    if actor.brands:
        owns = any(role is BrandRole.OWNER for _, role in actor.brands)
        own += tuple(one for one in MANAGER if owns or one[0] != "funds")
    if actor.may(Permission.MODERATION) or actor.may(Permission.FINANCE):
        own += SEARCHER
    if actor.may(Permission.MODERATION):
        own += MODERATOR
    if actor.may(Permission.FINANCE):
        own += FINANCE
    if actor.may(Permission.BROADCAST):
        own += BROADCASTER
    if actor.may(Permission.OWNER):
        own += OWNER
    if actor.creator is not None or not own:
        own = CREATOR + own
    # A name that means one thing to each role leads to a choice: one line of the menu is enough.
    return tuple({name: (name, text) for name, text in reversed(own + EVERYBODY)}.values())[::-1]


def worded(t: Translator, commands: Commands) -> list[BotCommand]:
    """The commands as Telegram takes them."""
    return [
        BotCommand(command=name, description=t.plain(description)) for name, description in commands
    ]


async def set_default_commands(bot: Bot) -> None:
    """What people see before they choose a language here: a creator's menu in their client's."""
    scope = BotCommandScopeAllPrivateChats()
    commands = commands_for(None)
    # Kazakh also stands where the client speaks any other language.
    await bot.set_my_commands(worded(translator(Locale.KK), commands), scope=scope)
    for locale in Locale:
        await bot.set_my_commands(
            worded(translator(locale), commands), scope=scope, language_code=str(locale)
        )


class CommandMenus:
    """Gives a person a menu of their own when roles or language differ from the default.

    What has been set is remembered in memory: after a restart each such person costs one call.
    """

    def __init__(self) -> None:
        self._set: OrderedDict[int, tuple[Locale, Commands]] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def refresh(self, bot: Bot, actor: Actor, *, client_language: str) -> None:
        """Bring the person's menu up to date in the background if it is not known to be."""
        wanted = (actor.locale, commands_for(actor))
        known = self._set.get(actor.telegram_id)
        if wanted == known:
            return
        default = (client_locale(client_language), commands_for(None))
        self._remember(actor.telegram_id, wanted)
        if known is None and wanted == default:
            return
        task = asyncio.create_task(self._put(bot, actor.telegram_id, *wanted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait for menus that are being set."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _remember(self, telegram_id: int, menu: tuple[Locale, Commands]) -> None:
        self._set[telegram_id] = menu
        self._set.move_to_end(telegram_id)
        if len(self._set) > PEOPLE_MAX:
            self._set.popitem(last=False)

    async def _put(self, bot: Bot, telegram_id: int, locale: Locale, commands: Commands) -> None:
        try:
            await bot.set_my_commands(
                worded(translator(locale), commands),
                scope=BotCommandScopeChat(chat_id=telegram_id),
            )
        except AiogramError as error:
            self._set.pop(telegram_id, None)  # tried again at the person's next step
            log.warning("commands of a chat were not set: %s", type(error).__name__)
