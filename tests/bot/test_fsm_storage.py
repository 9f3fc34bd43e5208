"""Half-filled forms survive a restart, and what has not changed is not written."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import pytest
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import StorageKey

from bot.fsm_storage import DatabaseStorage
from core.ports import UnitOfWork, UnitOfWorkFactory
from tests.conftest import FrozenClock

KEY = StorageKey(bot_id=42, chat_id=101, user_id=101)
OTHER = StorageKey(bot_id=42, chat_id=102, user_id=102)


class Form(StatesGroup):
    title = State()
    picture = State()


class CountingUnits:
    """Units of work that say how many of them could have written."""

    def __init__(self, new_uow: UnitOfWorkFactory) -> None:
        self._new_uow = new_uow
        self.writers = 0

    def __call__(
        self, *, read_only: bool = False, background: bool = False, brief: bool = False
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        self.writers += not read_only
        return self._new_uow(read_only=read_only, background=background, brief=brief)


@pytest.fixture
def units(new_uow: UnitOfWorkFactory) -> CountingUnits:
    return CountingUnits(new_uow)


@pytest.fixture
def form(units: CountingUnits, clock: FrozenClock) -> FSMContext:
    return FSMContext(DatabaseStorage(units, clock), KEY)


async def test_a_draft_survives_a_restart(
    form: FSMContext, new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    await form.set_state(Form.title)
    await form.update_data(title="Ән 🎵", days=[7, 14])

    after_restart = FSMContext(DatabaseStorage(new_uow, clock), KEY)

    assert await after_restart.get_state() == "Form:title"
    assert await after_restart.get_data() == {"title": "Ән 🎵", "days": [7, 14]}


async def test_people_do_not_share_a_form(
    form: FSMContext, new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    await form.set_state(Form.title)

    assert await FSMContext(DatabaseStorage(new_uow, clock), OTHER).get_state() is None


async def test_a_new_state_keeps_the_answers_and_answers_keep_the_state(form: FSMContext) -> None:
    await form.set_state(Form.title)
    await form.set_data({"a": 1})
    await form.set_state(Form.picture)
    await form.update_data(b=2)

    assert await form.get_state() == "Form:picture"
    assert await form.get_data() == {"a": 1, "b": 2}


async def test_what_has_not_changed_is_not_written(form: FSMContext, units: CountingUnits) -> None:
    await form.set_state(Form.title)
    await form.set_data({"a": 1})
    writers = units.writers

    await form.set_state(Form.title)
    await form.set_data({"a": 1})
    await form.get_data()

    assert units.writers == writers == 2


async def test_leaving_an_empty_form_writes_nothing(form: FSMContext, units: CountingUnits) -> None:
    await form.clear()

    assert units.writers == 0


async def test_a_left_form_is_gone(form: FSMContext) -> None:
    await form.set_state(Form.title)
    await form.set_data({"a": 1})

    await form.clear()

    assert await form.get_state() is None
    assert await form.get_data() == {}
