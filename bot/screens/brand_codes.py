"""What a manager sees of pools of codes, creators' wishes, and announced changes of codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.callbacks.brand_codes import (
    Answer,
    ChangeCode,
    NoticeStep,
    Pool,
    PoolAction,
    PoolSource,
    WhyRefused,
    WishCard,
    Wishes,
)
from bot.callbacks.brand_creators import BrandCreators, OfferCreators
from bot.callbacks.brand_creators import CreatorInOffer as ToCreator
from bot.i18n import N_, Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, warned
from bot.screens.creator_card import creator_lines
from bot.screens.words import word
from core.code_changes import NOTICE, NoticeReason, RefusalReason, RequestState
from core.code_pools import PoolProblem, PoolReport
from core.enrolments import CreatorInOffer
from core.offers import CodeSource, Offer, OfferState
from core.usecases.codes import PoolView, WishView

REASONS: Final = tuple(NoticeReason)  # a button carries the number of one
DAYS: Final = (14, 30, 60)  # choices of a notice
SHOWN: Final = 20  # lines with trouble that are told one by one

SOURCES: Final = {
    CodeSource.NAME: N_("Made of the creator's name"),
    CodeSource.POOL: N_("From the pool, then of the name"),
    CodeSource.POOL_ONLY: N_("Only from the pool"),
}
_WHY: Final = {
    "empty": N_("empty"),
    "short": N_("shorter than 3 characters"),
    "long": N_("longer than 40 characters"),
    "signs": N_("only letters, digits, dashes and underscores are possible"),
    "repeated": N_("stands in the file twice"),
    "damaged": N_("a spreadsheet has rounded this number"),
    "pooled": N_("is in a pool already"),
    "held": N_("a creator has or had it"),
}


# --- the pool


def pool(t: Translator, view: PoolView) -> Screen:
    """How many codes are left, where codes come from, and what can be done."""
    offer, count = view.offer, view.count
    number = offer.id or 0
    lines = [
        t("<b>Pool of codes</b> · {title}", title=offer.text(t.locale).title),
        t("Free: <b>{free}</b> · given to creators: {given}", free=count.free, given=count.given),
        Html(),
        t(
            "If your shop has codes of its own, upload them: each creator gets one that nobody "
            "else has. You are told when few are left."
        ),
        Html(),
        t("Codes of new creators: <b>{source}</b>", source=t.plain(SOURCES[offer.code_source])),
    ]
    if offer.code_source is CodeSource.POOL_ONLY and not count.free:
        lines.append(t("⚠️ The pool is empty: nobody can take the offer until you upload codes."))
    sources: list[Row] = [
        button(t.plain(text), PoolSource(offer=number, source=source))
        for source, text in SOURCES.items()
        if source is not offer.code_source
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button("⬆️ " + t.plain("Upload codes"), Pool(offer=number, action=PoolAction.UPLOAD))
            if offer.state is not OfferState.ENDED
            else None,
            *sources,
            button("🗑 " + t.plain("Delete free codes"), Pool(offer=number, action=PoolAction.CLEAR))
            if count.free
            else None,
            [back(t, OfferCreators(offer=number)), home(t)],
        ),
    )


def ask_file(t: Translator, offer: Offer, *, trouble: str | None = None) -> Screen:
    """What file is awaited."""
    text = t(
        "<b>Upload codes</b> · {title}\n\nSend a file: TXT with a code on each line, CSV or XLSX. "
        "In a table the column is called “code” or “promo code”, or it is the first one. You can "
        "also send the codes as a message, one on each line.\n\nThe codes must work in your shop. "
        "The same file sent twice changes nothing.",
        title=offer.text(t.locale).title,
    )
    return Screen(warned(trouble, text), keyboard([back(t, Pool(offer=offer.id or 0)), home(t)]))


def uploaded(t: Translator, offer: Offer, report: PoolReport) -> Screen:
    """What an upload did, and what was wrong line by line."""
    lines: list[str] = [
        t.plural("✅ <b>{n}</b> code added.", "✅ <b>{n}</b> codes added.", report.added)
        if report.added
        else t("No new codes."),
        t(
            "Free: <b>{free}</b> · given to creators: {given}",
            free=report.count.free,
            given=report.count.given,
        ),
    ]
    if report.problems:
        lines += ["", t("Not added:"), *problem_lines(t, report.problems)]
    return Screen(
        "\n".join(lines),
        keyboard([back(t, Pool(offer=offer.id or 0)), home(t)]),
    )


def problem_lines(t: Translator, problems: Sequence[PoolProblem]) -> list[Html]:
    """Lines that gave no code, each with the reason; the first few of them."""
    lines = [
        t(
            "line {line}: {text} – {why}",
            line=str(one.line),
            text=one.text,
            why=t.plain(_WHY.get(one.why, one.why)),
        )
        for one in problems[:SHOWN]
    ]
    if (rest := len(problems) - SHOWN) > 0:
        lines.append(t.plural("… and {n} line more", "… and {n} lines more", rest))
    return lines


def confirm_clearing(t: Translator, view: PoolView) -> Screen:
    """What deleting does, and the question."""
    number = view.offer.id or 0
    return Screen(
        t.plural(
            "<b>Delete {n} free code of the pool?</b>\nCodes that creators have stay theirs.",
            "<b>Delete {n} free codes of the pool?</b>\nCodes that creators have stay theirs.",
            view.count.free,
        ),
        keyboard(
            button(t.plain("Yes, delete"), Pool(offer=number, action=PoolAction.CLEAR_YES)),
            [back(t, Pool(offer=number)), home(t)],
        ),
    )


# --- wishes


def wish(t: Translator, view: WishView) -> Screen:
    """A wish with everything that an answer needs."""
    known = view.wish
    lines: list[str] = [
        t("<b>Wish for a code</b> · {title}", title=view.offer.text(t.locale).title),
    ]
    if view.waiting > 1:
        lines.append(t.plural("{n} wish waits", "{n} wishes wait", view.waiting))
    lines += [
        "",
        t("Wished: <code>{code}</code>", code=known.normal),
        t("Asked: {at}", at=known.asked_at),
    ]
    if known.state is not RequestState.PENDING:
        lines += ["", _answered(t, view)]
        return Screen(
            "\n".join(lines),
            keyboard(
                button(t.plain("Next wish"), Wishes(brand=known.brand)),
                [back(t, BrandCreators(brand=known.brand)), home(t)],
            ),
        )
    lines += [
        t("Now: <code>{code}</code>", code=view.enrolment.code),
        "",
        *creator_lines(t, view.card),
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button("✅ " + t.plain("Accept"), WishCard(request=known.id, answer=Answer.ACCEPT)),
            [
                button("✖️ " + t.plain("Refuse"), WishCard(request=known.id, answer=Answer.REFUSE)),
                button(t.plain("Later"), Wishes(brand=known.brand, after=known.id)),
            ],
            [back(t, BrandCreators(brand=known.brand)), home(t)],
        ),
    )


def _answered(t: Translator, view: WishView) -> Html:
    known = view.wish
    if known.state is RequestState.ACCEPTED:
        return t("✅ The creator has the code now and has been told.")
    if known.state is RequestState.REFUSED:
        reason = known.reason
        why = word(t, RefusalReason(reason)) if reason in list(RefusalReason) else reason
        return t("✖️ Refused: {reason}. The creator has been told.", reason=why)
    return t("The wish is off.")


def confirm_wish(t: Translator, view: WishView) -> Screen:
    """What accepting does, and the question."""
    known = view.wish
    lines = [
        t(
            "<b>Give {creator} the code <code>{code}</code>?</b>",
            creator=view.card.creator.display_name,
            code=known.normal,
        ),
        Html(),
        t("1. Set the code up in your shop first: it counts from the moment you accept."),
        t(
            "2. The old code {old} brings the creator nothing for orders after that; those before "
            "stay theirs. Then it rests 60 days before somebody else can get it.",
            old=view.enrolment.code,
        ),
        t("3. The creator is told at once."),
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button(
                "✅ " + t.plain("Yes, it is set up"),
                WishCard(request=known.id, answer=Answer.ACCEPT_YES),
            ),
            [back(t, WishCard(request=known.id)), home(t)],
        ),
    )


def why_refused(t: Translator, view: WishView) -> Screen:
    """Why the wish is refused."""
    number = view.wish.id
    rows: list[Row] = [
        button(
            word(t, RefusalReason[why.name]),
            WishCard(request=number, answer=Answer.REFUSE, why=why),
        )
        for why in WhyRefused
    ]
    return Screen(
        t(
            "<b>Why do you refuse <code>{code}</code>?</b>\nThe creator reads the reason, keeps "
            "the present code and may wish for another one.",
            code=view.wish.normal,
        ),
        keyboard(*rows, [back(t, WishCard(request=number)), home(t)]),
    )


def no_wish(t: Translator, *, brand: int, skipped: bool) -> Screen:
    """The queue is empty, or only what was left for later is in it."""
    text = (
        t("That was the last one. Those you left for later still wait.")
        if skipped
        else t("No wish waits for you. You will be told when one comes.")
    )
    return Screen(
        text,
        keyboard(
            button(t.plain("From the beginning"), Wishes(brand=brand)) if skipped else None,
            [back(t, BrandCreators(brand=brand)), home(t)],
        ),
    )


# --- announced changes


def ask_code(t: Translator, one: CreatorInOffer, *, trouble: str | None = None) -> Screen:
    """What the code is to become."""
    number = one.enrolment.id
    text = t(
        "<b>Change the code {code} of {creator}</b>\n\nSend the new code as it stands in your "
        "shop, for example: SALE-7. Or withdraw the code without another one.\n\nNothing "
        "changes at once: the creator is told and gets at least {n} days.",
        code=one.enrolment.code,
        creator=one.name,
        n=NOTICE.days,
    )
    return Screen(
        warned(trouble, text),
        keyboard(
            button(
                t.plain("Withdraw without another"),
                ChangeCode(enrolment=number, step=NoticeStep.NO_CODE),
            ),
            [back(t, ToCreator(enrolment=number)), home(t)],
        ),
    )


def ask_why(t: Translator, one: CreatorInOffer, *, new: str) -> Screen:
    """Why the code changes."""
    number = one.enrolment.id
    rows: list[Row] = [
        button(word(t, reason), ChangeCode(enrolment=number, step=NoticeStep.WHY, value=at))
        for at, reason in enumerate(REASONS)
    ]
    return Screen(
        t("{change}\n\nWhy? The creator reads the reason.", change=_change(t, one, new)),
        keyboard(*rows, [back(t, ChangeCode(enrolment=number)), home(t)]),
    )


def ask_when(t: Translator, one: CreatorInOffer, *, new: str, trouble: str | None = None) -> Screen:
    """On which day the code changes."""
    number = one.enrolment.id
    text = t(
        "{change}\n\nWhen? Choose, or send a date from {n} days on, for example: 15.12.2026",
        change=_change(t, one, new),
        n=NOTICE.days,
    )
    choices = [
        button(
            t.value(t.plural("in {n} day", "in {n} days", days)),
            ChangeCode(enrolment=number, step=NoticeStep.WHEN, value=days),
        )
        for days in DAYS
    ]
    return Screen(
        warned(trouble, text),
        keyboard(choices, [back(t, ChangeCode(enrolment=number)), home(t)]),
    )


def _change(t: Translator, one: CreatorInOffer, new: str) -> Html:
    if new:
        return t(
            "<b>{creator}</b>: <code>{code}</code> → <code>{new}</code>",
            creator=one.name,
            code=one.enrolment.code,
            new=new,
        )
    return t(
        "<b>{creator}</b>: the code <code>{code}</code> is withdrawn",
        creator=one.name,
        code=one.enrolment.code,
    )


def confirm_change(
    t: Translator, one: CreatorInOffer, *, new: str, reason: NoticeReason, due_at: datetime
) -> Screen:
    """Exactly what is announced, and the question."""
    number = one.enrolment.id
    lines: list[str] = [
        t("<b>Announce the change?</b>"),
        _change(t, one, new),
        t("Reason: {reason}", reason=word(t, reason)),
        "",
        t("• Until {due} everything stays as it is: the code works and earns.", due=due_at),
    ]
    if new:
        lines.append(
            t(
                "• From {due} on only {new} counts: set it up in your shop by then.",
                due=due_at,
                new=new,
            )
        )
    else:
        lines.append(
            t(
                "• From {due} on the creator has no code; links and reserved articles go on.",
                due=due_at,
            )
        )
    lines += [
        t("• Orders placed before that moment are the creator's, whenever they are reported."),
        t("• The creator is told now, with both dates. You can take it back until then."),
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button(
                "📅 " + t.plain("Yes, announce"),
                ChangeCode(enrolment=number, step=NoticeStep.ANNOUNCE),
            ),
            [back(t, ToCreator(enrolment=number)), home(t)],
        ),
    )


def confirm_cancelling(t: Translator, one: CreatorInOffer) -> Screen:
    """Taking an announcement back: really?"""
    number = one.enrolment.id
    return Screen(
        t(
            "<b>Take the announcement back?</b>\n{creator} keeps the code <code>{code}</code> and "
            "is told so.",
            creator=one.name,
            code=one.enrolment.code,
        ),
        keyboard(
            button(
                t.plain("Yes, take it back"),
                ChangeCode(enrolment=number, step=NoticeStep.CANCEL_YES),
            ),
            [back(t, ToCreator(enrolment=number)), home(t)],
        ),
    )
