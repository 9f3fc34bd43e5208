"""Whatever a person is in the middle of, the commands work and nothing they send is an error."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from aiogram.fsm.state import State, StatesGroup

from bot import states
from bot.callbacks.nav import Nav
from bot.callbacks.people import Language, Settings
from core.people import BrandRole, Locale, Permission
from scripts.application import Application, find
from scripts.sandbox import Person
from tests.journeys.conftest import MANAGER, Market
from tests.sandbox.pictures import png

STATES = [
    state
    for group in vars(states).values()
    if isinstance(group, type) and issubclass(group, StatesGroup) and group is not StatesGroup
    for state in group.__states__
]


async def put(app: Application, person: Person, state: State | None) -> None:
    """Leave the person in a state that is all that is known of what they were doing."""
    async with app.new_uow() as uow:
        name = None if state is None else state.state
        await uow.forms.save(f"{person.id}:{person.id}", state=name, data={}, now=app.clock())
        await uow.commit()


async def state_of(app: Application, person: Person) -> str | None:
    async with app.new_uow(read_only=True) as uow:
        return (await uow.forms.load(f"{person.id}:{person.id}"))[0]


@pytest.fixture
async def jack(market: Market) -> Person:
    """Somebody of all trades: creator, manager and staff."""
    async with market.app.new_uow() as uow:
        person = market.actor(market.creator).id
        await uow.brands.set_manager(market.brand.id, person, BrandRole.OWNER)
        await uow.people.grant(person, [Permission.OWNER])
        await uow.commit()
    return market.creator


async def answer(app: Application, person: Person) -> str:
    """What the bot said since the last action."""
    await app.settle()
    assert not app.sandbox.unanswered
    return (await person.expect("", timeout=1)).text


@pytest.mark.parametrize("command", ["/menu", "/start"])
async def test_home_is_one_command_away(market: Market, jack: Person, command: str) -> None:
    app = market.app
    await jack.send(command)
    home = await answer(app, jack)

    for state in STATES:
        await put(app, jack, state)
        await jack.send(command)
        assert await answer(app, jack) == home, state
        assert await state_of(app, jack) is None, state


async def test_leaving_help_and_language_work_everywhere(market: Market, jack: Person) -> None:
    app = market.app
    await jack.send("/help")
    help_ = await answer(app, jack)
    await jack.send("/language")
    language = await answer(app, jack)

    for state in STATES:
        await put(app, jack, state)
        await jack.send("/help")
        assert await answer(app, jack) == help_, state
        await jack.send("/language")
        assert await answer(app, jack) == language, state
        assert await state_of(app, jack) == state.state, state
        await jack.send("/cancel")
        assert await answer(app, jack), state
        assert await state_of(app, jack) is None, state
        assert find(jack, Nav) or find(jack, Settings), state


async def test_the_language_changes_in_every_state(market: Market, jack: Person) -> None:
    app = market.app
    for number, state in enumerate(STATES):
        locale = list(Locale)[number % 3]
        await put(app, jack, state)
        await jack.send("/language")
        await app.settle()
        await jack.tap(Language(locale=locale).pack())
        await answer(app, jack)
        async with app.new_uow(read_only=True) as uow:
            person = await uow.people.get(market.actor(jack).id)
        assert person.locale is locale, state


async def test_nothing_that_is_sent_is_an_error(market: Market, jack: Person) -> None:
    app = market.app
    channel = app.sandbox.channel("Blog", username="blog")
    post = channel.post("Жарнама")

    everything: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: jack.send("<b>жоқ</b> & 😀" * 20),
        lambda: jack.send("0"),
        lambda: jack.send("/nonsense"),
        lambda: jack.send_photo(png(8, 8)),
        lambda: jack.send_document("a.pdf", b"%PDF-1.4"),
        lambda: jack.send_contact(),
        lambda: jack.forward_channel_post(channel, post),
    )

    for state in STATES:
        for send in everything:
            await put(app, jack, state)
            await send()
            assert await answer(app, jack), state


async def test_a_person_without_roles_is_never_stuck_in_a_state(app: Application) -> None:
    person = await app.acquainted("Жаңа", Locale.EN, telegram_id=MANAGER)

    for state in STATES:
        await put(app, person, state)
        await person.send("hello")
        assert await answer(app, person), state
        await person.send("/menu")
        assert await answer(app, person), state
        assert await state_of(app, person) is None, state
