"""The Kaspi order API v2: a resumable sweep over states, windows of days and pages.

The API has no webhooks and no filter by the date of a change, so a sweep reads the open queues
again and again, the archive of recent orders every hour, and once a day, by number, those older
orders that a commission hangs on. Source: the guide for partners of Kaspi, Shop API v2.
"""

from __future__ import annotations

import email.utils
import json
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from core.errors import SourceUnavailable
from core.fetch import Fetch, FetchRequest, FetchResponse
from core.orders import NormalisedOrder
from core.sources.base import RejectedLine
from core.sources.kaspi_order import ARCHIVE, at, milliseconds, moment, parse

OPEN_STATES: Final = ("NEW", "SIGN_REQUIRED", "PICKUP", "DELIVERY", "KASPI_DELIVERY")
PAGE_SIZE: Final = 100  # the largest that the API gives
MAX_PAGES: Final = 5_000  # of one window; more means that the page count is nonsense
WINDOW: Final = timedelta(days=14)  # the longest that the API takes
OVERLAP: Final = timedelta(hours=1)
HORIZON: Final = timedelta(days=92)  # older orders are read by number only
ARCHIVE_EVERY: Final = timedelta(minutes=60)
FOLLOW_EVERY: Final = timedelta(hours=24)

SPACING: Final = 0.5  # seconds before each request: at most two a second
TRIES: Final = 3
LONGEST_WAIT: Final = 30  # seconds; a longer one is left to the caller's schedule
LATEST_RETRY: Final = 3_600  # seconds; a merchant's system cannot switch itself off for longer
RETRY_AFTER: Final = {"rate_limited": 300, "timeout": 60, "server_error": 60, "nonsense": 60}

