"""No refusal is without words, in any language, and the words fit where they are shown."""

from __future__ import annotations

import typing
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.i18n import translator
from bot.screens.base import TEXT_LIMIT, visible
from bot.screens.errors import apologised, apology, incident, refusal, refused
from core import errors
from core.errors import DomainError
from core.money import Money, tenge
from core.people import Locale

SAMPLES: dict[Any, Any] = {
    str: "x <b>&",
    int: 7,
    int | None: 7,
    Money: tenge(12_000),
    datetime: datetime(2026, 11, 21, 7, tzinfo=UTC),
    tuple[str, ...]: ("name", "city", "unheard <of>"),
}


def classes(root: type[DomainError] = DomainError) -> list[type[DomainError]]:
    found = []
    for one in root.__subclasses__():
        found += [one, *classes(one)]
    return sorted(found, key=lambda one: one.__name__)


def sample(one: type[DomainError]) -> DomainError:
    hints = typing.get_type_hints(one)
    given = {field.name: SAMPLES[hints[field.name]] for field in fields(one)}  # type: ignore[arg-type]
    return one(**given)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("one", classes(), ids=lambda one: str(one.__name__))
def test_every_refusal_has_words(one: type[DomainError], locale: Locale) -> None:
    t = translator(locale)
    error = sample(one)

    text = refusal(t, error)
    screen = refused(t, error)

    assert text
    assert "{" not in text
    assert "<of>" not in screen.text
    assert visible(screen.text) <= TEXT_LIMIT
    assert screen.keyboard is not None  # never a dead end


def test_refusals_say_the_facts() -> None:
    t = translator(Locale.EN)
    error = errors.BelowMinimumPayout(available=tenge(1_200), minimum=tenge(5_000))

    told = refusal(t, error).replace("\u00a0", " ")
    assert told == "Available: 1,200 ₸. The smallest payout is 5,000 ₸."


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (errors.BadInput("url"), "https"),
        (errors.BadInput("a field that is not in the table"), "does not fit"),
        (errors.FileRefused("no_header", line=3), "Line: 3"),
        (errors.FileRefused("something new"), "could not be read"),
        (errors.SourceUnavailable("timeout"), "did not answer in time"),
        (errors.SourceUnavailable("something new"), "did not answer properly"),
        (errors.ProofRefused("label_missing"), "advertising label"),
        (errors.ProofRefused("something new"), "does not pass"),
        (errors.ProofAlreadyReviewed("accepted"), "accepted"),
        (errors.ProofAlreadyReviewed("something new"), "Somebody"),
        (errors.AlreadyUsed("iin"), "IIN"),
        (errors.AlreadyUsed("something new"), "taken"),
    ],
)
def test_refusals_name_the_reason(error: DomainError, told: str) -> None:
    assert told in refusal(translator(Locale.EN), error)


def test_what_only_looks_like_a_refusal_is_a_bug() -> None:
    class Unworded(Exception):
        pass

    with pytest.raises(LookupError):
        refusal(translator(Locale.EN), Unworded())  # type: ignore[arg-type]


@pytest.mark.parametrize("locale", Locale)
def test_our_own_mistakes_are_apologised_for(locale: Locale) -> None:
    t = translator(locale)

    assert len(apology(t)) <= 200
    assert apologised(t).keyboard is not None
    assert "ValueError" in incident(t, place="update 7", kind="ValueError", count=3).text
