"""The upload page: one person, one file, nothing left of what breaks off, nothing to guess."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import ClientResponse, DummyCookieJar, FormData
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.i18n import translator
from bot.web.app import create_web
from bot.web.broadcast_links import BroadcastLinks
from bot.web.clicks import ClickSpool
from bot.web.misses import ALLOWED
from bot.web.uploads import UploadPage
from core.order_files import PIECE
from core.people import Actor, Brand, Locale
from core.ports import UnitOfWorkFactory
from core.tokens import new_token
from core.upload_links import SILENCE, VALID, LinkState
from core.usecases.order_files import forget_files, opened
from core.usecases.upload_links import (
    ask_link,
    find_link,
    forget_links,
    receive_file,
    waiting_files,
)
from db.models import sealed_uploads, upload_links, upload_pieces, uploads
from tests.builders import a_brand
from tests.conftest import FrozenClock
from tests.usecases.order_builders import BOX
from tests.web.test_pages import HOSTILE, Elements

ORDERS = b"number;date;amount;status\n" + b"1001;21.11.2026;10000;done\n" * 60_000
LIMIT = 2 * PIECE


@dataclass
class Hall:
    """A running site with the page, and a manager who has a link."""

    client: TestClient[Any, Any]
    new_uow: UnitOfWorkFactory
    engine: AsyncEngine
    clock: FrozenClock
    brand: Brand
    manager: Actor
    token: str
    arrived: list[None] = field(default_factory=list)

    async def get(self, token: str = "", *, query: str = "") -> ClientResponse:
        return await self.client.get(f"/u/{token or self.token}{query}", allow_redirects=False)

    async def send(
        self, content: bytes, name: str = "orders.csv", *, token: str = "", **headers: str
    ) -> ClientResponse:
        """Send a file by a plain form."""
        form = FormData(default_to_multipart=True)
        form.add_field("file", io.BytesIO(content), filename=name, content_type="text/csv")
        return await self.client.post(
            f"/u/{token or self.token}",
            data=form,
            allow_redirects=False,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    async def state(self) -> LinkState:
        view = await find_link(self.new_uow, self.token)
        assert view is not None
        return view.link.state

    async def reaches(self, state: LinkState, *, received: int = 0) -> None:
        """Wait until the link is there."""
        async with asyncio.timeout(5):
            while True:
                view = await find_link(self.new_uow, self.token)
                if view and view.link.state is state and view.link.received >= received:
                    return
                await asyncio.sleep(0.01)

    async def rows(self) -> list[int]:
        """How much there is of uploads, sealed files and pieces, after the sweep."""
        await forget_files(self.new_uow, self.clock)
        async with self.engine.connect() as connection:
            return [
                await connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in (uploads, sealed_uploads, upload_pieces)
            ]


@asynccontextmanager
async def a_hall(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock, folder: Path
) -> AsyncIterator[Hall]:
    async def nothing(*_: Any) -> Any:
        return None

    arrived: list[None] = []
    app = create_web(
        links=nothing,
        clicks=ClickSpool(folder / "clicks", clock),
        broadcasts=BroadcastLinks(find=nothing, clock=clock, digest=BOX.digest, store=nothing),
        clock=clock,
        health=nothing,
        bot_username="ules_bot",
        public_url="http://localhost",
        translator_for=translator,
        digest=BOX.digest,
        uploads=partial(
            UploadPage,
            find=partial(find_link, new_uow),
            receive=partial(receive_file, new_uow, clock, BOX),
            arrived=lambda: arrived.append(None),
            clock=clock,
            digest=BOX.digest,
            proxies=0,
            limit=LIMIT,
        ),
    )
    brand, manager = await a_brand(new_uow, clock(), locale=Locale.RU)
    token, _ = await ask_link(new_uow, clock, actor=manager, brand=brand.id)
    async with TestClient(TestServer(app), cookie_jar=DummyCookieJar()) as client:
        yield Hall(client, new_uow, engine, clock, brand, manager, token, arrived)


@pytest.fixture
async def hall(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock, tmp_path: Path
) -> AsyncIterator[Hall]:
    async with a_hall(new_uow, engine, clock, tmp_path) as made:
        yield made


async def test_a_file_is_taken_once_and_waits_for_the_chat(hall: Hall) -> None:
    form = await hall.get()
    sent = await hall.send(ORDERS)
    done = await hall.get()
    again = await hall.send(ORDERS[:-30])

    assert (form.status, sent.status, done.status, again.status) == (200, 303, 200, 410)
    assert sent.headers["Location"] == f"/u/{hall.token}?lang=ru"
    assert hall.arrived == [None]
    assert "orders.csv, 2 МБ" in await done.text()
    assert "https://t.me/ules_bot" in await done.text()
    (view,) = await waiting_files(hall.new_uow, hall.clock)
    assert view.link.upload is not None
    async with opened(hall.new_uow, BOX, view.link.upload) as content:
        assert content == ORDERS
    assert await hall.rows() == [1, 1, 2]


async def test_only_the_digest_of_a_token_is_kept_and_nothing_of_it_is_logged(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await hall.get()
    await hall.send(b"%PDF-1.7")
    await hall.send(ORDERS)

    async with hall.engine.connect() as connection:
        row = (await connection.execute(sa.select(upload_links))).one()
    assert not any(hall.token.encode() in str(value).encode() for value in row)
    assert hall.token not in "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("bot", "core"))
    )


async def test_nobody_guesses_a_token(hall: Hall) -> None:
    for token in ("x" * 22, "short", hall.token[:-1] + "~", new_token()):
        assert (await hall.get(token)).status == 404
        assert (await hall.send(ORDERS, token=token)).status == 404
    while (await hall.get(new_token())).status == 404:
        pass
    refused = await hall.get()

    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert (await hall.send(ORDERS)).status == 429
    hall.clock.advance(minutes=11)
    assert (await hall.get()).status == 200
    assert ALLOWED < 100


async def test_a_link_works_for_an_hour_and_until_the_next_one(hall: Hall) -> None:
    first = hall.token
    hall.clock.advance(seconds=VALID.total_seconds() - 1)
    assert (await hall.get()).status == 200
    hall.clock.advance(seconds=1)
    assert (await hall.get()).status == 410
    assert (await hall.send(ORDERS)).status == 410

    hall.token, _ = await ask_link(
        hall.new_uow, hall.clock, actor=hall.manager, brand=hall.brand.id
    )
    second = hall.token
    await ask_link(hall.new_uow, hall.clock, actor=hall.manager, brand=hall.brand.id)
    assert (await hall.get(second)).status == 410
    hall.clock.advance(days=2)
    await forget_links(hall.new_uow, hall.clock)
    assert (await hall.get(first)).status == 404


async def test_whoever_lost_the_right_cannot_use_the_link(hall: Hall) -> None:
    async with hall.new_uow() as uow:
        await uow.brands.remove_manager(hall.brand.id, hall.manager.id)
        await uow.commit()

    assert (await hall.get()).status == 410
    assert (await hall.send(ORDERS)).status == 410
    assert await hall.rows() == [0, 0, 0]


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"%PDF-1.7 and so on", 422, "Это не таблица заказов"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, 422, "XLS"),
        (b"", 422, "Файл пуст"),
        (b"x" * (LIMIT + 2**17), 413, "до 2 МБ"),
    ],
    ids=["pdf", "xls", "empty", "by its header"],
)
async def test_what_cannot_be_taken_is_told_and_another_file_may_follow(
    hall: Hall, content: bytes, status: int, told: str
) -> None:
    refused = await hall.send(content)
    page = await refused.text()

    assert refused.status == status
    assert told in page
    assert '<form id="upload"' in page
    assert await hall.state() is LinkState.OPEN
    assert await hall.rows() == [0, 0, 0]
    assert (await hall.send(ORDERS)).status == 303


async def test_a_form_without_a_file_is_told_so(hall: Hall) -> None:
    for data in ({"file": "text"}, b"raw"):
        answer = await hall.client.post(f"/u/{hall.token}", data=data)

        assert answer.status == 400
        assert "Сначала выберите файл" in await answer.text()
    assert await hall.state() is LinkState.OPEN


def multipart(content: bytes, *, end: bool = True) -> tuple[dict[str, str], bytes]:
    """Headers and body of a form, possibly without its end."""
    head = (
        b'--cut\r\nContent-Disposition: form-data; name="file"; filename="orders.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\n"
    )
    body = head + content + (b"\r\n--cut--\r\n" if end else b"")
    return {"Content-Type": "multipart/form-data; boundary=cut"}, body


async def test_a_file_is_measured_while_it_comes(hall: Hall) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield multipart(b"", end=False)[1]
        for _ in range(200):
            yield ORDERS[: 2**16]

    headers, _ = multipart(b"")
    answer = await hall.client.post(f"/u/{hall.token}", data=endless(), headers=headers)

    assert answer.status == 413
    assert await hall.state() is LinkState.OPEN
    assert await hall.rows() == [0, 0, 0]


async def test_what_breaks_off_leaves_nothing_and_the_link_as_it_was(hall: Hall) -> None:
    headers, body = multipart(ORDERS, end=False)
    cut = await hall.client.post(f"/u/{hall.token}", data=io.BytesIO(body), headers=headers)
    assert cut.status == 400
    assert "прервалась" in await cut.text()

    _, writer = await asyncio.open_connection("127.0.0.1", hall.client.port)
    writer.write(
        f"POST /u/{hall.token} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n"
        f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    )
    writer.write(body[: PIECE + 2**18])
    await writer.drain()
    await hall.reaches(LinkState.RECEIVING, received=PIECE)
    writer.transport.abort()  # the phone has lost the network
    await hall.reaches(LinkState.OPEN)

    assert await hall.rows() == [0, 0, 0]
    assert (await hall.send(ORDERS)).status == 303


async def test_two_uploads_by_one_link_do_not_run_at_once(hall: Hall) -> None:
    go_on = asyncio.Event()
    headers, body = multipart(ORDERS)

    async def slow() -> AsyncIterator[bytes]:
        yield body[: PIECE + 2**18]
        await go_on.wait()
        yield body[PIECE + 2**18 :]

    first = asyncio.create_task(
        hall.client.post(f"/u/{hall.token}", data=slow(), headers=headers, allow_redirects=False)
    )
    await hall.reaches(LinkState.RECEIVING, received=PIECE)
    assert "загружается" in await (await hall.get()).text()
    second = await hall.send(ORDERS)
    go_on.set()

    assert second.status == 409
    assert (await first).status == 303
    assert len(await waiting_files(hall.new_uow, hall.clock)) == 1


async def test_an_upload_that_fell_silent_gives_way_and_cannot_come_back(hall: Hall) -> None:
    go_on = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield ORDERS[:PIECE]
        await go_on.wait()
        yield ORDERS[PIECE:]

    silent = asyncio.create_task(
        receive_file(
            hall.new_uow,
            hall.clock,
            BOX,
            token=hall.token,
            name="first.csv",
            chunks=slow(),
            limit=LIMIT,
        )
    )
    await hall.reaches(LinkState.RECEIVING, received=PIECE)
    hall.clock.advance(seconds=SILENCE.total_seconds())
    assert (await hall.send(ORDERS, "second.csv")).status == 303
    go_on.set()
    (outcome,) = await asyncio.gather(silent, return_exceptions=True)

    assert type(outcome).__name__ == "UploadLinkSpent"
    (view,) = await waiting_files(hall.new_uow, hall.clock)
    assert view.link.file_name == "second.csv"
    assert (await hall.rows())[0] == 1


async def test_a_form_of_another_site_is_not_taken(hall: Hall) -> None:
    assert (await hall.send(ORDERS, Sec_Fetch_Site="cross-site")).status == 403
    assert await hall.state() is LinkState.OPEN
    assert (await hall.send(ORDERS, Sec_Fetch_Site="same-origin")).status == 303


NAMES = {
    "../../etc/passwd": "passwd",
    "C:\\orders\\march.csv": "march.csv",
    "a\u202e\u0007b.csv": "ab.csv",
    "я" * 300 + ".csv": "я" * 95 + "….csv",
    HOSTILE: HOSTILE.rpartition("/")[2],
    "заказы\r\nSet-Cookie: a=b.csv": "заказы Set-Cookie: a=b.csv",
    "\udcff.csv": ".csv",  # bytes that are no UTF-8, as aiohttp hands them over
    "/": "orders",
}


async def test_a_name_is_only_shown(hall: Hall) -> None:
    for name, shown in NAMES.items():
        token, _ = await ask_link(hall.new_uow, hall.clock, actor=hall.manager, brand=hall.brand.id)
        await receive_file(
            hall.new_uow,
            hall.clock,
            BOX,
            token=token,
            name=name,
            chunks=_once(ORDERS[:100]),
            limit=LIMIT,
        )
        answer = await hall.get(token)
        page = Elements(await answer.text())

        view = await find_link(hall.new_uow, token)
        assert view is not None
        assert view.link.file_name == shown
        assert shown in "".join(page.words)
        assert not any(tag in ("script", "img") for tag, _ in page.found)
        assert "Set-Cookie" not in answer.headers


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_the_page_loads_nothing_and_is_remembered_by_nobody(hall: Hall) -> None:
    for locale in Locale:
        answer = await hall.get(query=f"?lang={locale}")
        text = await answer.text()
        page = Elements(text)
        policy = answer.headers["Content-Security-Policy"]

        assert f'<html lang="{locale}">' in text
        assert not any("src" in attrs or "style" in attrs for _, attrs in page.found)
        assert not any(name.startswith("on") for _, attrs in page.found for name in attrs)
        for inline in re.findall(r"<(?:style|script)>(.*?)</", text, flags=re.DOTALL):
            digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert hall.token not in text


async def test_the_page_speaks_the_language_of_whoever_asked_for_it(hall: Hall) -> None:
    page = await hall.client.get(f"/u/{hall.token}", headers={"Accept-Language": "en"})

    assert '<html lang="ru">' in await page.text()
    assert hall.brand.name in await page.text()
