"""The composition root: everything is built here and handed to each other, then run and closed."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.exceptions import (
    AiogramError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.fsm.storage.memory import SimpleEventIsolation
from aiogram.methods import Response
from aiogram.types import File, LinkPreviewOptions, Message, Update, User
from aiohttp import web

from bot.background import Background
from bot.broadcast_desk import BroadcastDesk
from bot.commands import CommandMenus, set_default_commands
from bot.delivery import DeliveryService, Tempo
from bot.fsm_storage import DatabaseStorage
from bot.handlers import (
    admin_brands,
    admin_channels,
    admin_creators,
    admin_funds,
    admin_offers,
    admin_payouts,
    admin_sources,
    admin_staff,
    admission,
    audit,
    brand_admission,
    brand_codes,
    brand_company,
    brand_creators,
    brand_disputes,
    brand_funds,
    brand_gifts,
    brand_handles,
    brand_import,
    brand_offers,
    brand_orders,
    brand_proofs,
    brand_registers,
    brand_reports,
    brand_requests,
    brand_slots,
    brand_team,
    broadcasts,
    buyer_data,
    buyer_phone,
    buyers,
    catalogue,
    channels,
    circle,
    claims,
    code_wishes,
    crossroads,
    desk,
    dispute_call,
    disputes,
    earnings,
    enrolments,
    errors,
    fallback,
    file_rhythms,
    health,
    help,
    inline,
    language,
    large_files,
    market,
    media,
    menu,
    near_misses,
    notices,
    offer_changes,
    offer_form,
    offers,
    onboarding,
    orders,
    payout_details,
    placements,
    proofs,
    reconciliation,
    runs,
    settings,
    slots,
    start,
    support,
    wallet,
)
from bot.http_client import HttpClient
from bot.i18n import translator
from bot.incidents import Incidents
from bot.intake import Intake
from bot.jobs import Jobs, jobs
from bot.large_files import Arrivals
from bot.middlewares.actor import ActorMiddleware
from bot.middlewares.forms import Forms
from bot.middlewares.kept import KeptMessages
from bot.middlewares.taps import BroadcastTaps
from bot.middlewares.throttle import Throttle
from bot.middlewares.update_log import UpdateLog
from bot.queues import BroadcastQueue
from bot.receipt_pictures import ReceiptReader
from bot.run_desk import RunDesk
from bot.scratch import scratch
from bot.screens.notifications import note
from bot.secret_box import SecretBox
from bot.settings import Settings, TelegramMode
from bot.switchboard import Switchboard
from bot.telegram_eyes import Eyes
from bot.telegram_session import TelegramSession
from bot.vitals import Vitals
from bot.web.app import create_web
from bot.web.broadcast_links import BroadcastLinks, make_token
from bot.web.clicks import ClickSpool
from bot.web.uploads import UploadPage
from bot.web.webhook import PATH, mount_webhook
from core.notifications import Delivery
from core.people import Locale
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.broadcasts import broadcast_link, count_openings
from core.usecases.links import link_targets
from core.usecases.upload_links import find_link, receive_file
from db import migrations
from db.alive import living
from db.engine import create_engine
from db.locks import job_lock
from db.uow import unit_of_work_factory, writer_of

log: Final = logging.getLogger(__name__)

KASPI: Final = "https://kaspi.kz"
UPDATES: Final = ("message", "callback_query", "inline_query", "my_chat_member")
DRAIN_SECONDS: Final = 6.0  # for updates and messages under way when the program is told to stop
JOBS_SECONDS: Final = 4.0  # for sweeps under way, before they are cut short
START_BACKOFF: Final = (1, 2, 5, 10, 30)  # seconds between tries while Telegram is away

# What Telegram answers with: Pydantic forgets a generic model that nobody holds, and would build it
# anew, for some ten milliseconds, for every call.
ANSWERS: Final = (
    Response[bool],
    Response[File],
    Response[list[Update]],
    Response[Message],
    Response[Message | bool],
    Response[User],
)


# An update goes to the first that takes it: brands' and staff's own meanings of a command come
# before those for everybody, and what nobody takes falls to the last.
CONVERSATIONS: Final = (
    errors,
    buyers,  # before what every other link and language leads to
    buyer_phone,  # before the first words of a stranger
    buyer_data,
    start,
    language,
    help,
    onboarding,
    settings,
    channels,
    notices,
    support,
    claims,
    payout_details,
    crossroads,
    desk,
    audit,
    health,
    market,
    admin_brands,
    admin_channels,
    admin_creators,
    admin_staff,
    brand_requests,
    brand_company,
    brand_registers,
    brand_team,
    admin_funds,
    admin_offers,
    admin_payouts,
    admin_sources,
    broadcasts,
    brand_codes,  # before what takes any file for orders
    brand_gifts,
    brand_handles,  # the same
    brand_slots,  # the same
    brand_import,
    reconciliation,
    large_files,
    runs,
    brand_funds,
    brand_offers,
    offer_form,
    offer_changes,
    media,
    brand_creators,
    brand_admission,
    brand_orders,
    near_misses,
    brand_proofs,
    brand_reports,
    catalogue,
    file_rhythms,
    circle,
    offers,
    inline,
    enrolments,
    admission,
    code_wishes,
    slots,
    placements,
    disputes,
    brand_disputes,
    dispute_call,
    orders,
    proofs,
    earnings,
    wallet,
    menu,
    fallback,
)


class StartRefused(Exception):
    """The program cannot run as it is set up; the text is one line for whoever runs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a running application shows to whoever started it in the same process."""

    bot: Bot
    bot_username: str
    new_uow: UnitOfWorkFactory
    box: SecretBox
    jobs: Jobs
    web_port: int
    under_way: Callable[[], int]  # how many updates are being handled


def utc_now() -> datetime:
    """The clock of production: the only place that asks the machine for the time."""
    return datetime.now(UTC)


def make_bot(settings: Settings) -> Bot:
    """The bot on its API server; texts are HTML, links are shown without previews."""
    return Bot(
        settings.bot_token.get_secret_value(),
        session=TelegramSession(settings.telegram_api_url),
        default=DefaultBotProperties(
            parse_mode="HTML", link_preview=LinkPreviewOptions(is_disabled=True)
        ),
    )


def make_dispatcher(
    settings: Settings,
    *,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    incidents: Incidents,
    menus: CommandMenus,
    throttle: Throttle | None = None,
    **more: Any,
) -> Dispatcher:
    """The dispatcher with its middlewares and every conversation.

    The names given here, and those of the middlewares (`meeting`, `actor`, `t`), are what handlers
    may ask for.
    """
    # Two taps of one person never run at once.
    forms = Forms(DatabaseStorage(new_uow, clock), SimpleEventIsolation())
    dispatcher = Dispatcher(
        storage=forms.storage,
        events_isolation=forms.events_isolation,
        disable_fsm=True,
        settings=settings,
        new_uow=new_uow,
        clock=clock,
        box=box,
        incidents=incidents,
        **more,
    )
    dispatcher.update.outer_middleware(UpdateLog())
    dispatcher.update.outer_middleware(throttle or Throttle())
    dispatcher.update.outer_middleware(forms)
    dispatcher.update.outer_middleware(
        ActorMiddleware(new_uow, clock, admin_ids=settings.admin_ids, menus=menus)
    )
    dispatcher.callback_query.outer_middleware(KeptMessages())
    dispatcher.callback_query.outer_middleware(BroadcastTaps(new_uow, clock))
    dispatcher.include_router(Switchboard([conversation.setup() for conversation in CONVERSATIONS]))
    return dispatcher


async def run(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    stop: asyncio.Event | None = None,
    started: Callable[[Running], None] | None = None,
    tempo: Tempo | None = None,
    throttle: Throttle | None = None,
) -> None:
    """Run everything until SIGTERM, SIGINT or `stop`, then finish what is under way and close.

    `started` is called when all of it is up. Raises StartRefused, and when Telegram takes the token
    away TelegramUnauthorizedError. The shutdown takes at most 20
    seconds: no update is taken any more, those under way are finished, clicks are written down.
    """
    stop = stop or asyncio.Event()
    async with AsyncExitStack() as closing:
        closing.enter_context(scratch(settings.scratch_dir))
        engine = create_engine(settings.database_url)
        closing.push_async_callback(engine.dispose)
        closing.enter_context(living(settings.database_url))
        if not await migrations.at_head(engine):
            raise StartRefused("the database is not up to date: run `ules migrate` first")
        writer = writer_of(engine)
        new_uow = unit_of_work_factory(engine, writer)
        vitals = Vitals(clock, writer.queue if writer else lambda: None)
        box = SecretBox.from_setting(settings.secret_key.get_secret_value())
        bot = make_bot(settings)
        closing.push_async_callback(bot.session.close)
        fetch = HttpClient(allowed=(KASPI, *settings.http_allow), local=settings.http_local)
        closing.push_async_callback(fetch.close)
        await closing.enter_async_context(_signals(stop))
        username = await _introduce(bot, stop)
        if stop.is_set():
            return

        incidents = Incidents(bot, settings.admin_ids)
        background = Background(incidents.report)
        closing.push_async_callback(background.close)
        menus = CommandMenus()
        closing.push_async_callback(menus.close)
        run_desk = RunDesk(bot, new_uow, clock, box, background, incidents.report)
        eyes = Eyes(bot, copies_to=settings.post_check_chat_id)
        receipt_reader = ReceiptReader()
        closing.callback(receipt_reader.close)
        clicks = ClickSpool(settings.clicks_dir, clock)
        dispatcher = make_dispatcher(
            settings,
            new_uow=new_uow,
            clock=clock,
            box=box,
            incidents=incidents,
            menus=menus,
            throttle=throttle,
            fetch=fetch,
            background=background,
            run_desk=run_desk,
            bot_username=username,
            vitals=vitals,
            eyes=eyes,
            receipt_reader=receipt_reader,
        )

        async def feed(update: Update) -> None:
            await dispatcher.feed_update(bot, update)

        async def state_of_health() -> dict[str, Any]:
            return await check_health(new_uow, clock)

        def counted_link(broadcast: int, to: int) -> str:
            return f"{settings.public_url}/b/{make_token(box.digest, broadcast, to)}"

        desk = BroadcastDesk(bot, new_uow, clock, counted_link)
        links = BroadcastLinks(
            find=partial(broadcast_link, new_uow),
            clock=clock,
            digest=box.digest,
            store=partial(count_openings, new_uow),
        )
        delivery = DeliveryService(
            bot,
            new_uow,
            clock,
            _worded,
            broadcasts=BroadcastQueue(new_uow, clock, desk.content),
            paid_broadcasts=BroadcastQueue(new_uow, clock, desk.content, paid=True),
            tempo=tempo or Tempo(paid_slots=settings.paid_broadcasts),
        )
        arrivals = Arrivals(
            bot,
            new_uow,
            clock,
            box,
            dispatcher.fsm,
            background,
            preview=brand_import.preview,
            ask_again=brand_import.ask_again,
        )
        table = jobs(
            new_uow,
            clock,
            box,
            fetch,
            clicks,
            eyes,
            desk.refresh,
            links.flush,
            arrivals.show,
            run_desk,
            incidents.report,
            settings.retention,
            settings.dispute_times,
        )
        sweeps = Jobs(table, job_lock(engine), incidents.report, vitals)
        uploads = partial(
            UploadPage,
            find=partial(find_link, new_uow),
            receive=partial(receive_file, new_uow, clock, box),
            arrived=arrivals.come,
            clock=clock,
            digest=box.digest,
            proxies=settings.trusted_proxies,
            limit=settings.upload_limit,
        )
        site = create_web(
            links=partial(link_targets, new_uow, clock),
            clicks=clicks,
            broadcasts=links,
            clock=clock,
            health=state_of_health,
            bot_username=username,
            public_url=settings.public_url,
            translator_for=translator,
            digest=box.digest,
            proxies=settings.trusted_proxies,
            uploads=uploads if settings.has_upload_page else None,
        )
        if settings.telegram_mode is TelegramMode.WEBHOOK and settings.webhook_secret:
            mount_webhook(
                site,
                bot,
                feed,
                secret=settings.webhook_secret.get_secret_value(),
                failures=incidents.times,
            )

        intake = Intake(bot, feed, allowed=UPDATES)  # idle where Telegram posts
        # Closed in the opposite order: intake, web, sweeps, delivery, then what they all need.
        await closing.enter_async_context(_task(delivery.run(), delivery.stop, "delivery"))
        sweeps.start()
        closing.push_async_callback(sweeps.stop, patience=JOBS_SECONDS)
        port = await closing.enter_async_context(_serve(site, settings))
        await _introduce_menus(bot)
        if settings.telegram_mode is TelegramMode.WEBHOOK and settings.webhook_secret:
            await _patient(
                lambda: bot.set_webhook(
                    settings.public_url + PATH,
                    secret_token=settings.webhook_secret.get_secret_value()
                    if settings.webhook_secret
                    else None,
                    allowed_updates=list(UPDATES),
                ),
                stop,
            )
        else:
            await _patient(lambda: bot.delete_webhook(), stop)
            await closing.enter_async_context(
                _task(intake.run(), intake.stop, "intake", at_end=stop.set)
            )
        running = Running(
            bot=bot,
            bot_username=username,
            new_uow=new_uow,
            box=box,
            jobs=sweeps,
            web_port=port,
            under_way=lambda: intake.under_way,
        )
        log.info("@%s is up, web on port %d", username, port)
        if started is not None:
            started(running)
        await stop.wait()
        log.info("stopping")
    log.info("stopped")


async def check_health(new_uow: UnitOfWorkFactory, clock: Clock) -> dict[str, Any]:
    """Whether the database answers, and how long the oldest message has waited (seconds)."""
    now = clock()
    async with new_uow(read_only=True) as uow:
        oldest = await uow.outbox.oldest_due()
    waited = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    return {"ok": True, "outbox_oldest_seconds": round(waited)}


def _worded(delivery: Delivery) -> Any:
    return note(translator(Locale(delivery.locale)), delivery)


async def _introduce(bot: Bot, stop: asyncio.Event) -> str:
    """The bot's username; waits for a Telegram that is away. Raises StartRefused."""
    try:
        me = await _patient(bot.me, stop)
    except (TelegramUnauthorizedError, TelegramNotFound):
        raise StartRefused("BOT_TOKEN is not valid: Telegram does not know it") from None
    return (me.username or "") if me is not None else ""


