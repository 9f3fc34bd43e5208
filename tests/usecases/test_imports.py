"""Order files: looked at, taken in once however often they come, and never half."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.commissions import CommissionState
from core.errors import (
    FileRefused,
    HeaderChanged,
    MappingIncomplete,
    NotAllowed,
    NotFound,
    SourceBusy,
)
from core.money import tenge
from core.notifications import NoteKind
from core.orders import OrderStatus, Place
from core.ports import UnitOfWorkFactory
from core.runs import Run, RunCounts, RunState
from core.sources import files
from core.sources.base import SourceKind
from core.usecases import imports
from core.usecases.imports import (
    MAX_UPLOAD,
    UploadView,
    execute_run,
    import_file,
    latest_runs,
    look_again,
    resume_runs,
    run_card,
    start_import,
    stop_watching,
    upload_orders,
    watch_run,
)
from core.usecases.rejects import rejected_lines
from tests.builders import a_moderator, a_person, told
from tests.conftest import FrozenClock
from tests.sources.spreadsheets import SHOPIFY_ORDER, kaspi, shopify, table, workbook, zipped
from tests.usecases.order_builders import (
    BOX,
    Books,
    Shop,
    a_shop,
    an_order,
    books,
    known_orders,
    report,
    transfers,
)

HEADER = "Номер заказа;Дата;Сумма;Статус;Промокод"


def some_orders(count: int, *, status: str = "Выполнен", code: str = "AIGERIM10") -> bytes:
    """A table of that many orders, every third with the code."""
    return table(
        HEADER,
        *(
            f"{1000 + n};21.11.2026 12:{n % 60:02};10 000;{status};{'' if n % 3 else code}"
            for n in range(count)
        ),
    )


async def sent(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    shop: Shop,
    data: bytes,
    name: str = "orders.csv",
) -> UploadView:
    return await upload_orders(
        new_uow, clock, BOX, actor=shop.manager, brand=shop.brand.id, name=name, data=data
    )


async def queued(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    shop: Shop,
    view: UploadView,
    *,
    default_status: OrderStatus | None = None,
) -> Run:
    kind = view.preview.kind
    return await start_import(
        new_uow,
        clock,
        actor=shop.manager,
        brand=shop.brand.id,
        upload=view.upload,
        name=view.name,
        kind=kind,
        place=imports.PLACE_OF.get(kind, Place.OWN_SHOP),
        mapping=view.preview.mapping,
        default_status=default_status,
        total=view.preview.rows,
    )


async def taken_in(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    shop: Shop,
    data: bytes,
    *,
    default_status: OrderStatus | None = None,
) -> Run:
    """The whole way of a file."""
    view = await sent(new_uow, clock, shop, data)
    run = await queued(new_uow, clock, shop, view, default_status=default_status)
    return await execute_run(new_uow, clock, BOX, run=run.id)


# --- looking -------------------------------------------------------------------------------------


async def test_a_file_is_only_looked_at_until_it_is_confirmed(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)

    view = await sent(new_uow, clock, shop, some_orders(10))

    assert (view.preview.kind, view.preview.rows) == (SourceKind.TABLE, 10)
    assert view.preview.missing == ()
    assert view.preview.mapping.promo == "Промокод"
    assert [order.external_id for order in view.preview.samples] == ["1000", "1001", "1002"]
    assert await known_orders(new_uow, shop) == {}
    assert (
        await latest_runs(new_uow, actor=shop.manager, brand=shop.brand.id, after=None, limit=5)
        == []
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 whatever", "not_a_table"),
        (b"<html><body>Login</body></html>", "web_page"),
        (zipped({"xl/workbook.xml": b"<workbook/>", "xl/media/a.bin": bytes(2**21)}), "zip_bomb"),
        (table(HEADER), "no_orders"),
        (b"x" * (MAX_UPLOAD + 1), "too_big"),
    ],
)
async def test_a_file_that_is_no_table_of_orders_is_refused_and_not_kept(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, data: bytes, reason: str
) -> None:
    shop = await a_shop(new_uow, clock)

    with pytest.raises(FileRefused) as refused:
        await sent(new_uow, clock, shop, data)

    assert refused.value.reason == reason


async def test_a_brand_takes_no_files_from_strangers(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    other = await a_shop(new_uow, clock, name="Дина")
    view = await sent(new_uow, clock, shop, some_orders(3))
    stranger = replace(shop, manager=other.manager)

    with pytest.raises(NotAllowed):
        await sent(new_uow, clock, stranger, some_orders(3))
    with pytest.raises(NotAllowed):
        await queued(new_uow, clock, stranger, view)
    run = await queued(new_uow, clock, shop, view)
    with pytest.raises(NotAllowed):
        await run_card(new_uow, actor=other.manager, run=run.id)
    with pytest.raises(NotAllowed):
        await rejected_lines(new_uow, BOX, actor=other.manager, run=run.id)
    with pytest.raises(NotAllowed):
        await watch_run(new_uow, actor=other.manager, run=run.id, place=(1, 1))
    with pytest.raises(NotAllowed):
        await latest_runs(new_uow, actor=other.manager, brand=None, after=None, limit=5)


async def test_what_was_said_of_a_file_is_remembered_for_the_next_of_its_shape(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    lines = ("Чек;Когда;Почём;Кто привёл", "1;21.11.2026;10 000;AIGERIM10")
    view = await sent(new_uow, clock, shop, table(*lines))
    assert set(view.preview.missing) == {"order", "date", "amount", "status"}
    mapping = view.preview.mapping
    for field, column in (("order", "Чек"), ("date", "Когда"), ("amount", "Почём"),
                          ("promo", "Кто привёл")):  # fmt: skip
        mapping = mapping.with_column(field, column)
    delivered = OrderStatus.APPROVED
    view = await look_again(
        new_uow,
        BOX,
        actor=shop.manager,
        brand=shop.brand.id,
        upload=view.upload,
        name=view.name,
        mapping=mapping,
        default_status=delivered,
    )
    assert [order.status for order in view.preview.samples] == [delivered]
    assert not view.preview.saved
    with pytest.raises(MappingIncomplete) as incomplete:
        await queued(new_uow, clock, shop, view)
    assert incomplete.value.missing == ("status",)
    run = await queued(new_uow, clock, shop, view, default_status=delivered)
    await execute_run(new_uow, clock, BOX, run=run.id)

    following = await sent(new_uow, clock, shop, table(*lines, "2;22.11.2026;5 000;"))

    assert following.preview.saved
    assert following.preview.mapping == mapping
    assert (following.place, following.default_status) == (Place.OWN_SHOP, delivered)
    assert (await known_orders(new_uow, shop))["1"].commission == tenge(1_000)


async def test_the_brands_own_words_for_statuses_count(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    data = some_orders(3, status="Ок, забрали")
    view = await sent(new_uow, clock, shop, data)
    assert view.preview.unknown_statuses == ("Ок, забрали",)
    mapping = view.preview.mapping.with_status_word("Ок, забрали", OrderStatus.APPROVED)
    preview = replace(view.preview, mapping=mapping)

    run = await queued(new_uow, clock, shop, replace(view, preview=preview))
    await execute_run(new_uow, clock, BOX, run=run.id)

    orders = await known_orders(new_uow, shop)
    assert {order.status for order in orders.values()} == {OrderStatus.APPROVED}
    assert (await sent(new_uow, clock, shop, data)).preview.unknown_statuses == ()


async def test_an_unknown_status_means_waiting_never_paid(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)

    await taken_in(new_uow, clock, shop, some_orders(3, status="Ок, забрали"))

    order = (await known_orders(new_uow, shop))["1000"]
    assert order.commission_state is CommissionState.PENDING


# --- taking in -----------------------------------------------------------------------------------


async def test_a_file_of_several_batches_is_taken_in_whole(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH_ROWS", 40)
    shop = await a_shop(new_uow, clock)
    seen: list[int] = []

    async def progress(run: Run) -> None:
        seen.append(run.position)

    view = await sent(new_uow, clock, shop, some_orders(100))
    run = await queued(new_uow, clock, shop, view)
    done = await execute_run(new_uow, clock, BOX, run=run.id, progress=progress)

    assert (done.state, done.total) == (RunState.DONE, 100)
    assert done.counts == RunCounts(rows=100, new=100, matched=34, unmatched=66)
    assert seen == [40, 80, 100]
    assert (await books(new_uow, shop)).pending == tenge(34_000)
    card = await run_card(new_uow, actor=shop.manager, run=run.id)
    assert (card.creators, card.commissions, card.earned) == (1, 34, tenge(34_000))


async def test_the_same_file_again_changes_nothing_and_tells_nobody(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await taken_in(new_uow, clock, shop, some_orders(30))
    before = await transfers(new_uow), await known_orders(new_uow, shop)
    creator = await told(new_uow, shop.creator)
    clock.advance(days=1)

    again = await taken_in(new_uow, clock, shop, some_orders(30))

    assert again.counts == RunCounts(rows=30, unchanged=30)
    assert (await transfers(new_uow), await known_orders(new_uow, shop)) == before
    assert creator == [NoteKind.ORDERS_NEWS]
    assert await told(new_uow, shop.creator) == creator


async def test_a_newer_export_moves_orders_on_and_an_older_one_changes_nothing(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    dated = {"Дата поступления заказа": "20.11.2026", "Артикул": "X", "Сумма": "10000"}
    waiting = dated | {"Статус": "Передан курьеру", "Дата изменения статуса": "20.11.2026"}
    returned = dated | {"Статус": "Возврат", "Дата изменения статуса": "21.11.2026"}
    await taken_in(new_uow, clock, shop, kaspi(waiting))

    newer = await taken_in(new_uow, clock, shop, kaspi(returned))
    older = await taken_in(new_uow, clock, shop, kaspi(waiting))

    assert (newer.counts.changed, older.counts.outdated) == (1, 1)
    assert (await known_orders(new_uow, shop))["712155089"].status is OrderStatus.RETURNED


async def test_bad_lines_are_handed_back_and_the_good_ones_taken(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    data = table(
        HEADER,
        "1;21.11.2026;10 000;Выполнен;AIGERIM10",
        "2;вчера;10 000;Выполнен;",
        "3;21.11.2026;сколько-то;Выполнен;",
        ";21.11.2026;10 000;Выполнен;",
    )

    run = await taken_in(new_uow, clock, shop, data)

    assert (run.counts.new, run.counts.rejected) == (1, 3)
    lines = await rejected_lines(new_uow, BOX, actor=shop.manager, run=run.id)
    assert [(line.line, line.reason) for line in lines] == [
        (3, "date_invalid"),
        (4, "amount_invalid"),
        (5, "order_missing"),
    ]
    assert lines[0].text == "2\tвчера\t10 000\tВыполнен"


async def test_a_shopify_export_brings_its_codes_and_partial_refunds(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    placed = {"Created at": "2026-11-21 13:00:00 +0500", "Paid at": "2026-11-21 13:01:00 +0500",
              "Fulfilled at": "2026-11-22 10:00:00 +0500"}  # fmt: skip
    clock.advance(days=2)

    await taken_in(
        new_uow, clock, shop, shopify(SHOPIFY_ORDER | placed | {"Refunded Amount": "8000.00"})
    )

    order = (await known_orders(new_uow, shop))["1001"]
    assert (order.place, order.status) == (Place.OWN_SHOP, OrderStatus.APPROVED)
    assert (order.net, order.refunded, order.commission) == (
        tenge(18_000),
        tenge(8_000),
        tenge(1_000),
    )


async def test_letters_that_no_database_takes_do_no_harm(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    head = HEADER.split(";")
    row = ["7_x0000_7", "21.11.2026", 10_000, "Вы_x0000_полнен", "AIGERIM10"]
    data = workbook(head, row).replace(b"_x005F_x0000_", b"_x0000_")

    run = await taken_in(new_uow, clock, shop, data)

    assert run.state is RunState.DONE
    assert run.counts.new == 1


async def test_twenty_megabytes_are_fine(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> None:
    shop = await a_shop(new_uow, clock)
    line = "{};21.11.2026 12:00;10 000;Выполнен;" + "é" * 800
    data = table(HEADER, *(line.format(n) for n in range(13_000)))
    data = data[: data[:MAX_UPLOAD].rfind(b"\n") + 1]
    assert len(data) > MAX_UPLOAD - 2_000

    run = await taken_in(new_uow, clock, shop, data)

    assert run.state is RunState.DONE
    assert run.counts.rows > 11_000


# --- twice at once, interrupted, resumed ---------------------------------------------------------


async def test_a_second_tap_finds_the_same_run(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    view = await sent(new_uow, clock, shop, some_orders(9))

    runs = await asyncio.gather(*(queued(new_uow, clock, shop, view) for _ in range(4)))

    assert len({run.id for run in runs}) == 1


async def test_two_workers_never_read_the_same_run(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    run = await queued(new_uow, clock, shop, await sent(new_uow, clock, shop, some_orders(60)))

    ends = await asyncio.gather(
        *(execute_run(new_uow, clock, BOX, run=run.id) for _ in range(3)), return_exceptions=True
    )

    assert sum(isinstance(end, SourceBusy) for end in ends) == 2
    assert (await run_card(new_uow, actor=shop.manager, run=run.id)).run.counts.new == 60
    with pytest.raises(SourceBusy):
        await execute_run(new_uow, clock, BOX, run=run.id)


async def test_a_worker_that_was_silent_for_too_long_writes_nothing_any_more(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH_ROWS", 10)
    shop = await a_shop(new_uow, clock)
    run = await queued(new_uow, clock, shop, await sent(new_uow, clock, shop, some_orders(50)))

    async def asleep(at: Run) -> None:
        """After the second batch another worker finds the lease over and does the rest."""
        if at.position == 20:
            clock.advance(minutes=10)
            await execute_run(new_uow, clock, BOX, run=run.id)

    with pytest.raises(SourceBusy):
        await execute_run(new_uow, clock, BOX, run=run.id, progress=asleep)

    done = (await run_card(new_uow, actor=shop.manager, run=run.id)).run
    assert (done.state, done.counts) == (
        RunState.DONE,
        RunCounts(rows=50, new=50, matched=17, unmatched=33),
    )


async def test_an_interrupted_run_goes_on_where_it_stood(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH_ROWS", 10)
    shop = await a_shop(new_uow, clock)
    run = await queued(new_uow, clock, shop, await sent(new_uow, clock, shop, some_orders(50)))

    async def cut_short(at: Run) -> None:
        if at.position == 20:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()

    task = asyncio.create_task(execute_run(new_uow, clock, BOX, run=run.id, progress=cut_short))
    with pytest.raises(asyncio.CancelledError):
        await task
    standing = (await run_card(new_uow, actor=shop.manager, run=run.id)).run
    finished = await resume_runs(new_uow, clock, BOX)

    assert (standing.state, standing.position) == (RunState.RUNNING, 20)
    assert finished == 1
    done = (await run_card(new_uow, actor=shop.manager, run=run.id)).run
    assert done.counts == RunCounts(rows=50, new=50, matched=17, unmatched=33)
    assert await told(new_uow, shop.manager) == [NoteKind.ENROLLED, NoteKind.RUN_DONE]


async def test_a_mistake_of_ours_holds_up_no_other_file_and_is_given_up_after_a_day(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await a_shop(new_uow, clock)
    bad = await queued(new_uow, clock, shop, await sent(new_uow, clock, shop, some_orders(3)))
    good = await queued(new_uow, clock, shop, await sent(new_uow, clock, shop, some_orders(4)))
    real = files.read

    def read(data: bytes, name: str, **options: object) -> object:
        if data == some_orders(3):
            raise ZeroDivisionError
        return real(data, name, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "read", read)
    reported: list[str] = []

    async def report(place: str, error: BaseException) -> None:
        reported.append(f"{place} {type(error).__name__}")

    finished = await resume_runs(new_uow, clock, BOX, report=report)
    at_once = await resume_runs(new_uow, clock, BOX, report=report)
    clock.advance(hours=1)
    await resume_runs(new_uow, clock, BOX, report=report)
    trying = (await run_card(new_uow, actor=shop.manager, run=bad.id)).run
    clock.advance(days=1)
    await resume_runs(new_uow, clock, BOX)

    assert (finished, at_once) == (1, 0)
    assert (await run_card(new_uow, actor=shop.manager, run=good.id)).run.state is RunState.DONE
    assert (trying.state, trying.failures) == (RunState.QUEUED, 2)
    assert reported == [f"run {bad.id} ZeroDivisionError"]
    given_up = (await run_card(new_uow, actor=shop.manager, run=bad.id)).run
    assert (given_up.state, given_up.trouble) == (RunState.FAILED, ("internal", None))


async def test_a_file_that_turns_out_to_be_unreadable_ends_its_run_with_reason_and_line(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    lines = (f"{n};21.11.2026;10 000;Выполнен;;{n}0000000" for n in range(1, 9))
    view = await sent(new_uow, clock, shop, table(HEADER + ";Счёт", *lines))
    wrong = view.preview.mapping.with_column("order", "Счёт")
    preview = replace(view.preview, mapping=wrong)
    run = await queued(new_uow, clock, shop, replace(view, preview=preview))

    failed = await execute_run(new_uow, clock, BOX, run=run.id)

    assert (failed.state, failed.trouble) == (RunState.FAILED, ("damaged_ids", 2))
    assert NoteKind.RUN_FAILED in await told(new_uow, shop.manager)


async def test_the_end_is_told_once_and_only_where_it_could_not_be_shown(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    run = await queued(new_uow, clock, shop, await sent(new_uow, clock, shop, some_orders(3)))

    await watch_run(new_uow, actor=shop.manager, run=run.id, place=(7, 7))

    await execute_run(new_uow, clock, BOX, run=run.id)
    shown = await told(new_uow, shop.manager)
    for _ in range(2):
        await stop_watching(new_uow, clock, run=run.id, shown=False)

    assert NoteKind.RUN_DONE not in shown
    assert (await told(new_uow, shop.manager)).count(NoteKind.RUN_DONE) == 1


async def test_a_file_with_its_buyers_data_is_let_go_once_it_is_taken_in(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    view = await sent(new_uow, clock, shop, some_orders(3))
    run = await queued(new_uow, clock, shop, view)

    await execute_run(new_uow, clock, BOX, run=run.id)

    async with new_uow(read_only=True) as uow:
        with pytest.raises(NotFound):
            await uow.uploads.sealed(view.upload)


# --- from the command line -----------------------------------------------------------------------


async def test_the_command_line_takes_a_file_in_by_its_headers(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, tmp_path: Path
) -> None:
    shop = await a_shop(new_uow, clock)
    file = tmp_path / "orders.csv"
    file.write_bytes(some_orders(10))

    run = await import_file(
        new_uow,
        clock,
        BOX,
        brand=shop.brand.id,
        path=file,
        kind=None,
        place=Place.OWN_SHOP,
        default_status=None,
    )

    assert (run.state, run.counts.new, run.started_by) == (RunState.DONE, 10, None)
    assert (await books(new_uow, shop)) == Books(
        funds=tenge(1_000_000 - 4 * 1_150),
        pending=tenge(4_000),
        available=tenge(0),
        fees=tenge(600),
    )


async def test_the_command_line_takes_no_file_whose_confirmed_columns_are_gone(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, tmp_path: Path
) -> None:
    shop = await a_shop(new_uow, clock)
    file = tmp_path / "orders.csv.gz"

    async def taken(data: bytes) -> Run:
        file.write_bytes(gzip.compress(data))
        return await import_file(
            new_uow,
            clock,
            BOX,
            brand=shop.brand.id,
            path=file,
            kind=None,
            place=Place.OWN_SHOP,
            default_status=None,
        )

    header, _, lines = some_orders(10).decode().partition("\n")
    assert (await taken(f"{header}\n{lines}".encode())).counts.new == 10
    moved = "\n".join(";" + line for line in lines.splitlines())
    assert (await taken(f"Город;{header}\n{moved}".encode())).counts.rejected == 0

    with pytest.raises(HeaderChanged) as refusal:
        await taken(f"{header.replace('Промокод', 'Блогер')}\n{lines}".encode())
    assert refusal.value.lost == ("Промокод",)


async def test_staff_see_the_runs_of_every_brand_newest_first(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    other = await a_shop(new_uow, clock, name="Дина")
    first = await taken_in(new_uow, clock, shop, some_orders(2))
    second = await taken_in(new_uow, clock, other, some_orders(2))
    moderator = await a_moderator(new_uow, clock())

    everything = await latest_runs(new_uow, actor=moderator, brand=None, after=None, limit=10)
    own = await latest_runs(new_uow, actor=shop.manager, brand=shop.brand.id, after=None, limit=10)

    assert [run.id for run, _ in everything] == [second.id, first.id]
    assert [(run.id, kind) for run, kind in own] == [(first.id, SourceKind.TABLE)]
    nobody = await a_person(new_uow, clock())
    with pytest.raises(NotAllowed):
        await run_card(new_uow, actor=nobody, run=first.id)


async def test_a_report_from_elsewhere_and_a_file_are_one_order(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    """The cabinet's file and another reading of the same place share their numbers."""
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("712155089", OrderStatus.PENDING, shop.code))
    clock.advance(days=1)
    line = {"Дата поступления заказа": "21.11.2026", "Сумма": "10000", "Статус": "Выдан",
            "Дата изменения статуса": "22.11.2026"}  # fmt: skip

    run = await taken_in(new_uow, clock, shop, kaspi(line))

    assert (run.counts.new, run.counts.changed) == (0, 1)
    order = (await known_orders(new_uow, shop))["712155089"]
    assert (order.status, order.creator) == (OrderStatus.APPROVED, shop.creator.id)
    assert order.hold_until is not None
    assert order.hold_until - clock() < timedelta(days=15)
