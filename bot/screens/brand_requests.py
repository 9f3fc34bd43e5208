"""A brand's sign-up, and what the staff see of it and of changes of legal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from bot.callbacks.admin_brands import AdminBrand
from bot.callbacks.brand_requests import (
    BrandRequests,
    RequestReview,
    RequestVerdict,
    SignUp,
    SignUpAction,
)
from bot.callbacks.desk import PersonLook
from bot.callbacks.onboarding import FirstStep, Onboarding
from bot.i18n import N_, Bps, Html, Translator
from bot.screens.admin_offers import law
from bot.screens.base import Row, Screen, back, button, home, keyboard, pager, warned
from core.brand_requests import BrandRequest, LegalData, RequestState
from core.forbidden import warnings
from core.people import Brand
from core.usecases.brand_requests import RequestCard, of_brand

STEPS: Final = ("name", "legal_name", "bin", "licence")
LABEL: Final = {
    "name": N_("Name: <b>{value}</b>"),
    "legal_name": N_("Legal name: {value}"),
    "bin": N_("BIN: <code>{value}</code>"),
    "licence": N_("Licence: {value}"),
}
STATE: Final = {
    RequestState.WAITING: N_("🕓 The data are being checked. You will be told of the answer."),
    RequestState.APPROVED: N_("✅ Approved."),
    RequestState.DECLINED: N_("✖️ Not approved."),
    RequestState.REPLACED: N_("Replaced by newer data."),
}


def fields(t: Translator, data: LegalData) -> list[Html]:
    """Legal data, one line each."""
    return [t(LABEL[step], value=getattr(data, step) or t.plain("none")) for step in STEPS]


# --- somebody who represents a brand


def ask_step(
    t: Translator, step: str, answers: Mapping[str, str], *, problem: str | None = None
) -> Screen:
    """A question of the sign-up, under what has been answered."""
    none: Row = None
    match step:
        case "name":
            asked = t("What do people call the brand? For example: Alma Beauty")
        case "legal_name":
            asked = t(
                "What is its legal name? The advertising label carries it. "
                "For example: Alma Cosmetics LLP"
            )
        case "bin":
            asked = t("What is its BIN (an entrepreneur's IIN)? Twelve digits.")
        case _:
            asked = t(
                "Which licence does it have? It is needed for medicines, food supplements and "
                "medical services: send its number and date."
            )
            none = button(t.plain("No licence is needed"), SignUp(action=SignUpAction.NO_LICENCE))
    text = Html(t("<b>Connect a brand</b>") + _answered(t, answers) + f"\n\n{asked}")
    return Screen(
        warned(problem, text),
        keyboard(none, [back(t, SignUp(action=SignUpAction.BACK)), home(t)]),
    )


def confirm(t: Translator, answers: Mapping[str, str]) -> Screen:
    """Everything is there: send it?"""
    asked = t(
        "Is everything right? The operator checks the data and answers here. You become the "
        "owner of the brand when they are approved."
    )
    return Screen(
        Html(t("<b>Connect a brand</b>") + _answered(t, answers) + f"\n\n{asked}"),
        keyboard(
            button("📨 " + t.plain("Send for review"), SignUp(action=SignUpAction.SEND)),
            [back(t, SignUp(action=SignUpAction.BACK)), home(t)],
        ),
    )


def _answered(t: Translator, answers: Mapping[str, str]) -> str:
    lines = [
        t(LABEL[step], value=answers[step] or t.plain("none")) for step in STEPS if step in answers
    ]
    return "\n\n" + "\n".join(lines) if lines else ""


def sign_up_state(t: Translator, request: BrandRequest) -> Screen:
    """Where a sign-up stands, and what can be done."""
    lines: list[str] = [
        t("<b>Connect a brand</b>"),
        "",
        *fields(t, request.data),
        "",
        t(STATE[request.state]),
    ]
    again: Row = None
    if request.note:
        lines.append(t("Reason: {reason}", reason=request.note))
    if request.state is RequestState.DECLINED:
        again = button("✏️ " + t.plain("Correct and send again"), SignUp())
    if request.state is RequestState.WAITING:
        again = button("✏️ " + t.plain("Send other data"), SignUp())
    return Screen(
        "\n".join(lines),
        keyboard(again, [back(t, Onboarding(step=FirstStep.WELCOME)), home(t)]),
    )


# --- the staff


def nothing(t: Translator, *, skipped: bool) -> Screen:
    """No request waits, or only what was left for later."""
    text = (
        t("That was the last one. Those you left for later still wait.")
        if skipped
        else t("<b>Brands' data</b>\nNothing waits for review. You will be told when it does.")
    )
    return Screen(
        text,
        keyboard(
            button(t.plain("From the beginning"), BrandRequests()) if skipped else None, home(t)
        ),
    )


def review(t: Translator, shown: RequestCard, *, following: int | None) -> Screen:
    """A request: what is asked, what stands now, what the law may say."""
    request, asks = shown.request, shown.person
    account = f" (@{escape(asks.username)})" if asks.username else ""
    title = t("<b>A new brand</b>") if shown.brand is None else t("<b>Change of legal data</b>")
    lines: list[str] = [
        title,
        t("Asked by: {name}", name=Html(f"{escape(asks.name)}{account}")),
        t("Asked: {at}", at=request.requested_at),
        "",
        *(_changes(t, shown.brand, request.data) if shown.brand else fields(t, request.data)),
        "",
        t("✅ The control digit of the BIN is right."),
        *hints(t, request.data),
    ]
    waits = request.state is RequestState.WAITING
    if not waits:
        lines += ["", t(STATE[request.state])]
    if request.note:
        lines.append(t("Reason: {reason}", reason=request.note))
    return Screen(
        "\n".join(lines),
        keyboard(
            [
                button(
                    "✅ " + t.plain("Approve"),
                    RequestReview(request=request.id, verdict=RequestVerdict.APPROVE),
                ),
                button(
                    "✖️ " + t.plain("Decline"),
                    RequestReview(request=request.id, verdict=RequestVerdict.DECLINE),
                ),
            ]
            if waits
            else None,
            pager(t, None, BrandRequests(after=following) if following else None),
            button("👤 " + asks.name, PersonLook(person=asks.id)),
            button("🏢 " + shown.brand.name, AdminBrand(brand=shown.brand.id))
            if shown.brand
            else None,
            home(t),
        ),
    )


def _changes(t: Translator, brand: Brand, data: LegalData) -> list[Html]:
    before = of_brand(brand)
    lines = []
    for step in STEPS:
        old, new = getattr(before, step), getattr(data, step)
        if old == new:
            lines.append(t(LABEL[step], value=new or t.plain("none")))
        else:
            lines.append(
                Html(
                    "✏️ "
                    + t(LABEL[step], value=new or t.plain("none"))
                    + "\n"
                    + t("· before: {value}", value=old or t.plain("none"))
                )
            )
    return lines


def hints(t: Translator, data: LegalData) -> Sequence[Html]:
    """What the names hint at, and whether a licence is there for what needs one."""
    lines = [
        t("⚠️ Check by law: {what}", what=law(t, name))
        for name in warnings([data.name, data.legal_name])
    ]
    if not data.licence:
        lines.append(
            t(
                "No licence is given: medicines, food supplements and medical services cannot be "
                "advertised without one."
            )
        )
    return lines


def confirm_approval(t: Translator, shown: RequestCard, *, fee_bps: int) -> Screen:
    """Exactly what follows from approving."""
    request = shown.request
    if shown.brand is None:
        text = t(
            "<b>Add the brand {brand}?</b>\nIts owner: {person}\nThe service fee is {fee} of each "
            "commission; finance can change it on the brand's card.",
            brand=request.data.name,
            person=shown.person.name,
            fee=Bps(fee_bps),
        )
    else:
        text = t(
            "<b>Change the legal data of {brand}?</b>\nAdvertising labels and documents carry the "
            "new data at once. The brand's managers are told.",
            brand=shown.brand.name,
        )
    return Screen(
        text,
        keyboard(
            button(
                "✅ " + t.plain("Approve"),
                RequestReview(request=request.id, verdict=RequestVerdict.APPROVE_YES),
            ),
            [back(t, RequestReview(request=request.id)), home(t)],
        ),
    )


def ask_decline(t: Translator, shown: RequestCard, *, problem: str | None = None) -> Screen:
    """Why is it declined? Whoever asked is going to read it."""
    text = t(
        "<b>Why are the data of {brand} not approved?</b>\nType the reason, whoever sent them "
        "is going to read it. For example: the BIN belongs to another company.",
        brand=shown.request.data.name,
    )
    return Screen(
        warned(problem, text),
        keyboard([back(t, RequestReview(request=shown.request.id)), home(t)]),
    )


def approved(t: Translator, brand: Brand) -> Screen:
    """The brand is there, or carries its new data."""
    return Screen(
        t("✅ {brand}: approved. Whoever asked is told.", brand=brand.name),
        keyboard(
            button("🏢 " + brand.name, AdminBrand(brand=brand.id)),
            button(t.plain("Next request"), BrandRequests()),
            home(t),
        ),
    )


def declined(t: Translator, request: BrandRequest) -> Screen:
    """The request went back with its reason."""
    return Screen(
        t("✖️ {brand}: not approved. Whoever asked has your reason.", brand=request.data.name),
        keyboard(button(t.plain("Next request"), BrandRequests()), home(t)),
    )
