"""The log speaks the reader's language: each action that is written there has words."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.i18n import translator
from bot.screens.audit import ACTION, worded
from core.changes import Conditions
from core.ids import BrandId
from core.offers import OfferState
from core.people import Locale
from tests.builders import DRAFT

USECASES = Path(__file__).parents[2] / "core" / "usecases"


def test_every_action_that_is_written_has_words() -> None:
    written = {
        action.value
        for path in USECASES.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"uow.audit.write", "_audit"}
        for argument in node.args[1:4]
        if not isinstance(argument, ast.JoinedStr)
        for action in ast.walk(argument)
        if isinstance(action, ast.Constant)
        and isinstance(action.value, str)
        and ("." in action.value or "_" in action.value)
    }
    assert len(written) > 30
    assert not written - ACTION.keys()


def test_a_moment_in_the_log_is_shown_as_people_write_it() -> None:
    moment = datetime(2026, 12, 5, 7, 0, tzinfo=UTC)
    names = worded(translator(Locale.RU), {"due_at": moment.isoformat()})
    assert names == [("Действует с", "05.12.2026, 12:00")]


def test_a_change_of_terms_is_told_by_what_differs() -> None:
    before = Conditions.of(DRAFT.offer(BrandId(1), OfferState.ACTIVE))
    later = replace(before, terms=replace(before.terms, hold_days=before.terms.hold_days + 7))
    facts = {
        "better": [],
        "worse": ["hold"],
        "before": before.to_json(),
        "now": None,
        "later": later.to_json(),
        "review": False,
    }
    said = worded(translator(Locale.KK), facts)
    assert said == [("Кейінірек · Күту кезеңі", "14 күн → 21 күн"), ("Жаңа мәтіндер", "жоқ")]
