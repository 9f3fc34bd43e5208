"""HTTP to merchants' systems: only to allowed origins and public addresses, always bounded."""

from __future__ import annotations

import ipaddress
import logging
import socket
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from core.errors import SourceUnavailable
from core.fetch import FetchRequest, FetchResponse

log: Final = logging.getLogger(__name__)

CHUNK: Final = 64 * 1024
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")  # the last 32 bits are an IPv4 address


class HttpClient:
    """Carries out `core.fetch.Fetch` over aiohttp.

    `allowed` and `local` are origins (scheme, host and port; a path is an error). A request to any
    other origin is refused, so is an allowed one that resolves to an address inside our own
    network, unless the very origin is in `local` (the sandbox's fakes). The address that was
    checked is the one that is connected to. Redirects are not followed, proxies of the environment
    are not used, cookies are not kept, headers are not logged.
    """

    def __init__(
        self,
        *,
        allowed: Iterable[str] = (),
        local: Iterable[str] = (),
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._local = frozenset(_origin(text) for text in local)
        self._allowed = frozenset(_origin(text) for text in allowed) | self._local
        for origin in self._allowed - self._local:
            if origin.scheme != "https":
                raise ValueError(f"{origin} is neither https nor local")
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __call__(self, request: FetchRequest) -> FetchResponse:
        """Send a request and read the whole answer; raises SourceUnavailable as the port says."""
        url = self._checked(request.url)
        started = time.monotonic()
        try:
            response = await self._exchange(url, request)
        except TimeoutError as error:
            raise SourceUnavailable("timeout") from error
        except aiohttp.ClientConnectorDNSError as error:
            raise _resolution(error) from error
        except (aiohttp.ClientSSLError, aiohttp.InvalidURL) as error:
            raise SourceUnavailable("address", "tls or url") from error
        except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as error:
            raise SourceUnavailable("nonsense", "broken HTTP") from error
        except (aiohttp.ClientError, OSError) as error:
            raise SourceUnavailable("server_error", "no connection") from error
        log.debug(
            "%s %s%s: %d in %d ms",
            request.method,
            url.origin(),
            url.path,
            response.status,
            (time.monotonic() - started) * 1_000,
        )
        return response

    async def _exchange(self, url: URL, request: FetchRequest) -> FetchResponse:
        async with self._connected().request(
            request.method,
            url,
            params=list(request.params),
            headers=list(request.headers),
            timeout=aiohttp.ClientTimeout(total=request.timeout_seconds),
            allow_redirects=False,
        ) as response:
            if 300 <= response.status < 400:
                raise SourceUnavailable("nonsense", f"redirect {response.status}")
            body = bytearray()
            async for chunk in response.content.iter_chunked(CHUNK):
                body += chunk
                if len(body) > request.max_bytes:
                    raise SourceUnavailable("nonsense", "the answer is too big")
            return FetchResponse(
                status=response.status,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=bytes(body),
            )

    def _checked(self, text: str) -> URL:
        try:
            url = URL(text)
            allowed = url.origin() in self._allowed and url.user is None and url.password is None
        except ValueError as error:
            raise SourceUnavailable("address", "not an address") from error
        if not allowed:
            raise SourceUnavailable("address", "not an allowed origin")
        # A literal address never reaches the resolver.
        if url.origin() not in self._local and _is_literal(url.host) and not is_public(url.host):
            raise SourceUnavailable("address", "not a public address")
        return url

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            local = frozenset((origin.host, origin.port) for origin in self._local)
            resolver = _CheckedResolver(self._resolver or aiohttp.ThreadedResolver(), local)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, limit_per_host=8),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent",),
                trust_env=False,
            )
        return self._session


class _CheckedResolver(AbstractResolver):
    """Resolves a name and refuses it if one of its addresses is not public."""

    def __init__(
        self, inner: AbstractResolver, local: frozenset[tuple[str | None, int | None]]
    ) -> None:
        self._inner = inner
        self._local = local

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if (host, port) not in self._local and not all(is_public(one["host"]) for one in found):
            raise _NotPublic(host)
        return found

    async def close(self) -> None:
        await self._inner.close()


class _NotPublic(OSError):
    """A name leads into our own network."""


def is_public(address: str | None) -> bool:
    """Whether an address lies on the open internet, seen through every IPv6 disguise of IPv4."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        hidden = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            hidden = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if hidden is not None:
            ip = hidden
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _is_literal(host: str | None) -> bool:
    try:
        ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return True


def _origin(text: str) -> URL:
    url = URL(text)
    if url.origin() != url.with_path("") or url.user or url.path not in {"", "/"}:
        raise ValueError(f"{text} is not an origin: scheme, host and port")
    return url.origin()


def _resolution(error: aiohttp.ClientConnectorDNSError) -> SourceUnavailable:
    cause = error.os_error
    if isinstance(cause, _NotPublic):
        return SourceUnavailable("address", "not a public address")
    if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:
        return SourceUnavailable("server_error", "no name service")
    return SourceUnavailable("address", "no such host")
