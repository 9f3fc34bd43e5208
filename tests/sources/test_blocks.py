"""Rows by the block are the rows line by line, however the text is cut into pieces."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FileRefused
from core.sources import blocks as module
from core.sources.blocks import Lines, Records, blocks

texts = st.lists(
    st.one_of(
        st.sampled_from(["1;Выдан;500\n", "2;Новый;7\r\n", '3;"a;b";5\n', '"4";"x";"5"\r\n']),
        st.sampled_from(['5;"one\ntwo";6\n', '6;"a ""b"" c";7\n', '7;"open;8\n', '8;a"b;9\n']),
        st.sampled_from(["\n", ";;\n", "9;old;10\r", "10;x;y;z\n", "11\n", '12;"a"b;c\n', "\r"]),
        st.text(alphabet=';"\n\r ab\0\x0b\u2028', max_size=8),
    ),
    max_size=14,
).map("".join)


def _by_line(text: str, width: int, skip: int) -> list[tuple[int, list[str], bool]]:
    lines = Lines([text.replace("\0", "")])
    for _ in range(skip):
        next(lines, None)
    rows = Records(lines, ";", width, skip + 1)
    return [(line, cells or [""], whole) for line, cells, whole in rows]


def _by_block(text: str, width: int, skip: int) -> list[tuple[int, list[str], bool]]:
    found = []
    for block in blocks(io.BytesIO(text.encode()), "utf-8", ";", width, skip):
        assert len(block.lines) == len(block.rows) > 0
        for index, (line, cells) in enumerate(zip(block.lines, block.rows, strict=True)):
            found.append((line, [str(cell) for cell in cells] or [""], index not in block.broken))
    return found


@settings(max_examples=400, deadline=None)
@given(texts, st.sampled_from([0, 3]), st.sampled_from([0, 1]), st.integers(1, 40))
def test_blocks_are_the_rows_line_by_line(text: str, width: int, skip: int, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIECE", piece)
        assert _by_block(text, width, skip) == _by_line(text, width, skip)


def test_a_line_without_end_is_cut_and_costs_no_memory() -> None:
    endless = b"1;" + b"x" * (3 * 2**20)

    found = list(blocks(io.BytesIO(endless), "utf-8", ";", 3, 0))

    assert sum(len(block.rows) for block in found) <= 4


def test_a_text_of_broken_quotes_is_no_table() -> None:
    text = '1;"open;500\n2;x;y;z\n' * 1_001

    with pytest.raises(FileRefused) as refusal:
        _by_block(text, 3, 0)
    assert refusal.value.reason == "not_a_table"
