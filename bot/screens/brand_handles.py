"""What a manager sees of articles, ids and tags that are lent to a creator."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from bot.callbacks.brand_creators import CreatorInOffer
from bot.callbacks.brand_handles import HandleList, LendForm, LendHandles, TakeBack
from bot.i18n import N_, Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, warned
from bot.screens.handles import dates, listed
from core.handles import AT_ONCE, Handle, HandleKind, Refused, shown
from core.orders import ALMATY
from core.usecases.handles import HandlesView, Reservation

BUTTONS: Final = 40  # a keyboard has room for a hundred
NAMED: Final = 15  # handles that a preview names
TROUBLES: Final = 15  # lines with trouble that are told one by one

LEND: Final = {
    HandleKind.SKU: N_("Lend articles (SKU)"),
    HandleKind.ARTICLE: N_("Lend substitute articles"),
    HandleKind.CODE_ID: N_("Lend ids of promo codes"),
    HandleKind.TAG: N_("Lend UTM tags"),
}
_ASK: Final = {
    HandleKind.SKU: N_(
        "Send articles of your shop exactly as they stand in your orders, for example: CR-50-A\n\n"
        "Choose articles that are sold through this creator only: every order with one of them "
        "counts as theirs."
    ),
    HandleKind.ARTICLE: N_(
        "Send the substitute articles that you have made for this creator in the marketplace's "
        "cabinet, for example: 412345678\n\nYour report has them in the column «Id подменного "
        "артикула»: an order with one counts as theirs."
    ),
    HandleKind.CODE_ID: N_(
        "Send the ids of the promo codes that you have made for this creator in the marketplace's "
        "cabinet. Your report has them in the column «Id промокода»: an order with one counts as "
        "theirs."
    ),
    HandleKind.TAG: N_(
        "Send the UTM tags of this creator as they stand in the report of outside traffic, column "
        "Content, for example: aigerim\n\nThe creator is paid for the units that the report counts "
        "for the tag."
    ),
}
WHY: Final = {
    "bad": N_("does not look like one"),
    "repeated": N_("stands in the list twice"),
    "own": N_("the creator has it already"),
    "other_kind": N_("the creator has it already as something else"),
}


def handle_list(
    t: Translator, view: HandlesView, *, done: Reservation | None = None, gone: bool = False
) -> Screen:
    """What the creator has; `done` is what has just been lent, `gone` says that some was taken."""
    number = view.enrolment.id
    lines: list[str] = []
    if done is not None:
        lines += [*_lent(t, done), ""]
    if gone:
        lines += [t("✅ Taken back. Orders placed before stay the creator's."), ""]
    lines.append(
        t(
            "🏷 <b>Articles, ids and tags</b> of {creator}\n{title}",
            creator=view.name,
            title=view.offer.text(t.locale).title,
        )
    )
    if view.handles:
        lines += listed(t, view)
    else:
        lines += [
            "",
            t(
                "Where orders carry no promo code, lend the creator something that stands in them: "
                "whoever had it on the day of the order is credited, whenever it is reported."
            ),
        ]
    lends: list[Row] = [
        button("＋ " + t.plain(LEND[kind]), LendHandles(enrolment=number, kind=kind))
        for kind in view.kinds
    ]
    takes: list[Row] = [
        button(f"✕ {shown(handle.value)}", TakeBack(enrolment=number, handle=handle.id))
        for handle in view.handles[:BUTTONS]
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            *lends,
            *takes,
            button("✕ " + t.plain("Take all back"), TakeBack(enrolment=number, handle=0))
            if view.total > 1
            else None,
            [back(t, CreatorInOffer(enrolment=number)), home(t)],
        ),
    )


def _lent(t: Translator, done: Reservation) -> list[str]:
    lines: list[str] = []
    if done.good:
        lines.append(t.plural("✅ {n} lent.", "✅ {n} lent.", len(done.good)))
        lines.append(
            t("Orders of these days that are known already are looked at again; it takes a minute.")
        )
    if done.refused:
        lines += _refused(t, done.refused)
    return lines


def ask(
    t: Translator, view: HandlesView, kind: HandleKind, *, trouble: str | None = None
) -> Screen:
    """Which handles to lend."""
    text = "\n\n".join(
        [
            t("<b>{title}</b> · {creator}", title=t.plain(LEND[kind]), creator=view.name),
            t(_ASK[kind]),
            t(
                "Several: one on each line, or a file (TXT, CSV, XLSX) with one on each line, up "
                "to {n}.",
                n=AT_ONCE,
            ),
        ]
    )
    return Screen(
        warned(trouble, text),
        keyboard([back(t, HandleList(enrolment=view.enrolment.id)), home(t)]),
    )


def preview(t: Translator, shown_: Reservation, *, trouble: str | None = None) -> Screen:
    """What would be lent for how long, and what cannot be."""
    number = shown_.view.enrolment.id
    lines: list[str] = [
        t("<b>{title}</b> · {creator}", title=t.plain(LEND[shown_.kind]), creator=shown_.view.name),
        "",
    ]
    if shown_.good:
        values = [escape(shown(value)) for value in shown_.good[:NAMED]]
        more = " …" if len(shown_.good) > NAMED else ""
        lines += [
            t.plural("Free: <b>{n}</b>", "Free: <b>{n}</b>", len(shown_.good)),
            ", ".join(f"<code>{value}</code>" for value in values) + more,
            t("Dates: {dates}", dates=dates(t, shown_.term)),
            "",
        ]
    lines += _refused(t, shown_.refused)
    lines.append(
        t(
            "For other dates send the first day, or the first and the last: 01.12.2026 – "
            "31.12.2026. They may begin up to a year back: then orders that you have sent already "
            "count as well."
        )
    )
    return Screen(
        warned(trouble, "\n".join(lines)),
        keyboard(
            button(
                "✅ " + t.plain("Lend · {n}", n=len(shown_.good)),
                LendForm(enrolment=number),
            )
            if shown_.good
            else None,
            [back(t, LendHandles(enrolment=number, kind=shown_.kind)), home(t)],
        ),
    )


def _refused(t: Translator, refused: Sequence[Refused]) -> list[str]:
    if not refused:
        return []
    lines: list[str] = [t("Cannot be lent:")]
    lines += [f"• <code>{escape(one.text)}</code> – {_why(t, one)}" for one in refused[:TROUBLES]]
    if (rest := len(refused) - TROUBLES) > 0:
        lines.append(t.plural("… and {n} more", "… and {n} more", rest))
    return [*lines, ""]


def _why(t: Translator, one: Refused) -> Html:
    if one.by is None or one.why not in ("taken", "resting"):
        return t(WHY.get(one.why, one.why))
    if one.why == "resting" and one.free_at is not None:
        return t(
            "{creator} had it; it rests until {day}, so that old posts bring nobody else money",
            creator=one.by.holder,
            day=one.free_at.astimezone(ALMATY).date(),
        )
    return t("{creator} has it: {dates}", creator=one.by.holder, dates=dates(t, one.by))


def confirm(t: Translator, view: HandlesView, handle: Handle | None) -> Screen:
    """What taking back does, and the question."""
    number = view.enrolment.id
    question = (
        t("<b>Take all articles, ids and tags of {creator} back?</b>", creator=view.name)
        if handle is None
        else t(
            "<b>Take <code>{handle}</code> back from {creator}?</b>",
            handle=shown(handle.value),
            creator=view.name,
        )
    )
    then = t(
        "New orders with it will not count for this creator any more. Earlier ones stay theirs, "
        "whenever they are reported. It rests 60 days before somebody else can have it."
    )
    return Screen(
        f"{question}\n{then}",
        keyboard(
            button(
                t.plain("Yes, take back"),
                TakeBack(enrolment=number, handle=handle.id if handle else 0, sure=True),
            ),
            [back(t, HandleList(enrolment=number)), home(t)],
        ),
    )
