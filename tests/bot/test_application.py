"""The application as a whole: it answers, it says what is wrong, and it closes without loss."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from bot.app import StartRefused, run
from bot.callbacks.nav import Target
from bot.i18n import Translator
from bot.middlewares.throttle import Throttle
from bot.screens import menu as menu_screens
from bot.screens.base import Screen
from bot.settings import Settings, load_settings
from bot.web.webhook import HEADER, PATH
from core.errors import InvitationSpent
from core.people import Actor, Locale
from scripts.sandbox import Sandbox
from tests.bot.conftest import OPERATOR, Open, Stage

ROOT = Path(__file__).resolve().parents[2]


# --- answering -----------------------------------------------------------------------------------


async def test_the_menu_opens_and_leads_home(stage: Stage) -> None:
    aigerim = await stage.person("Айгерім", Locale.KK)

    await aigerim.send("/menu")
    opened = await aigerim.expect("Üles")

    assert opened.labels
    assert stage.sandbox.unanswered == []


async def test_a_stray_message_gets_the_menu(stage: Stage) -> None:
    dana = await stage.person("Dana", Locale.EN)

    await dana.send("what is this?")

    assert (await dana.expect("did not understand")).labels


async def test_an_old_button_says_so_and_shows_where_we_are(stage: Stage) -> None:
    dana = await stage.person("Dana", Locale.EN)
    await dana.send("/menu")
    message = await dana.expect("Üles")

    await dana.tap("gone:12", message=message)

    await dana.expect_alert("out of date")
    assert len(dana.received) == 1


async def test_commands_work_in_every_state(stage: Stage) -> None:
    dana = await stage.person("Dana", Locale.EN)
    async with stage.new_uow() as uow:
        key = f"{dana.id}:{dana.id}"
        await uow.forms.save(key, state="WriteOffer:answer", data={"x": 1}, now=stage.clock())
        await uow.commit()

    await dana.send("/menu")
    await dana.expect("Üles")

    async with stage.new_uow(read_only=True) as uow:
        state, _ = await uow.forms.load(f"{dana.id}:{dana.id}")
    assert state is None


async def test_somebody_without_a_language_is_asked_for_it_first(stage: Stage) -> None:
    newcomer = stage.sandbox.person("New", language_code="de")

    await newcomer.send("/menu")

    assert "Қазақша" in " ".join((await newcomer.expect("Тіл")).labels)


async def test_a_group_is_not_answered(stage: Stage) -> None:
    dana = await stage.person("Dana", Locale.EN)
    channel = stage.sandbox.channel("Blog", username="blog", members=10, owner=dana)
    channel.promote_bot(by=dana)

    await dana.send("/menu")
    await dana.expect("Üles")

    assert stage.sandbox.delivered() == stage.sandbox.delivered(dana)


async def test_a_block_is_noticed_and_taken_back(stage: Stage) -> None:
    dana = await stage.person("Dana", Locale.EN)
    await dana.send("/menu")
    await dana.expect("Üles")

    async def blocked() -> bool:
        async with stage.new_uow(read_only=True) as uow:
            found = await uow.people.by_telegram_ids([dana.id])
            return (await uow.people.get(found[dana.id])).blocked_bot

    async def becomes(wanted: bool) -> None:
        async with asyncio.timeout(5):
            while await blocked() is not wanted:  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.02)

    dana.block()
    await becomes(True)
    dana.unblock()
    await becomes(False)


# --- refusals and failures -----------------------------------------------------------------------


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """What the menu raises instead of opening, while the list is not empty."""
    errors: list[Exception] = []
    opened = menu_screens.menu

    def menu(t: Translator, actor: Actor, *, target: Target = Target.HOME) -> Screen:
        if errors:
            raise errors[0]
        return opened(t, actor, target=target)

    monkeypatch.setattr(menu_screens, "menu", menu)
    return errors


async def test_a_refusal_is_a_window_for_a_tap_and_a_message_otherwise(
    stage: Stage, failing: list[Exception]
) -> None:
    dana = await stage.person("Dana", Locale.EN)
    await dana.send("/menu")
    await dana.expect("Üles")
    failing.append(InvitationSpent())

    await dana.tap("nav:home", message=dana.last)
    await dana.expect_alert("invitation does not work")
    await dana.send("/menu")
    told = await dana.expect("invitation does not work")

    assert "⌂ Main menu" in told.labels


async def test_a_bug_is_apologised_for_once_and_told_to_the_operators(
    stage: Stage, failing: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    operator = stage.sandbox.person("Operator", telegram_id=OPERATOR)
    await operator.send("/help")
    await operator.expect("")
    dana = await stage.person("Dana", Locale.EN)
    failing.append(ZeroDivisionError("secret of dana"))

    await dana.send("/menu")
    await dana.send("/menu")
    await dana.expect("went wrong on our side")
    alarm = await operator.expect("ZeroDivisionError")
    await asyncio.sleep(0.1)

    assert "secret" not in alarm.text
    assert operator.count("ZeroDivisionError") == 1  # no more than one a minute
    assert any("failed" in record.message and record.exc_info for record in caplog.records)


async def test_the_log_names_updates_and_nothing_that_people_wrote(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    dana = await stage.person("Dana", Locale.EN)

    await dana.send("my iin is 900101300123")
    await dana.expect("did not understand")
    await asyncio.sleep(0.05)

    lines = [record.message for record in caplog.records if record.name == "bot.updates"]
    assert any("kind=message" in line and "outcome=ok" in line for line in lines)
    assert "900101300123" not in caplog.text
    assert stage.settings.bot_token.get_secret_value() not in caplog.text


async def test_haste_is_answered_with_one_warning(application: Open) -> None:
    async with application(throttle=Throttle(burst=3, seconds=60)) as stage:
        dana = await stage.person("Dana", Locale.EN)
        for _ in range(10):
            await dana.send("/menu")
        await dana.expect("very quick")
        await asyncio.sleep(0.1)

    assert dana.count("very quick") == 1
    assert dana.count("Üles") == 3


# --- webhook -------------------------------------------------------------------------------------


@pytest.fixture
def webhook(settings: Settings, unused_port: int) -> Settings:
    """The same application, with updates pushed to it."""
    return load_settings(
        _env_file=None,
        **settings.model_dump(exclude={"telegram_mode", "webhook_secret", "web_port"}),
        telegram_mode="webhook",
        webhook_secret="hush_hush",
        web_port=unused_port,
    ).model_copy(update={"public_url": f"http://127.0.0.1:{unused_port}"})


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_updates_come_by_webhook(application: Open, webhook: Settings) -> None:
    async with application(settings=webhook) as stage:
        dana = await stage.person("Dana", Locale.EN)
        await dana.send("/menu")
        await dana.expect("Üles")

    assert stage.sandbox.calls("getUpdates") == 0


async def test_a_webhook_without_the_secret_is_refused(
    application: Open, webhook: Settings
) -> None:
    update = {"update_id": 1}
    async with application(settings=webhook), aiohttp.ClientSession() as client:
        url = webhook.public_url + PATH
        answers = []
        for headers in ({}, {HEADER: "hush"}, {HEADER: "hush_hush"}):
            async with client.post(url, json=update, headers=headers) as answer:
                answers.append(answer.status)
        async with client.post(url, data=b"no json", headers={HEADER: "hush_hush"}) as answer:
            answers.append(answer.status)
        big = io.BytesIO(b"x" * (2 * 1024 * 1024))
        async with client.post(url, data=big, headers={HEADER: "hush_hush"}) as answer:
            answers.append(answer.status)

    assert answers == [403, 403, 200, 400, 413]


async def test_our_fault_is_told_to_telegram_until_it_is_hopeless(
    application: Open, webhook: Settings, failing: list[Exception]
) -> None:
    async with application(settings=webhook) as stage, aiohttp.ClientSession() as client:
        dana = await stage.person("Dana", Locale.EN)
        failing.append(ZeroDivisionError())
        person = {"id": dana.id, "is_bot": False, "first_name": "Dana"}
        message = {
            "message_id": 1,
            "date": 1,
            "chat": {"id": dana.id, "type": "private"},
            "from": person,
            "text": "/menu",
        }
        statuses = []
        for _ in range(6):
            async with client.post(
                webhook.public_url + PATH,
                json={"update_id": 77, "message": message},
                headers={HEADER: "hush_hush"},
            ) as answer:
                statuses.append(answer.status)

    assert statuses == [500, 500, 500, 500, 200, 200]
    assert dana.count("went wrong") <= 1


# --- starting and stopping -----------------------------------------------------------------------


async def test_health_is_told(stage: Stage) -> None:
    async with aiohttp.ClientSession() as client:
        for path in ("healthz", "readyz"):
            async with client.get(f"http://127.0.0.1:{stage.running.web_port}/{path}") as answer:
                assert answer.status == 200
                assert (await answer.json())["ok"] is True


async def test_a_database_without_tables_is_one_clear_line(
    settings: Settings, tmp_path: Path
) -> None:
    empty = settings.model_copy(
        update={"database_url": f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"}
    )

    with pytest.raises(StartRefused, match="ules migrate"):
        await run(empty)


async def test_a_token_that_telegram_does_not_know_is_one_clear_line(settings: Settings) -> None:
    wrong = load_settings(
        _env_file=None, **{**settings.model_dump(), "bot_token": "42:" + "B" * 35}
    )

    with pytest.raises(StartRefused, match="BOT_TOKEN is not valid"):
        await run(wrong)


async def test_a_port_in_use_is_one_clear_line(stage: Stage, application: Open) -> None:
    taken = stage.settings.model_copy(update={"web_port": stage.running.web_port})

    with pytest.raises(StartRefused, match="cannot be listened on"):
        await run(taken)


async def test_a_telegram_that_is_away_at_the_start_is_waited_for(
    application: Open, sandbox: Sandbox
) -> None:
    sandbox.fail("error", "getMe", times=1, status=502)

    async with application() as stage:
        dana = await stage.person("Dana", Locale.EN)
        await dana.send("/menu")
        await dana.expect("Üles")


async def test_a_token_taken_away_stops_the_program(settings: Settings, sandbox: Sandbox) -> None:
    from aiogram.exceptions import TelegramUnauthorizedError

    sandbox.fail("error", "getUpdates", times=1, status=401)

    with pytest.raises(TelegramUnauthorizedError):
        async with asyncio.timeout(10):
            await run(settings)


def environment(settings: Settings) -> dict[str, str]:
    """The settings as environment variables for a process of its own."""
    clean = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
    return clean | {
        "PYTHONPATH": str(ROOT),
        "BOT_TOKEN": settings.bot_token.get_secret_value(),
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "TELEGRAM_API_URL": settings.telegram_api_url,
        "DATABASE_URL": settings.database_url,
        "DATA_DIR": str(settings.data_dir),
        "OPERATOR_NAME": settings.operator_name,
        "OPERATOR_BIN": settings.operator_bin,
        "WEB_PORT": "0",
    }


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_the_program_cleanly(
    settings: Settings, sandbox: Sandbox, tmp_path: Path, name: signal.Signals
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        cwd=tmp_path,
        env=environment(settings),
        stderr=subprocess.PIPE,
    )
    try:
        dana = sandbox.person("Dana", language_code="kk")
        await dana.send("/start")
        await dana.expect("Тіл", timeout=30)

        process.send_signal(name)
        async with asyncio.timeout(20):
            _, log = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert process.returncode == 0, log.decode()
    assert b"Traceback" not in log
    assert b"stopped" in log
