"""The HTTP client goes only where it may, follows nobody, and takes no more than it asked for."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer, unused_port

from bot.http_client import HttpClient, is_public
from core.errors import SourceUnavailable
from core.fetch import FetchRequest, FetchResponse

TOKEN = "a-token-that-nobody-may-see"


class Names(AbstractResolver):
    """A name service that says what it is told to, and remembers what it was asked."""

    def __init__(self, *addresses: str, fails: OSError | None = None) -> None:
        self.addresses = addresses
        self.fails = fails
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if self.fails:
            raise self.fails
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.addresses
        ]

    async def close(self) -> None:
        return None


async def _echo(request: web.Request) -> web.Response:
    return web.json_response(
        {
            "method": request.method,
            "query": [[name, value] for name, value in request.query.items()],
            "headers": dict(request.headers),
        },
        status=int(request.query.get("status", "200")),
        headers={"Retry-After": "7", "Set-Cookie": "session=1"},
    )


async def _redirect(request: web.Request) -> web.Response:
    raise web.HTTPFound("/echo")


async def _big(request: web.Request) -> web.Response:
    return web.Response(body=b"x" * 50_000)


async def _bomb(request: web.Request) -> web.Response:
    packed = gzip.compress(b"0" * 20_000_000)
    return web.Response(body=packed, headers={"Content-Encoding": "gzip"})


async def _slow(request: web.Request) -> web.Response:
    await asyncio.sleep(5)
    return web.Response()


async def _drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(50):
        await response.write(b".")
        await asyncio.sleep(0.1)
    return response


async def _broken_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"data": [')
    assert request.transport is not None
    request.transport.close()
    return response


@pytest.fixture
async def origin() -> AsyncIterator[str]:
    app = web.Application()
    for handler in (_echo, _redirect, _big, _bomb, _slow, _drip, _broken_off):
        app.router.add_route("*", "/" + handler.__name__.strip("_"), handler)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest.fixture
async def fetch(origin: str) -> AsyncIterator[HttpClient]:
    async with HttpClient(local=[origin]) as client:
        yield client


async def refusal(answer: Awaitable[FetchResponse]) -> SourceUnavailable:
    with pytest.raises(SourceUnavailable) as failure:
        await answer
    return failure.value


# --- a plain exchange ----------------------------------------------------------------------------


async def test_a_request_arrives_as_it_was_written(fetch: HttpClient, origin: str) -> None:
    params = (("filter[orders][creationDate][$ge]", "1"), ("a", "б +&"), ("a", "2"))
    headers = (("User-Agent", "Mozilla/5.0"), ("X-Auth-Token", TOKEN))

    response = await fetch(FetchRequest(url=f"{origin}/echo", params=params, headers=headers))

    seen = json_of(response)
    assert [tuple(pair) for pair in seen["query"]] == list(params)
    assert seen["headers"]["User-Agent"] == "Mozilla/5.0"
    assert seen["headers"]["X-Auth-Token"] == TOKEN
    assert response.headers["retry-after"] == "7"


@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
async def test_an_answer_of_any_status_is_an_answer(
    fetch: HttpClient, origin: str, status: int
) -> None:
    response = await fetch(FetchRequest(url=f"{origin}/echo", params=(("status", str(status)),)))

    assert response.status == status


async def test_no_cookie_is_kept_and_no_name_is_given_unasked(
    fetch: HttpClient, origin: str
) -> None:
    await fetch(FetchRequest(url=f"{origin}/echo"))
    second = json_of(await fetch(FetchRequest(url=f"{origin}/echo")))

    assert "Cookie" not in second["headers"]
    assert "User-Agent" not in second["headers"]


async def test_a_proxy_of_the_environment_is_not_used(
    fetch: HttpClient, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")

    assert (await fetch(FetchRequest(url=f"{origin}/echo"))).status == 200


async def test_a_token_is_not_written_to_the_log(
    fetch: HttpClient, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = (("X-Auth-Token", TOKEN),)

    await fetch(FetchRequest(url=f"{origin}/echo", headers=headers))
    failure = await refusal(fetch(FetchRequest(url=f"{origin}/redirect", headers=headers)))

    assert "/echo: 200" in caplog.text
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(failure)


async def test_it_can_be_used_again_after_it_was_closed(fetch: HttpClient, origin: str) -> None:
    await fetch(FetchRequest(url=f"{origin}/echo"))
    await fetch.close()

    assert (await fetch(FetchRequest(url=f"{origin}/echo"))).status == 200


# --- bounds --------------------------------------------------------------------------------------


async def test_a_redirect_is_not_followed(fetch: HttpClient, origin: str) -> None:
    failure = await refusal(fetch(FetchRequest(url=f"{origin}/redirect")))

    assert (failure.reason, failure.detail) == ("nonsense", "redirect 302")


@pytest.mark.parametrize("path", ["big", "bomb"])
async def test_a_body_that_is_too_big_is_dropped(fetch: HttpClient, origin: str, path: str) -> None:
    failure = await refusal(fetch(FetchRequest(url=f"{origin}/{path}", max_bytes=49_999)))

    assert (failure.reason, failure.detail) == ("nonsense", "the answer is too big")


async def test_a_body_of_just_the_size_is_taken(fetch: HttpClient, origin: str) -> None:
    response = await fetch(FetchRequest(url=f"{origin}/big", max_bytes=50_000))

    assert len(response.body) == 50_000


@pytest.mark.parametrize("path", ["slow", "drip"])
async def test_the_whole_answer_must_come_in_time(
    fetch: HttpClient, origin: str, path: str
) -> None:
    failure = await refusal(fetch(FetchRequest(url=f"{origin}/{path}", timeout_seconds=0.2)))

    assert failure.reason == "timeout"


async def test_a_body_that_breaks_off_is_nonsense(fetch: HttpClient, origin: str) -> None:
    failure = await refusal(fetch(FetchRequest(url=f"{origin}/broken_off")))

    assert failure.reason == "nonsense"


async def test_a_closed_port_is_the_server_s_fault() -> None:
    origin = f"http://127.0.0.1:{unused_port()}"
    async with HttpClient(local=[origin]) as fetch:
        failure = await refusal(fetch(FetchRequest(url=f"{origin}/")))

    assert failure.reason == "server_error"


# --- where it may go -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://kaspi.kz/shop",
        "https://kaspi.kz:8443/shop",
        "https://evil.kz/shop",
        "https://kaspi.kz.evil.kz/shop",
        "https://kaspi.kz@evil.kz/shop",
        "https://user:secret@kaspi.kz/shop",
        "https://kaspi.kz./shop",
        "https://127.0.0.1/shop",
        "file:///etc/passwd",
        "kaspi.kz/shop",
        "//kaspi.kz/shop",
        "https://",
        "",
    ],
)
async def test_another_origin_is_refused_without_asking_for_its_address(url: str) -> None:
    names = Names("127.0.0.1")
    async with HttpClient(allowed=["https://kaspi.kz"], resolver=names) as fetch:
        failure = await refusal(fetch(FetchRequest(url=url)))

    assert failure.reason == "address"
    assert names.asked == []


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.0.0.5",),
        ("192.168.1.1",),
        ("172.16.0.1",),
        ("169.254.169.254",),
        ("100.64.0.1",),
        ("0.0.0.0",),
        ("::1",),
        ("fe80::1%eth0",),
        ("fd00::1",),
        ("::ffff:127.0.0.1",),
        ("8.8.8.8", "127.0.0.1"),
    ],
)
async def test_an_allowed_name_that_leads_into_our_network_is_refused(
    addresses: tuple[str, ...],
) -> None:
    names = Names(*addresses)
    async with HttpClient(allowed=["https://kaspi.kz"], resolver=names) as fetch:
        failure = await refusal(fetch(FetchRequest(url="https://kaspi.kz/shop")))

    assert (failure.reason, failure.detail) == ("address", "not a public address")


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "[::1]", "[::ffff:10.0.0.1]"])
async def test_an_allowed_literal_address_of_our_network_is_refused(host: str) -> None:
    async with HttpClient(allowed=[f"https://{host}"]) as fetch:
        failure = await refusal(fetch(FetchRequest(url=f"https://{host}/")))

    assert (failure.reason, failure.detail) == ("address", "not a public address")


async def test_a_local_origin_opens_no_other_port_of_its_host(origin: str) -> None:
    other = f"https://127.0.0.1:{unused_port()}"
    async with HttpClient(allowed=[other], local=[origin]) as fetch:
        failure = await refusal(fetch(FetchRequest(url=f"{other}/")))

    assert failure.detail == "not a public address"


async def test_a_local_origin_may_have_a_name(origin: str) -> None:
    port = origin.rpartition(":")[2]
    names = Names("127.0.0.1")
    async with HttpClient(local=[f"http://sandbox.test:{port}"], resolver=names) as fetch:
        response = await fetch(FetchRequest(url=f"http://sandbox.test:{port}/echo"))

    assert response.status == 200
    assert names.asked == ["sandbox.test"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "address"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "server_error"),
    ],
)
async def test_a_name_that_is_not_there_differs_from_a_name_service_that_is_not(
    error: OSError, reason: str
) -> None:
    async with HttpClient(allowed=["https://kaspi.kz"], resolver=Names(fails=error)) as fetch:
        failure = await refusal(fetch(FetchRequest(url="https://kaspi.kz/")))

    assert failure.reason == reason


async def test_a_server_without_its_certificate_is_not_who_it_says(
    origin: str,
) -> None:
    tls = origin.replace("http://", "https://")
    async with HttpClient(local=[tls]) as fetch:
        failure = await refusal(fetch(FetchRequest(url=f"{tls}/echo")))

    assert failure.reason == "address"


@pytest.mark.parametrize(
    "origin", ["http://kaspi.kz", "https://kaspi.kz/shop", "kaspi.kz", "https://u@kaspi.kz"]
)
def test_an_origin_that_is_none_or_not_safe_is_a_mistake_at_start(origin: str) -> None:
    with pytest.raises(ValueError, match=r"origin|local|URL"):
        HttpClient(allowed=[origin])


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("194.187.246.1", True),
        ("2a00:1450:4001::1", True),
        ("64:ff9b::8.8.8.8", True),
        ("64:ff9b::10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("::127.0.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("ff02::1", False),
        ("kaspi.kz", False),
        ("2130706433", False),
        ("", False),
        (None, False),
    ],
)
def test_a_public_address_is_known_in_every_disguise(address: str | None, public: bool) -> None:
    assert is_public(address) is public


def json_of(response: FetchResponse) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads(response.body)
    return seen
