"""Notifications about brands, roles and rights in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.callbacks.brand_offers import BrandOffers
from bot.callbacks.brand_requests import Company, RequestReview, SignUp
from bot.callbacks.nav import Nav, Target
from bot.callbacks.support import Support
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, button, keyboard
from bot.screens.words import word
from core.notifications import NoteKind
from core.people import BrandRole, Permission

Facts = Mapping[str, Any]


def of_desk(t: Translator, kind: NoteKind, facts: Facts) -> Screen:
    """What the operator decided of a brand or of somebody's rights, or is to decide."""
    name, brand = str(facts.get("brand", "")), int(facts.get("company") or 0)
    match kind:
        case NoteKind.BRAND_REQUESTED:
            text = (
                t("A new brand waits for review: <b>{brand}</b>.", brand=name)
                if facts["new"]
                else t("<b>{brand}</b> asks to change its legal data.", brand=name)
            )
            return _screen(t, text, button(t.plain("Open"), _review(facts)))
        case NoteKind.BRAND_APPROVED:
            text = (
                t(
                    "✅ The brand <b>{brand}</b> is connected and you are its owner. Publish the "
                    "first offer.",
                    brand=name,
                )
                if facts["new"]
                else t("✅ The new legal data of <b>{brand}</b> are approved.", brand=name)
            )
            way = Nav(to=Target.BRAND) if facts["new"] else Company(brand=brand)
            return _screen(t, text, button(t.plain("Open"), way))
        case NoteKind.BRAND_DECLINED:
            text = t("The data of <b>{brand}</b> are not approved.", brand=name)
            back = Company(brand=brand) if brand else SignUp()
            return _screen(t, _because(t, text, facts), button(t.plain("Correct"), back))
        case NoteKind.BRAND_SUSPENDED:
            text = t(
                "⏸ The brand <b>{brand}</b> is suspended: its offers are not shown, nobody can "
                "take them. Orders of codes that are out are paid as before, and your funds stay "
                "yours. Do you disagree? Write to support.",
                brand=name,
            )
            return Screen(
                _because(t, text, facts),
                keyboard(
                    button(t.plain("Open"), Company(brand=brand)),
                    button("💬 " + t.plain("Write to support"), Support()),
                ),
            )
        case NoteKind.BRAND_RESTORED:
            text = t("▶️ The brand <b>{brand}</b> works again: its offers are shown.", brand=name)
            return _screen(t, text, button(t.plain("Open"), BrandOffers()))
        case NoteKind.ROLE_CHANGED if facts["role"]:
            text = t(
                "Your role at <b>{brand}</b> is now: {role}.",
                brand=name,
                role=word(t, BrandRole(facts["role"])),
            )
            return _screen(t, text, button(t.plain("Open"), Company(brand=brand)))
        case NoteKind.ROLE_CHANGED:
            return _screen(
                t,
                t("You do not act for the brand <b>{brand}</b> any more.", brand=name),
                button(t.plain("Main menu"), Nav()),
            )
        case _:
            rights = ", ".join(
                word(t, right) for right in Permission if right in facts["permissions"]
            )
            text = (
                t("Your rights on the operator's team are now: {rights}.", rights=rights)
                if rights
                else t("You are not on the operator's team any more.")
            )
            return _screen(t, text, button(t.plain("Main menu"), Nav()))


def _review(facts: Facts) -> RequestReview:
    return RequestReview(request=int(facts["request"]))


def _because(t: Translator, text: str, facts: Facts) -> Html:
    reason = str(facts.get("reason") or "")
    return Html(f"{text}\n" + t("Reason: {reason}", reason=reason)) if reason else Html(text)


def _screen(t: Translator, text: str, row: Row) -> Screen:
    return Screen(text, keyboard(row))
