"""A code that was spelt wrong is found again, and what is another code is not taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.code_shapes import SHORTEST, Damage, damage, of_code, of_spelling

codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=SHORTEST, max_size=16)


@pytest.mark.parametrize(
    ("raw", "code", "how"),
    [
        ("АSEL10", "ASEL10", Damage.LOOKALIKE),
        ("asel-10 ", "ASEL10", Damage.LOOKALIKE),
        ("ӘСЕЛ10", "ASEL10", Damage.LETTERS),
        ("Гүлназ5", "GULNAZ5", Damage.LETTERS),
        ("123", "00123", Damage.EXCEL),
        ("1,20E+04", "12E3", Damage.EXCEL),
        ("10.мар", "MAR10", Damage.EXCEL),
        ("10-Mar", "MAR10", Damage.EXCEL),
        ("AIGERIM1O0", "AIGERIM10", Damage.ONE_SIGN),
        ("AIGRIM10", "AIGERIM10", Damage.ONE_SIGN),
        ("АЙГЕРІМ1", "AIGERIM10", Damage.ONE_SIGN),
        ("AIGERIM15", "AIGERIM10", None),
        ("DANA", "DAN", None),
        ("", "DANA10", None),
    ],
)
def test_what_has_become_of_a_code(raw: str, code: str, how: Damage | None) -> None:
    assert damage(raw, code) is how
    assert bool(of_code(code) & of_spelling(raw)) is (how is not None) or how is None


@given(codes, st.data())
def test_a_code_with_a_sign_too_many_or_one_missing_is_found(
    code: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(code) - 1))
    sign = data.draw(st.sampled_from("AZ09"))

    for raw in (code[:place] + code[place + 1 :], code[:place] + sign + code[place:]):
        assert of_code(code) & of_spelling(raw)
        assert damage(raw, code) in (Damage.ONE_SIGN, Damage.EXCEL, Damage.LETTERS)


@given(st.text(max_size=30), codes)
def test_whatever_was_typed_is_looked_at_without_failing(raw: str, code: str) -> None:
    if damage(raw, code) is not None:
        assert of_code(code) & of_spelling(raw)
