"""Notifications about disputes in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.callbacks.disputes import DisputeLook
from bot.i18n import Html, Translator
from bot.screens.base import Screen, button, keyboard
from bot.screens.disputes import KIND, answered
from core.disputes import DisputeKind, DisputeState, Side
from core.notifications import NoteKind

Facts = Mapping[str, Any]


def of_dispute(t: Translator, kind: NoteKind, facts: Facts) -> Screen:
    """A case that waits for its reader, or what became of it."""
    number = f"№{facts['dispute']}"
    what = t.plain(KIND[DisputeKind(facts["kind"])])
    name, creator = str(facts.get("name", "")), str(facts.get("creator", ""))
    orders = t.plural("{n} order", "{n} orders", int(facts.get("orders") or 0))
    match kind:
        case NoteKind.DISPUTE_ASKED:
            text = t(
                "⚖️ <b>{name}</b>: dispute {number} of {creator}. {what}: {orders}. Please answer "
                "by {at}; after that the terms of the offer or the operator decide.",
                name=name,
                number=number,
                creator=creator,
                what=what,
                orders=orders,
                at=_until(facts),
            )
            return _screen(t, text, facts, Side.BRAND)
        case NoteKind.DISPUTE_DUE:
            text = t(
                "⏰ <b>{name}</b>: dispute {number} of {creator} waits for your answer until {at}. "
                "{orders} are open.",
                name=name,
                number=number,
                creator=creator,
                orders=orders,
                at=_until(facts),
            )
            return _screen(t, text, facts, Side.BRAND)
        case NoteKind.DISPUTE_RULED:
            how = (
                t("the brand let the day pass")
                if facts.get("how") == "silence"
                else t("the operator's staff decided")
            )
            text = t(
                "⚖️ <b>{name}</b>: dispute {number} of {creator} – {how}. {what}.",
                name=name,
                number=number,
                creator=creator,
                how=how,
                what=answered(t, facts),
            )
            return _screen(t, text, facts, Side.BRAND)
        case NoteKind.DISPUTE_CALLED:
            why = (
                t("the creator objects to the answers")
                if facts.get("why") == "appeal"
                else t("the brand has not answered in time")
            )
            text = t(
                "⚖️ Dispute {number}, {creator} and <b>{name}</b>: {why}. {orders} wait for your "
                "decision.",
                name=name,
                number=number,
                creator=creator,
                why=why,
                orders=orders,
            )
            return _screen(t, text, facts, Side.STAFF)
        case _:
            return _screen(t, _news(t, number, name, facts), facts, Side.CREATOR)


def _news(t: Translator, number: str, name: str, facts: Facts) -> Html:
    match DisputeState(facts["state"]):
        case DisputeState.DATA:
            return t(
                "🕓 Dispute {number}, <b>{name}</b>: the case was sent. The shop's data do not "
                "have these orders yet; we look again when the next data come.",
                number=number,
                name=name,
            )
        case DisputeState.BRAND:
            return t(
                "⏳ Dispute {number}: <b>{name}</b> has been asked and is to answer by {at}.",
                number=number,
                name=name,
                at=_until(facts),
            )
        case DisputeState.STAFF:
            return t(
                "⚖️ Dispute {number}: <b>{name}</b> has not answered in time, the operator's staff "
                "decide on what is open.",
                number=number,
                name=name,
            )
        case DisputeState.ANSWERED:
            return t(
                "💬 Dispute {number}, <b>{name}</b> – {what}. If you do not agree, you can object "
                "once, until {at}.",
                number=number,
                name=name,
                what=answered(t, facts),
                at=_until(facts),
            )
        case _:
            return t(
                "✔️ Dispute {number}, <b>{name}</b> is closed – {what}.",
                number=number,
                name=name,
                what=answered(t, facts),
            )


def _until(facts: Facts) -> str | datetime:
    until = str(facts.get("until") or "")
    return datetime.fromisoformat(until) if until else "–"


def _screen(t: Translator, text: Html, facts: Facts, side: Side) -> Screen:
    look = DisputeLook(dispute=int(facts["dispute"]), side=side)
    return Screen(text, keyboard(button(t.plain("Open"), look)))
