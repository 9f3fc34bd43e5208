"""A reading that goes on in the middle yields what it would have yielded anyway."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.sources.base import Batch, Reading, SourceKind
from core.sources.files import read
from tests.sources.spreadsheets import SHOPIFY_ORDER, shopify, table, workbook

HEADER = "Номер заказа;Дата;Статус;Сумма;Артикул"

lines = st.builds(
    "{};{};{};{};{}".format,
    st.sampled_from(["1", "2", "3", "4", "10", "11", "12", "", "Итого", "6,6E+12"]),
    st.sampled_from(["21.03.2025", "22.03.2025 14:05", "скоро"]),
    st.sampled_from(["Выдан", "Отменен", "Новый", "На луне", ""]),
    st.sampled_from(["100", "1,234", "12,50", "?"]),
    st.sampled_from(["A", "B", '"C\nD"', '"E']),
)


def _read(data: bytes, start: int, batch_rows: int) -> list[tuple[Batch, Reading]]:
    batches = read(data, "x", kind=SourceKind.TABLE, start=start, batch_rows=batch_rows)
    return [(batch, batch.read_all()) for batch in batches]


@settings(max_examples=150, deadline=None)
@given(st.lists(lines, max_size=25), st.integers(1, 7))
def test_going_on_from_any_position_equals_an_undisturbed_reading(
    rows: list[str], batch_rows: int
) -> None:
    data = table(
        HEADER,
        "0;21.03.2025;Выдан;500;A",
        *rows,
        "99;21.03.2025;Выдан;500;A",
        "77;21.03.2025;Выдан;5;A",
        "78;21.03.2025;Выдан;5;A",
    )

    assume(sum("6,6E" in row for row in rows) <= 4)  # with more of them the file is refused

    whole = _read(data, 0, batch_rows)

    for done, (batch, _) in enumerate(whole, 1):
        assert _read(data, batch.position, batch_rows) == whole[done:]
    assert whole[-1][0].position == whole[-1][0].total
    ids = [key.external_id for batch, _ in whole for key in batch.keys]
    assert len(ids) == len(set(ids))


def test_a_workbook_and_a_shopify_file_go_on_too() -> None:
    header, *orders = (
        HEADER.split(";"),
        *([str(number % 17), "21.03.2025", "Выдан", number, "A"] for number in range(40)),
    )
    book = workbook(header, *orders)
    export = shopify(
        *(
            SHOPIFY_ORDER | {"Name": f"#{number // 3}", "Lineitem sku": str(number)}
            for number in range(40)
        )
    )

    for data, kind in ((book, SourceKind.TABLE), (export, SourceKind.SHOPIFY_CSV)):
        whole = list(read(data, "x", kind=kind, batch_rows=7))
        for done, batch in enumerate(whole, 1):
            assert (
                list(read(data, "x", kind=kind, batch_rows=7, start=batch.position)) == whole[done:]
            )
        assert [batch.position for batch in whole] == [7, 14, 21, 28, 35, 40]


def test_beyond_the_end_there_is_nothing() -> None:
    data = table(HEADER, "1;21.03.2025;Выдан;500;A")

    assert _read(data, 1, 10) == []
    assert _read(data, 1_000, 10) == []
