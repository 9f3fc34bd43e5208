"""Files too large for Telegram: a link from the chat, the page, and on in the chat."""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiohttp import ClientSession, FormData

from bot.settings import Settings, load_settings
from core.upload_links import LOOKING
from core.usecases.upload_links import take_waiting, waiting_files
from scripts.sandbox import Message, Person
from tests.bot.conftest import Open, Stage
from tests.bot.test_order_files import ORDERS, Scene, a_scene

BIG = 21 * 1024 * 1024


@pytest.fixture
async def scene(stage: Stage) -> Scene:
    return await a_scene(stage)


async def upload(scene: Scene, link: Message, content: bytes) -> int:
    """Send a file by the page that a message leads to; the status of the answer."""
    (address,) = [one.url for one in link.buttons if one.url and "/u/" in one.url]
    site = f"http://127.0.0.1:{scene.stage.running.web_port}{urlsplit(address).path}"
    form = FormData(quote_fields=False, default_to_multipart=True)
    form.add_field("file", io.BytesIO(content), filename="барлық жыл.csv")
    async with ClientSession() as browser, browser.post(site, data=form) as answer:
        return answer.status


async def asked_for(manager: Person) -> Message:
    """The message with the link."""
    await manager.send("/import")
    await manager.click("Large file")
    return await manager.expect("The link is yours alone")


async def test_a_large_file_goes_by_the_page_and_the_chat_goes_on(scene: Scene) -> None:
    manager = scene.manager
    await manager.send_document("all years.csv", b"x", size=BIG)
    offered = await manager.expect("Telegram hands a bot files of up to 20 MB only")
    assert "up to 500 MB" in offered.text
    assert "works until 21.11.2026, 13:00" in offered.text

    assert await upload(scene, offered, ORDERS) == 200
    shown = await manager.expect("Where were these orders placed?")

    for words in ("барлық жыл.csv · Qyran", "Rows: 4", "Promo code ← Промокод"):
        assert words in shown.text
    await manager.click("Online shop")
    await manager.click("Take the orders in")
    await manager.expect("New orders: 2")
    await scene.creator.expect("News of your orders")
    assert not await waiting_files(scene.stage.new_uow, scene.stage.clock)
    assert scene.stage.sandbox.unanswered == []


async def test_what_is_no_table_inside_is_told_in_the_chat(scene: Scene) -> None:
    link = await asked_for(scene.manager)

    assert await upload(scene, link, b"PK\x03\x04 is not all that an archive needs") == 200
    told = await scene.manager.expect("The archive is damaged")

    assert "Send the file to this chat" in told.text
    assert "Large file" in "".join(told.labels)


async def test_what_is_typed_meanwhile_goes_where_it_was(scene: Scene) -> None:
    manager = scene.manager
    link = await asked_for(manager)
    await manager.send("/support")
    await manager.click("Rewards and payouts")
    await manager.expect("Describe what happened")
    before = await _state(scene)
    assert before is not None
    assert before.startswith("AskSupport")
    assert await upload(scene, link, ORDERS) == 200
    await manager.expect("барлық жыл.csv · Qyran")

    assert await _state(scene) == before
    await manager.click("Online shop")
    await manager.click("Take the orders in")
    await manager.expect("New orders: 2")


async def _state(scene: Scene) -> str | None:
    async with scene.stage.new_uow(read_only=True) as uow:
        state, _ = await uow.forms.load(f"{scene.manager.id}:{scene.manager.id}")
    return state


async def test_a_process_that_died_over_a_file_leaves_it_to_the_next(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await asked_for(scene.manager)
    bot, stage = scene.stage.running.bot, scene.stage

    async def away(*_: object, **__: object) -> None:
        raise TelegramNetworkError(method=None, message="away")  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(type(bot), "send_message", away)
        await upload(scene, link, ORDERS)
        await _taken(stage)
    await stage.running.jobs.sweep()
    assert scene.manager.count("барлық жыл.csv") == 0

    stage.clock.advance(seconds=LOOKING / timedelta(seconds=1))
    await stage.running.jobs.sweep()
    await scene.manager.expect("барлық жыл.csv · Qyran")
    await stage.running.jobs.sweep()

    assert scene.manager.count("барлық жыл.csv · Qyran") == 1


async def _taken(stage: Stage) -> None:
    """Take on the file that waits, and die."""
    async with asyncio.timeout(5):
        while True:
            for view in await waiting_files(stage.new_uow, stage.clock):
                if await take_waiting(stage.new_uow, stage.clock, view.link.id):
                    return
            await asyncio.sleep(0.01)


async def test_without_a_public_address_the_chat_says_what_helps(
    application: Open, settings: Settings
) -> None:
    private = load_settings(
        _env_file=None,
        **settings.model_dump() | {"public_url": "http://ules.example.kz"},
    )
    async with application(settings=private) as stage:
        scene = await a_scene(stage)
        await scene.manager.send_document("all years.csv", b"x", size=BIG)
        told = await scene.manager.expect("no page for larger files")

        assert "An order that comes twice is counted once" in told.text
        assert not [one for one in told.buttons if one.url]
        site = f"http://127.0.0.1:{stage.running.web_port}/u/{'x' * 22}"
        async with ClientSession() as browser, browser.get(site) as answer:
            assert answer.status == 404


async def test_a_second_link_asks_before_it_ends_an_upload(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, stage = scene.manager, scene.stage
    await asked_for(manager)
    async with stage.new_uow() as uow:
        view = await uow.upload_links.latest(scene.actor.id)
        assert view is not None
        until = stage.clock() + timedelta(minutes=1)
        await uow.upload_links.claim(view.link.id, attempt=1, busy_until=until)
        await uow.upload_links.renew(view.link.id, attempt=1, received=7 * 2**20, busy_until=until)
        await uow.commit()

    await manager.click("New link")
    await manager.expect("7 MB so far")
    await manager.click("Give me a new link")
    await manager.expect("The link is yours alone")

    async with stage.new_uow() as uow:
        assert not await uow.upload_links.renew(
            view.link.id, attempt=1, received=8 * 2**20, busy_until=until
        )