async def _introduce_menus(bot: Bot) -> None:
    try:
        await set_default_commands(bot)
    except AiogramError as error:
        log.warning("the commands menu was not set: %s", type(error).__name__)


async def _patient(call: Callable[[], Any], stop: asyncio.Event) -> Any:
    """Call until Telegram answers or `stop`; a refusal of the token is passed on."""
    failures = 0
    while not stop.is_set():
        try:
            return await call()
        except (TelegramUnauthorizedError, TelegramNotFound):
            raise
        except AiogramError as error:
            wait = START_BACKOFF[min(failures, len(START_BACKOFF) - 1)]
            failures += 1
            log.warning("Telegram does not answer (%s), next try in %d s", error, wait)
            try:
                async with asyncio.timeout(wait):
                    await stop.wait()
            except TimeoutError:
                continue
    return None


@asynccontextmanager
async def _signals(stop: asyncio.Event) -> AsyncIterator[None]:
    """Let SIGTERM and SIGINT set `stop`, where the loop runs in the main thread."""
    loop = asyncio.get_running_loop()
    taken = []
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, stop.set)
            taken.append(name)
        except (NotImplementedError, RuntimeError, ValueError):
            continue  # not the main thread, or no signals on this system
    try:
        yield
    finally:
        for name in taken:
            loop.remove_signal_handler(name)


@asynccontextmanager
async def _task(
    work: Any,
    stop: Callable[[], None],
    name: str,
    *,
    at_end: Callable[[], None] | None = None,
) -> AsyncIterator[None]:
    """Run `work` beside the block; when that ends ask it to stop, and cut it short if it does not.

    `at_end` is called when the work ends by itself; its failure is raised after the block.
    """
    task = asyncio.create_task(work, name=name)
    if at_end is not None:
        ended = at_end
        task.add_done_callback(lambda _: ended())
    try:
        yield
    finally:
        stop()
        done, _ = await asyncio.wait({task}, timeout=DRAIN_SECONDS)
        if not done:
            log.warning("%s did not finish in time", name)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    if not task.cancelled():
        task.result()


@asynccontextmanager
async def _serve(site: web.Application, settings: Settings) -> AsyncIterator[int]:
    """Serve the web application; yields the port that it got."""
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=DRAIN_SECONDS)
    await runner.setup()
    try:
        listener = web.TCPSite(runner, settings.web_host, settings.web_port)
        try:
            await listener.start()
        except OSError as error:
            raise StartRefused(
                f"{settings.web_host}:{settings.web_port} cannot be listened on: {error.strerror}"
            ) from None
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
