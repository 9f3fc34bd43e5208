"""Routing that does not slow down with the number of conversations.

aiogram asks every handler in turn. Here a tap is offered only to the handlers of its prefix, a
command only to those of its name, and any other message to those of the state that its sender is
in, in the order in which the conversations were given. So a command also works in every state,
however greedily a form takes what is typed.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from aiogram import Router
from aiogram.dispatcher.event.bases import UNHANDLED, SkipHandler
from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.dispatcher.event.telegram import TelegramEventObserver
from aiogram.filters import Command, StateFilter
from aiogram.filters.callback_data import CallbackQueryFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message, TelegramObject

_FORGED: Final = re.compile(r"-?[0-9]{19,}")  # no number of ours: beyond what a database counts
PLAIN: Final = ("error", "my_chat_member")  # observers that are not indexed
EVENTS: Final = ("message", "callback_query", "inline_query", *PLAIN)
ANY: Final = "*"  # aiogram's word for whatever state

Found = dict[str, list[HandlerObject]]


class Switchboard(Router):
    """All conversations in one router.

    Events of `PLAIN` are rare enough to ask every handler in turn. Inline queries have no prefix,
    command or state to go by, so one conversation at most may listen to them. ValueError where a
    conversation brings filters or middlewares of its own, or listens to yet other events: they
    would be lost here.
    """

    def __init__(self, conversations: Sequence[Router]) -> None:
        super().__init__(name=__name__)
        for conversation in conversations:
            _demand_plain(conversation)
        messages = _Messages(
            self, [found for one in conversations for found in one.message.handlers]
        )
        self.message = self.observers["message"] = messages
        self.commands = frozenset(messages.commands)  # names that somebody answers
        self.callback_query = self.observers["callback_query"] = _Taps(
            self, [found for one in conversations for found in one.callback_query.handlers]
        )
        askers = [one for one in conversations if one.inline_query.handlers]
        if len(askers) > 1:
            raise ValueError(f"{askers[1].name} listens to inline_query, as {askers[0].name} does")
        for conversation in askers:
            self.inline_query.handlers.extend(conversation.inline_query.handlers)
        for conversation in conversations:
            for name in PLAIN:
                self.observers[name].handlers.extend(conversation.observers[name].handlers)


class _Indexed(TelegramEventObserver, ABC):
    """An observer that asks only the handlers that can be meant."""

    @abstractmethod
    def candidates(self, event: TelegramObject, state: str | None) -> Iterable[HandlerObject]:
        """The handlers that the event may be for, in the order of their registration."""

    async def trigger(self, event: TelegramObject, **kwargs: Any) -> Any:
        for handler in self.candidates(event, kwargs.get("raw_state")):
            meant, data = await handler.check(event, **{**kwargs, "handler": handler})
            if meant:
                try:
                    return await handler.call(event, **data)
                except SkipHandler:
                    continue
        return UNHANDLED


class _Taps(_Indexed):
    def __init__(self, router: Router, handlers: Sequence[HandlerObject]) -> None:
        super().__init__(router, "callback_query")
        self.handlers = list(handlers)
        prefixes: Found = defaultdict(list)
        self._others = [handler for handler in handlers if _prefix(handler) is None]
        for handler in handlers:
            if (prefix := _prefix(handler)) is not None:
                prefixes[prefix].append(handler)
        self._prefixes = {name: [*found, *self._others] for name, found in prefixes.items()}

    def candidates(self, event: TelegramObject, state: str | None) -> Iterable[HandlerObject]:
        assert isinstance(event, CallbackQuery)
        prefix, *fields = (event.data or "").split(":")
        if any(_FORGED.fullmatch(field) for field in fields):
            return self._others
        return self._prefixes.get(prefix, self._others)


class _Messages(_Indexed):
    def __init__(self, router: Router, handlers: Sequence[HandlerObject]) -> None:
        super().__init__(router, "message")
        self.handlers = list(handlers)
        self.commands: Found = defaultdict(list)
        self._states: Found = {}
        self._typed = []
        for handler in handlers:
            names = _commands(handler)
            for name in names:
                self.commands[name].append(handler)
            if not names:
                self._typed.append((handler, _states(handler)))

    def candidates(self, event: TelegramObject, state: str | None) -> Iterable[HandlerObject]:
        assert isinstance(event, Message)
        key = state or ""
        typed = self._states.get(key)
        if typed is None:
            typed = [handler for handler, states in self._typed if not states or key in states]
            self._states[key] = typed
        text = event.text or ""
        if not text.startswith("/"):
            return typed
        name = text[1:].partition(" ")[0].partition("@")[0].casefold()
        return [*self.commands.get(name, ()), *typed]


def _prefix(handler: HandlerObject) -> str | None:
    for one in handler.filters or ():
        if isinstance(one.callback, CallbackQueryFilter):
            return one.callback.callback_data.__prefix__
    return None


def _commands(handler: HandlerObject) -> list[str]:
    names = []
    for one in handler.filters or ():
        if isinstance(one.callback, Command):
            for name in one.callback.commands:
                if not isinstance(name, str) or one.callback.prefix != "/":
                    raise ValueError("commands are plain names after a slash")
                names.append(name.casefold())
    return names


def _states(handler: HandlerObject) -> frozenset[str]:
    """The states that a handler is for; empty means that the filters must be asked."""
    for one in handler.filters or ():
        filtered = one.callback
        wanted = filtered.states if isinstance(filtered, StateFilter) else [filtered]
        names: set[str] = set()
        for state in wanted:
            if isinstance(state, State):
                names.add(state.state or "")
            elif isinstance(state, type) and issubclass(state, StatesGroup):
                names.update(state.__all_states_names__)
            elif isinstance(filtered, StateFilter):
                names.add("" if state is None else str(state))
        if names and ANY not in names:
            return frozenset(names)
    return frozenset()


def _demand_plain(conversation: Router) -> None:
    for name, observer in conversation.observers.items():
        if observer.handlers and name not in EVENTS:
            raise ValueError(f"{conversation.name} listens to {name}")
        if len(observer.middleware) or len(observer.outer_middleware) or observer._handler.filters:
            raise ValueError(f"{conversation.name} filters {name} as a whole")
    if conversation.sub_routers:
        raise ValueError(f"{conversation.name} has routers of its own")