# Without a User-Agent of a browser the API does not answer at all.
USER_AGENT: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/138.0.0.0 Safari/537.36"
)
MEDIA_TYPE: Final = "application/vnd.api+json"
CURSOR_VERSION: Final = 1

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KaspiSettings:
    """Where the API is and the merchant's token, which can also accept and cancel orders."""

    base_url: str = "https://kaspi.kz/shop/api/v2"
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the product knows of the merchant's orders when a sweep begins.

    `oldest_open` is the order time of the oldest order without a final status; `follow` the numbers
    of orders that have a commission, are not final and are older than 14 days.
    """

    oldest_open: datetime | None = None
    follow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer of the API. Save `cursor` once its orders are stored: `read` goes on from there.

    `done` requests of `planned` are behind; the plan grows as windows turn out to have more pages.
    `warnings` are raw statuses that were not understood.
    """

    orders: tuple[NormalisedOrder, ...]
    rejected: tuple[RejectedLine, ...]
    warnings: tuple[str, ...]
    cursor: dict[str, Any]
    done: int
    planned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leg:
    """One query to be read to its last page: a state within a window, or an order by its number."""

    state: str = ""
    since: datetime | None = None
    until: datetime | None = None
    code: str = ""

    def params(self, page: int) -> tuple[tuple[str, str], ...]:
        paging = (
            ("page[number]", str(page)),
            ("page[size]", str(PAGE_SIZE)),
            ("include[orders]", "entries"),
        )
        if self.since is None or self.until is None:
            return (*paging, ("filter[orders][code]", self.code))
        return (
            *paging,
            ("filter[orders][state]", self.state),
            ("filter[orders][creationDate][$ge]", str(milliseconds(self.since))),
            ("filter[orders][creationDate][$le]", str(milliseconds(self.until))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sweep:
    """A sweep under way: what it covers, fixed when it began, and how far it has come.

    `leg` counts the windows that are behind, `page` is the next page of the current one, `after`
    the last order that was read by number.
    """

    started: datetime
    open_since: datetime
    archive_since: datetime | None
    follow: bool
    leg: int = 0
    page: int = 0
    after: str = ""
    done: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Progress:
    """The cursor: when each part was last read to its end, and the sweep that is under way."""

    open_at: datetime | None = None
    archive_at: datetime | None = None
    follow_at: datetime | None = None
    sweep: _Sweep | None = None


async def check(fetch: Fetch, settings: KaspiSettings) -> None:
    """Make sure by one cheap request that the token is good; raises SourceUnavailable."""
    params = (("page[number]", "0"), ("page[size]", "1"), ("filter[orders][code]", "1"))
    _payload(await fetch(_request(settings, params)))


async def read(
    fetch: Fetch,
    settings: KaspiSettings,
    *,
    known: Known,
    cursor: dict[str, Any] | None,
    now: datetime,
    pause: Pause,
) -> AsyncGenerator[Page, None]:
    """Sweep the merchant's orders, or go on with the sweep that `cursor` stopped in.

    Open orders are read each time, back to the oldest one known; the archive once an hour, back to
    where it was last read but at least 14 days; the orders to follow once a day. `pause` waits that
    many seconds. Raises SourceUnavailable, with `retry_after` where another try makes sense.
    """
    progress = _load(cursor)
    sweep = progress.sweep or _begin(progress, known, now)
    windows = tuple(_windows(sweep))
    codes = sorted(set(known.follow)) if sweep.follow else []
    legs = [
        *windows[sweep.leg :],
        *(_Leg(code=code) for code in codes if code > sweep.after),
    ]
    if not legs:  # the orders that were still to be followed became final meanwhile
        yield Page(
            orders=(),
            rejected=(),
            warnings=(),
            cursor=_dump(_finish(progress, sweep)),
            done=sweep.done,
            planned=sweep.done,
        )
    for number, leg in enumerate(legs, start=1):
        more = 1
        while more:
            await pause(SPACING)
            payload = await _ask(fetch, _request(settings, leg.params(sweep.page)), pause)
            more = 0 if leg.code else _pages_left(payload, sweep.page)
            parsed = parse(
                payload["data"], payload.get("included"), first_line=sweep.page * PAGE_SIZE + 1
            )
            sweep = _step(sweep, leg, more)
            left = more + len(legs) - number
            yield Page(
                orders=parsed.orders,
                rejected=parsed.rejected,
                warnings=parsed.warnings,
                cursor=_dump(replace(progress, sweep=sweep) if left else _finish(progress, sweep)),
                done=sweep.done,
                planned=sweep.done + left,
            )


# --- the plan ------------------------------------------------------------------------------------


def _begin(progress: _Progress, known: Known, now: datetime) -> _Sweep:
    """Decide what to read: after a pause of weeks the windows reach back to the last sweep."""
    recent = now - WINDOW

    def since(*bounds: datetime | None) -> datetime:
        reach = min([recent, *(bound - OVERLAP for bound in bounds if bound)])
        return max(reach, now - HORIZON)

    archive = _due(progress.archive_at, ARCHIVE_EVERY, now)
    return _Sweep(
        started=now,
        open_since=since(known.oldest_open, progress.open_at),
        archive_since=since(progress.archive_at) if archive else None,
        follow=_due(progress.follow_at, FOLLOW_EVERY, now),
    )


def _due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or not timedelta(0) <= now - last < every


def _windows(sweep: _Sweep) -> Iterator[_Leg]:
    for state in OPEN_STATES:
        yield from _back(state, sweep.open_since, sweep.started)
    if sweep.archive_since:
        yield from _back(ARCHIVE, sweep.archive_since, sweep.started)


def _back(state: str, since: datetime, until: datetime) -> Iterator[_Leg]:
    """Windows from the newest to the one that reaches `since`, each an hour into the one before."""
    while True:
        start = max(until - WINDOW, since)
        yield _Leg(state=state, since=start, until=until)
        if start <= since:
            return
        until = start + OVERLAP


def _step(sweep: _Sweep, leg: _Leg, more: int) -> _Sweep:
    done = sweep.done + 1
    if more:
        return replace(sweep, page=sweep.page + 1, done=done)
    if leg.code:
        return replace(sweep, page=0, after=leg.code, done=done)
    return replace(sweep, page=0, leg=sweep.leg + 1, done=done)


def _finish(progress: _Progress, sweep: _Sweep) -> _Progress:
    return _Progress(
        open_at=sweep.started,
        archive_at=sweep.started if sweep.archive_since else progress.archive_at,
        follow_at=sweep.started if sweep.follow else progress.follow_at,
    )


# --- the cursor ----------------------------------------------------------------------------------


def _dump(progress: _Progress) -> dict[str, Any]:
    sweep = progress.sweep
    return {
        "version": CURSOR_VERSION,
        "open_at": _stamp(progress.open_at),
        "archive_at": _stamp(progress.archive_at),
        "follow_at": _stamp(progress.follow_at),
        "sweep": sweep
        and {
            "started": _stamp(sweep.started),
            "open_since": _stamp(sweep.open_since),
            "archive_since": _stamp(sweep.archive_since),
            "follow": sweep.follow,
            "leg": sweep.leg,
            "page": sweep.page,
            "after": sweep.after,
            "done": sweep.done,
        },
    }


def _load(cursor: dict[str, Any] | None) -> _Progress:
    """What a cursor says; one of another version, or none, begins from the start."""
    if not cursor or cursor.get("version") != CURSOR_VERSION:
        return _Progress()
    saved = cursor.get("sweep")
    started, open_since = moment(at(saved, "started")), moment(at(saved, "open_since"))
    sweep = None
    if saved and started and open_since:
        sweep = _Sweep(
            started=started,
            open_since=open_since,
            archive_since=moment(saved["archive_since"]),
            follow=saved["follow"],
            leg=saved["leg"],
            page=saved["page"],
            after=saved["after"],
            done=saved["done"],
        )
    return _Progress(
        open_at=moment(cursor.get("open_at")),
        archive_at=moment(cursor.get("archive_at")),
        follow_at=moment(cursor.get("follow_at")),
        sweep=sweep,
    )


def _stamp(value: datetime | None) -> int | None:
    return None if value is None else milliseconds(value)


# --- the exchange --------------------------------------------------------------------------------


def _request(settings: KaspiSettings, params: tuple[tuple[str, str], ...]) -> FetchRequest:
    if not (settings.token.isascii() and settings.token.isprintable() and settings.token.strip()):
        raise SourceUnavailable("unauthorized", "the token is not a token")
    return FetchRequest(
        url=f"{settings.base_url.rstrip('/')}/orders",
        params=params,
        headers=(
            ("X-Auth-Token", settings.token),
            ("Accept", MEDIA_TYPE),
            ("Content-Type", MEDIA_TYPE),
            ("User-Agent", USER_AGENT),
        ),
    )


async def _ask(fetch: Fetch, request: FetchRequest, pause: Pause) -> dict[str, Any]:
    """The answer to a request, tried again after a growing pause where the fault may pass."""
    for tried in range(1, TRIES + 1):
        try:
            return _payload(await fetch(request))
        except SourceUnavailable as error:
            if error.reason not in RETRY_AFTER:
                raise
            told = error.retry_after or 0
            error.retry_after = min(told or RETRY_AFTER[error.reason], LATEST_RETRY)
            if tried == TRIES or told > LONGEST_WAIT:
                raise
            jitter = 1 + secrets.randbelow(1_000) / 1_000
            await pause(max(2 ** (tried - 1) * jitter, told))
    raise AssertionError("the last try returns or raises")


def _payload(response: FetchResponse) -> dict[str, Any]:
    """The JSON of an answer that has a list of orders; raises SourceUnavailable for any other."""
    match response.status:
        case 200:
            pass
        case 401:
            raise SourceUnavailable("unauthorized", _title(response))
        case 403:
            raise SourceUnavailable("forbidden", _title(response))
        case 429:
            raise SourceUnavailable("rate_limited", _title(response), _retry_after(response))
        case status if status >= 500:
            raise SourceUnavailable("server_error", f"HTTP {status}", _retry_after(response))
        case status:
            raise SourceUnavailable("nonsense", f"HTTP {status} {_title(response)}".strip())
    payload = _json(response.body)
    if not isinstance(payload, dict) or not isinstance(payload.get("data"), list):
        raise SourceUnavailable("nonsense", "an answer without orders")
    return payload


def _json(body: bytes) -> object:
    """JSON with its numbers exact; what is none, as NaN, is taken as null."""
    try:
        payload: object = json.loads(body, parse_float=_exact, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise SourceUnavailable("nonsense", "broken JSON") from error
    return payload


def _exact(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:  # an exponent beyond all measure
        return None


def _title(response: FetchResponse) -> str:
    """The first error's title, where the answer has one."""
    try:
        errors = at(_json(response.body), "errors")
    except SourceUnavailable:
        return ""
    title = at(errors[0], "title") if isinstance(errors, list) and errors else None
    return title[:200] if isinstance(title, str) else ""


def _retry_after(response: FetchResponse) -> int | None:
    """Seconds that the server asks to wait: given so, or as a date beside its own."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), LATEST_RETRY)
    try:
        until = email.utils.parsedate_to_datetime(value)
        sent = email.utils.parsedate_to_datetime(response.headers.get("date", ""))
        return min(max(round((until - sent).total_seconds()), 0), LATEST_RETRY)
    except (ValueError, TypeError):
        return None


def _pages_left(payload: dict[str, Any], page: int) -> int:
    """How many pages follow; without a count, a full page or a link promises one more."""
    if not payload["data"]:
        return 0
    count = at(payload, "meta", "pageCount") or at(payload, "meta", "totalPages")
    if isinstance(count, int):
        left = max(count - page - 1, 0)
    else:
        left = int(bool(at(payload, "links", "next")) or len(payload["data"]) >= PAGE_SIZE)
    if left and page >= MAX_PAGES:
        raise SourceUnavailable("nonsense", "pages without end")
    return left
