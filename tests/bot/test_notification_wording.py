"""Every notification has words in every language and a button to what it tells of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.i18n import translator
from bot.screens.base import TEXT_LIMIT, Screen, visible
from bot.screens.notifications import worded
from core.changes import Conditions
from core.ids import BrandId
from core.notices import part
from core.notifications import NoteKind
from core.offers import OfferState
from core.people import Locale
from core.pricing import Rule
from tests.builders import DRAFT

LARGEST_ID = 2_147_483_647
TERMS = Conditions.of(DRAFT.offer(BrandId(1), OfferState.ACTIVE))
WORSE = replace(TERMS.terms, rule=Rule(percent_bps=500, cap_month_minor=50_000_00), hold_days=30)
FACTS: dict[str, Any] = {
    "ticket": LARGEST_ID,
    "topic": "orders",
    "name": "Айгерім <b> ",
    "text": "x" * 2_000 + "<u>",
    "message": LARGEST_ID,
    "kind": "kaspi_xlsx",
    "last": "2026-11-20",
    "handles": ["CR-<50>"] * 10,
    "handle_kind": "sku",
    "turn_days": 30,
    "answer_by": "2026-11-23T07:00:00+00:00",
    "begins": "2026-11-21T07:00:00+00:00",
    "ends": "2026-12-21T19:00:00+00:00",
    "offer": LARGEST_ID,
    "enrolment": LARGEST_ID,
    "code": "AIGERIM10",
    "old": "AIGERIM",
    "next": "ASEL20",
    "due_at": "2026-12-15T19:00:00+00:00",
    "again_at": "2026-12-15T19:00:00+00:00",
    "proof": LARGEST_ID,
    "check": LARGEST_ID,
    "channel": LARGEST_ID,
    "url": "https://t.me/ai<b>",
    "followers": 12_500,
    "tier": "micro",
    "until": "2026-11-23T07:00:00+00:00",
    "place": "kaspi",
    "since": "2026-10-23",
    "due": "2026-10-30",
    "last_day": "2026-11-23",
    "run": LARGEST_ID,
    "payout": LARGEST_ID,
    "source": LARGEST_ID,
    "brand": "Alma <& Co>",
    "title": "Қыс <b>",
    "titles": {"kk": "Қыс <b>", "ru": "Зима <b>", "en": "Winter <b>"},
    "creator": "Әйгерім <i>",
    "reason": "x" * 1_000 + "<u>",
    "file": "заказы <1>.xlsx",
    "line": 17,
    "detail": "<s>",
    "number": "P-7K2M",
    "claim": LARGEST_ID,
    "outcome": "early",
    "paid_at": "2026-11-21T07:00:00+00:00",
    "bank": "Kaspi Bank",
    "iban_tail": "1234",
    "count": 3,
    "month": "2026-10-01",
    "orders": 8,
    "earned_minor": 12_975_000,
    "waiting_minor": 500_00,
    "past_orders": 4,
    "past_minor": 12_000_000,
    "best": {"kk": "Қыс <b>", "ru": "Зима <b>", "en": "Winter <b>"},
    "best_minor": 9_000_000,
    "days": [[1_000_00, 500_00]] * 31,
    "waiting": 2,
    "approved": 5,
    "lost": 1,
    "company": LARGEST_ID,
    "request": LARGEST_ID,
    "new": True,
    "role": "owner",
    "permissions": ["moderation", "owner"],
    "amount_minor": 12_975_000,
    "balance_minor": -500,
    "left": 7,
    "a_day_minor": 12_500_00,
    "first": "2026-11-07",
    "broadcast": LARGEST_ID,
    "sent": 990,
    "blocked": 8,
    "failed": 2,
    "change": LARGEST_ID,
    "budget_minor": 500_000_00,
    "at": "2026-11-21T07:00:00+00:00",
    "effective_at": "2026-12-05T19:00:00+00:00",
    "before": TERMS.to_json(),
    "now": replace(TERMS, discount_bps=1_500).to_json(),
    "later": replace(TERMS, discount_bps=1_500, terms=WORSE).to_json(),
}
OF_BRAND = {  # here `brand` is the id
    NoteKind.FILE_DUE,
    NoteKind.FILE_LATE,
    NoteKind.SILENCE_WARNED,
    NoteKind.SILENCE_OVER,
    NoteKind.FUNDS_ENDING,
    NoteKind.TOPPED_UP,
    NoteKind.SLOT_TAKEN,
}


def facts(kind: NoteKind) -> dict[str, Any]:
    if kind is NoteKind.BUNDLE:  # ten of every kind, and one of each
        kinds = [one for one in NoteKind if one is not NoteKind.BUNDLE]
        parts = [part(one, [facts(one)] * n) for one in kinds for n in (1, 10)]
        return {"daily": True, "parts": parts}
    if kind.value.startswith("dispute_"):
        verdicts = {"paid": 3, "declined": 1, "not_found": 2}
        case = {"dispute": LARGEST_ID, "kind": "missing", "state": "answered", "how": "silence"}
        return {**FACTS, **case, "reason": "unpaid", "verdicts": verdicts, "why": "appeal"}
    return {**FACTS, "brand": LARGEST_ID} if kind in OF_BRAND else FACTS


def buttons(screen: Screen) -> list[str]:
    assert screen.keyboard is not None
    return [str(one.callback_data) for row in screen.keyboard.inline_keyboard for one in row]


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", NoteKind)
def test_every_notification_has_words_and_a_button(kind: NoteKind, locale: Locale) -> None:
    screen = worded(translator(locale), kind, facts(kind))

    assert 0 < visible(screen.html) <= TEXT_LIMIT
    for typed in ("<& Co>", "Қыс <b>", "<i>\u0020", "<u>", "<1>", "<s>"):
        assert typed not in screen.text
    assert buttons(screen)


def test_a_title_is_told_in_the_readers_language() -> None:
    told = worded(translator(Locale.RU), NoteKind.OFFER_APPROVED, FACTS)

    assert "Зима" in told.text


def test_an_ended_offer_leads_a_creator_to_codes_and_a_manager_to_the_offer() -> None:
    t = translator(Locale.EN)

    of_creator = worded(t, NoteKind.OFFER_ENDED, FACTS)
    of_manager = worded(t, NoteKind.OFFER_ENDED, {**FACTS, "reader": "brand"})

    assert buttons(of_creator) == ["enl:0"]
    assert buttons(of_manager)[0].startswith("boc:")


def test_a_reason_from_the_list_is_worded() -> None:
    told = worded(translator(Locale.EN), NoteKind.PROOF_CHANGES, {**FACTS, "reason": "no_label"})

    assert "advertising label" in told.text


def test_news_of_orders_leave_out_what_there_was_none_of() -> None:
    few = {"brand": "Alma", "approved": 1, "waiting": 0, "lost": 0, "amount_minor": 0}

    told = worded(translator(Locale.EN), NoteKind.ORDERS_NEWS, few)

    assert told.text.splitlines()[1:] == ["· 1 order confirmed"]


def test_forty_news_of_orders_are_told_in_one_line_with_their_sum() -> None:
    news = [{"brand": "Alma", "waiting": 1, "amount_minor": 46_000}] * 40
    told = worded(
        translator(Locale.EN),
        NoteKind.BUNDLE,
        {"daily": False, "parts": [part(NoteKind.ORDERS_NEWS, news)]},
    )

    assert "40 new orders" in told.text
    assert "18,400\u00a0₸" in told.text
    assert buttons(told)[0].startswith("ord")
