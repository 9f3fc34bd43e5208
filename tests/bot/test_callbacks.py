"""Every button fits into Telegram's 64 bytes with the largest values that it can carry."""

from __future__ import annotations

import importlib
import pkgutil
import types
import typing
from enum import Enum
from typing import Any

import pytest
from aiogram.filters.callback_data import CallbackData

import bot.callbacks
from bot.reply import KEPT

LIMIT = 64 - len(KEPT)  # a message to keep marks its buttons
LARGEST_ID = 2_147_483_647
MICROSECONDS = 4_102_444_800_000_000  # the year 2100; fields named `at`
# Longest values of the fields that hold free strings.
STRINGS = {
    "lang": "kk",
    "locale": "kk",
    "category": "electronics",
    "place": "wildberries",
    "then": "x" * 50,
    "status": "ip_general_vat",
    "version": "buyer-2026-11",
    "slug": "x" * 20,
    "step": "description_kk",
    "value": "wildberries",
    "tag": "x" * 12,
    "to": "creator",
    "tail": "0123",
    "topic": "personal",
    "on": "p",
}


def callbacks() -> list[type[CallbackData]]:
    for module in pkgutil.iter_modules(bot.callbacks.__path__):
        importlib.import_module(f"bot.callbacks.{module.name}")
    return sorted(
        (one for one in CallbackData.__subclasses__() if one.__module__.startswith("bot.")),
        key=lambda one: one.__prefix__,
    )


def largest(name: str, annotation: Any) -> Any:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        options = [one for one in typing.get_args(annotation) if one is not type(None)]
        return largest(name, options[0])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return max(annotation, key=lambda member: len(str(member.value)))
    if annotation is bool:
        return True
    if annotation is int:
        return MICROSECONDS if name == "at" else LARGEST_ID
    if annotation is str:
        assert name in STRINGS, f"say in STRINGS how long {name!r} can be"
        return STRINGS[name]
    raise AssertionError(f"{name}: {annotation} does not belong into callback data")


@pytest.mark.parametrize("one", callbacks(), ids=lambda one: str(one.__name__))
def test_a_button_fits_with_its_largest_values(one: type[CallbackData]) -> None:
    hints = typing.get_type_hints(one)
    made = one(**{name: largest(name, hints[name]) for name in one.model_fields})

    packed = made.pack()

    assert len(packed.encode()) <= LIMIT, packed
    assert one.unpack(packed) == made


@pytest.mark.parametrize("one", callbacks(), ids=lambda one: str(one.__name__))
def test_what_a_button_leaves_open_is_still_open_when_it_is_tapped(one: type[CallbackData]) -> None:
    hints = typing.get_type_hints(one)
    given = {name: largest(name, hints[name]) for name in one.model_fields}
    made = one(**{name: None if _optional(hints[name]) else given[name] for name in given})

    assert one.unpack(made.pack()) == made


def _optional(annotation: Any) -> bool:
    return type(None) in typing.get_args(annotation)


def test_prefixes_are_short_and_belong_to_one_button_each() -> None:
    prefixes = [one.__prefix__ for one in callbacks()]

    assert len(prefixes) == len(set(prefixes))
    assert all(2 <= len(prefix) <= 4 for prefix in prefixes)
