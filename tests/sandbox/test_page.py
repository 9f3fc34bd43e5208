"""The chat page and the requests that it makes."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiogram import Bot
from aiogram.types import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup
from aiohttp import ClientSession, FormData

from scripts.sandbox import DEFAULT_PEOPLE, Person, Sandbox
from scripts.sandbox.board import PAGE
from tests.sandbox.conftest import MovedClock
from tests.sandbox.pictures import png


@pytest.fixture
async def browser(sandbox: Sandbox) -> AsyncIterator[ClientSession]:
    async with ClientSession(base_url=sandbox.url) as session:
        yield session


async def do(browser: ClientSession, path: str, body: dict[str, Any], status: int = 200) -> Any:
    """Posts JSON as the page does."""
    async with browser.post(f"/sandbox/{path}", json=body) as response:
        assert response.status == status, await response.text()
        return await response.json()


async def test_the_page_comes_with_the_present_state_and_escapes_it(
    browser: ClientSession, bot: Bot, person: Person
) -> None:
    await bot.send_message(person.id, "</script><script>alert(1)</script>")
    async with browser.get("/") as response:
        html = await response.text()
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert "<script>alert(1)" not in html
    state = json.loads(html.split('id="state">')[1].split("</script>")[0])
    shown = state["chats"][0]
    assert shown["messages"][-1]["text"] == "</script><script>alert(1)</script>"
    assert (shown["name"], shown["language_code"]) == ("Айгерім Сәдуақас", "kk")
    assert state["clock"] is True


async def test_all_parts_of_the_page_are_here_and_none_is_elsewhere(
    browser: ClientSession,
) -> None:
    for path in PAGE.iterdir():
        text = path.read_text("utf-8")
        assert "innerHTML" not in text
        for found in text.split('src="')[1:] + text.split('href="')[1:]:
            assert found.startswith(("/sandbox/", "{{")), f"{path.name}: {found[:40]}"
        async with browser.get(f"/sandbox/page/{path.name}") as response:
            assert response.status == 200


async def test_a_person_chats_through_the_page(
    browser: ClientSession, bot: Bot, person: Person
) -> None:
    me = f"people/{person.id}"
    await do(browser, f"{me}/text", {"text": "сәлем /menu"})
    await do(browser, f"{me}/text", {"text": "ұ" * 5000})
    await do(browser, f"{me}/contact", {})
    await do(browser, f"{me}/follow", {"url": "tg://resolve?domain=ules_bot&start=e5"})
    await do(browser, f"{me}/follow", {"url": "https://kaspi.kz"}, status=400)
    forwarded = {"title": "Блог", "username": "@blog", "members": 5000, "text": "#жарнама"}
    await do(browser, f"{me}/forward", forwarded)
    button = InlineKeyboardButton(text="a", callback_data="x:1")
    keys = InlineKeyboardMarkup(inline_keyboard=[[button]])
    sent = await bot.send_message(person.id, "мәзір", reply_markup=keys)
    await do(browser, f"{me}/click", {"message_id": sent.message_id, "data": "x:1"})
    await do(browser, f"{me}/click", {"message_id": 999, "data": "x:1"}, status=400)
    await do(browser, f"{me}/block", {})
    assert person.chat.blocked
    await do(browser, f"{me}/unblock", {})

    updates = await bot.get_updates()
    messages = [update.message for update in updates if update.message]
    texts = [message.text for message in messages if message.text]
    assert texts == ["сәлем /menu", "ұ" * 4096, "ұ" * 904, "/start e5", "#жарнама"]
    assert [m.contact.phone_number for m in messages if m.contact] == [person.profile.phone]
    assert [u.callback_query.data for u in updates if u.callback_query] == ["x:1"]
    assert await bot.get_chat_member_count("@blog") == 5000


async def test_files_go_up_and_come_down(browser: ClientSession, bot: Bot, person: Person) -> None:
    for kind, content in (("photo", png(30, 30)), ("document", b"1;2")):
        form = FormData(quote_fields=False)
        form.add_field("kind", kind)
        form.add_field("caption", "қараша")
        form.add_field("file", content, filename="Есеп.csv")
        async with browser.post(f"/sandbox/people/{person.id}/file", data=form) as response:
            assert response.status == 200
    photo, document = person.messages[-2:]
    assert (photo.has_photo, document.file_name) == (True, "Есеп.csv")
    url = f"/sandbox/files/{document.body['document']['file_id']}"
    async with browser.get(url) as response:
        assert await response.read() == b"1;2"
        assert response.headers["Content-Disposition"].startswith("attachment")
    async with browser.get(f"/sandbox/files/{photo.body['photo'][0]['file_id']}") as response:
        assert response.content_type == "image/jpeg"
    async with browser.get("/sandbox/files/none") as response:
        assert response.status == 404


async def test_an_open_page_hears_of_everything(
    browser: ClientSession, bot: Bot, person: Person
) -> None:
    async with browser.get("/sandbox/events") as stream:
        assert await stream.content.readline() == b"retry: 500\n"
        await bot.send_chat_action(person.id, "typing")
        await bot.send_message(person.id, "жаңа")
        await bot.set_my_commands([BotCommand(command="menu", description="Мәзір")])
        heard: list[dict[str, Any]] = []
        async for line in stream.content:
            if line.startswith(b"data: "):
                heard.append(json.loads(line.removeprefix(b"data: ")))
            if heard and heard[-1].get("chat", {}).get("commands"):
                break
    assert [event["type"] for event in heard] == ["action", "message", "chat", "chat"]
    assert heard[1]["message"]["text"] == "жаңа"


async def test_the_buttons_move_the_injected_clock(
    browser: ClientSession, bot: Bot, person: Person, telegram_clock: MovedClock
) -> None:
    before = telegram_clock()
    answer = await do(browser, "clock", {"seconds": 14 * 86400})
    assert telegram_clock() - before == timedelta(days=14)
    assert answer["now"] == int(telegram_clock().timestamp())
    await do(browser, "clock", {"seconds": -5}, status=400)
    sent = await bot.send_message(person.id, "екі аптадан кейін")
    assert sent.date == telegram_clock()


async def test_without_a_clock_there_is_nothing_to_move() -> None:
    async with Sandbox() as sandbox, ClientSession(base_url=sandbox.url) as browser:
        await do(browser, "clock", {"seconds": 60}, status=400)
        async with browser.get("/sandbox/state") as response:
            assert (await response.json())["clock"] is False


async def test_an_advance_that_takes_time_is_awaited() -> None:
    steps: list[timedelta] = []

    async def advance(step: timedelta) -> None:
        await asyncio.sleep(0)
        steps.append(step)

    async with (
        Sandbox(advance=advance) as sandbox,
        ClientSession(base_url=sandbox.url) as browser,
    ):
        await do(browser, "clock", {"seconds": 3600})
    assert steps == [timedelta(hours=1)]


async def test_people_can_be_added(browser: ClientSession, sandbox: Sandbox) -> None:
    added = await do(browser, "people", {"name": "Жаңа Адам", "language_code": "ru"})
    assert sandbox.state.chat_of(added["id"]).description["last_name"] == "Адам"
    await do(browser, "people", {"name": " "}, status=400)


async def test_another_site_cannot_act_by_a_plain_form(
    browser: ClientSession, person: Person
) -> None:
    form = {"text": "бөтен"}
    async with browser.post(f"/sandbox/people/{person.id}/text", data=form) as response:
        assert response.status == 415
    async with browser.post("/sandbox/people/5/text", json=form) as response:
        assert response.status == 404
    async with browser.post(f"/sandbox/people/{person.id}/sing", json={}) as response:
        assert response.status == 404


async def test_the_people_of_the_page_can_be_driven() -> None:
    async with Sandbox(people=DEFAULT_PEOPLE) as sandbox:
        creator = sandbox.somebody(DEFAULT_PEOPLE[0].telegram_id)
        await creator.start()
        assert creator.messages[0].text == "/start"
