"""What a creator sees of proofs: sending one step by step, and what became of those sent."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.offers import Catalogue
from bot.callbacks.proofs import (
    FormAction,
    ProofAgain,
    ProofCard,
    ProofForm,
    ProofList,
    ProofLook,
    ProofNew,
)
from bot.i18n import N_, Html, Translator
from bot.screens.base import Row, Screen, back, button, cut_plain, home, keyboard, pager
from bot.screens.errors import refusal
from bot.screens.words import word
from core.enrolments import EnrolmentCard
from core.errors import AlreadyUsed, BadInput, DomainError, ProofRefused
from core.labels import LabelCheck, LabelOutcome
from core.orders import ALMATY
from core.people import Platform
from core.presence import GRACE, Presence
from core.proofs import Proof, ProofState, ProofSubject, RejectReason
from core.usecases.proofs import ProofCheck, ProofPage, ProofView

MARKS = {
    ProofState.PENDING: "🕓",
    ProofState.ACCEPTED: "✅",
    ProofState.CHANGES: "✏️",
    ProofState.REJECTED: "✖️",
}

LOST = {Presence.MISSING: "⚠️", Presence.GONE: "🚫"}  # instead of the mark of acceptance

VIDEO = (Platform.TIKTOK, Platform.YOUTUBE)  # a label in the text alone is not enough there

EARLIER = 5  # superseded contents that a card names

EXAMPLE = "https://www.instagram.com/p/C8xYz1AbCdE/"

_LABEL = {
    "label_missing": N_(
        "The advertising label was not found. "
        "Add it at the very beginning of the post and then send the corrected text."
    ),
    "label_not_kk_ru": N_(
        "An English label is not enough in Kazakhstan: it must be in Kazakh or Russian. "
        "Add it at the very beginning of the post and then send the corrected text."
    ),
}
_WARNINGS = {
    "label_after_cut": N_("it is so far down that it is hidden behind “more”"),
    "label_at_end": N_("it stands at the end of the text"),
    "label_among_hashtags": N_("it is lost among the hashtags"),
}


def listing(t: Translator, page: ProofPage, *, first: bool) -> Screen:
    """The creator's proofs, newest first."""
    text: str = t("<b>My proofs</b>")
    if page.items:
        text += "\n" + t("Choose one to see what became of it.")
    else:
        text += "\n" + t(
            "Nothing has been sent yet. Publish a post with your promo code, "
            "then send its link or a screenshot here."
        )
    rows: list[Row] = [
        button(
            f"{mark(view)} {view.subject.title(t.locale)} · "
            + t.value(view.proof.sent_at.astimezone(ALMATY).date()),
            ProofCard(proof=view.proof.id or 0),
        )
        for view in page.items
    ]
    return Screen(
        text=text,
        keyboard=keyboard(
            button("＋ " + t.plain("Send a proof"), ProofNew()),
            *rows,
            pager(
                t,
                None if first else ProofList(),
                None if page.next_after is None else ProofList(after=page.next_after),
            ),
            home(t),
        ),
    )


def card(t: Translator, view: ProofView) -> Screen:
    """One proof of the creator with its state, its reason and what can be done."""
    proof = view.proof
    lines: list[str] = [
        t("<b>Proof</b> · {title}", title=view.subject.title(t.locale)),
        f"{mark(view)} {state_word(t, view)}",
    ]
    if proof.reason:
        lines.append(t("Reason: {reason}", reason=word(t, RejectReason(proof.reason))))
    if proof.state is ProofState.CHANGES:
        lines.append(t("Correct the post and send it again: it takes the place of this one."))
    lines += presence(t, view)
    lines.append("")
    lines += _content(t, proof.link, bool(proof.screenshot_file_id), proof.caption)
    lines.append(t("Sent: {at}", at=proof.sent_at))
    if proof.reviewed_at is not None:
        lines.append(t("Decided: {at}", at=proof.reviewed_at))
    lines += history(t, view)
    missing = view.watch is not None and view.watch.presence is Presence.MISSING
    gone = view.watch is not None and view.watch.presence is Presence.GONE
    return Screen(
        text="\n".join(lines),
        keyboard=keyboard(
            button(t.plain("Send the corrected post"), ProofAgain(proof=proof.id or 0))
            if proof.state is ProofState.CHANGES
            else None,
            button("🔄 " + t.plain("Look again"), ProofLook(proof=proof.id or 0))
            if missing
            else None,
            button("＋ " + t.plain("Send another post"), ProofNew(enrolment=proof.enrolment))
            if missing or gone or proof.state is ProofState.ACCEPTED
            else None,
            button(t.plain("Open the post"), url=proof.link) if proof.link else None,
            [back(t, ProofList()), home(t)],
        ),
    )


def mark(view: ProofView) -> str:
    """A sign for how a proof stands, the post with it."""
    if view.proof.state is ProofState.ACCEPTED and view.watch is not None:
        return LOST.get(view.watch.presence, MARKS[view.proof.state])
    return MARKS[view.proof.state]


def state_word(t: Translator, view: ProofView) -> Html:
    """The state in a word or two, with what has become of the post."""
    said = escape(word(t, view.proof.state))
    if view.proof.state is ProofState.ACCEPTED and view.watch is not None:
        if view.watch.presence is Presence.GONE:
            return Html(f"{said} · " + t("the post is gone"))
        if view.watch.presence is Presence.MISSING:
            return Html(f"{said} · " + t("the post is not found"))
    return Html(said)


def presence(t: Translator, view: ProofView) -> list[str]:
    """Whether the post is still there, where that can be known."""
    watch = view.watch
    if watch is None:
        return []
    match watch.presence:
        case Presence.SEEN if watch.seen_at is not None:
            return [t("👁 The post was there: {at}. We look from time to time.", at=watch.seen_at)]
        case Presence.MISSING if watch.missing_since is not None:
            since, until = watch.missing_since, watch.missing_since + GRACE
            return [
                t(
                    "⚠️ The post has not been found since {since}. If it does not come back by "
                    "{until}, the brand is told.",
                    since=since,
                    until=until,
                )
            ]
        case Presence.GONE if watch.gone_at is not None:
            return [t("The post is gone: {at}. What was earned stays.", at=watch.gone_at)]
    return [t("The channel does not let us look whether the post is still there.")]


def history(t: Translator, view: ProofView) -> list[str]:
    """What was sent before a correction, and why it was sent back."""
    if not view.earlier:
        return []
    lines: list[str] = ["", t("<b>Superseded</b>")]
    for old in view.earlier[:EARLIER]:
        reason = word(t, RejectReason(old.reason)) if old.reason else word(t, old.state)
        lines.append(f"• {t.value(old.sent_at)}: {escape(reason)}")
        if old.link and old.link != view.proof.link:
            lines.append(escape(old.link))
    return lines


def choose_enrolment(
    t: Translator, cards: Sequence[EnrolmentCard], *, first: bool, next_after: int | None
) -> Screen:
    """Which offer the post is about."""
    rows: list[Row] = [
        button(
            f"{one.offer.text(t.locale).title} · {one.enrolment.code}",
            ProofNew(enrolment=one.enrolment.id),
        )
        for one in cards
    ]
    text = (
        t("Which offer is the post about?")
        if cards
        else t("You have no offers yet. Take one first: it brings a code, a link and a label.")
    )
    return Screen(
        text=text,
        keyboard=keyboard(
            *rows,
            None if cards else button(t.plain("Browse offers"), Catalogue()),
            pager(
                t,
                None if first else ProofNew(),
                None if next_after is None else ProofNew(after=next_after),
            ),
            [back(t, ProofList()), home(t)],
        ),
    )


def ask_evidence(
    t: Translator, subject: ProofSubject, label: str, *, problem: str | None = None
) -> Screen:
    """Send a link, a screenshot or a forwarded post."""
    lines: list[str] = [problem, ""] if problem else []
    lines += [
        t("<b>Proof of post</b> · {title}", title=subject.title(t.locale)),
        "",
        t(
            "Send one of these:\n"
            "• a link to the post, for example <code>{example}</code>\n"
            "• a screenshot of a story\n"
            "• a post forwarded from your Telegram channel",
            example=EXAMPLE,
        ),
        "",
        _must(t, label),
    ]
    return Screen(text="\n".join(lines), keyboard=_form_keyboard(t, label, ProofList()))


def ask_caption(
    t: Translator,
    subject: ProofSubject,
    label: str,
    *,
    link: str,
    screenshot: bool,
    problem: str | None = None,
) -> Screen:
    """Copy the text of the post here."""
    lines: list[str] = [problem, ""] if problem else []
    lines += [
        t("<b>Proof of post</b> · {title}", title=subject.title(t.locale)),
        *_content(t, link, screenshot, ""),
        "",
        t("Now copy the text of the post and send it here, as it was published."),
        _must(t, label),
    ]
    return Screen(
        text="\n".join(lines), keyboard=_form_keyboard(t, label, ProofForm(action=FormAction.BACK))
    )


def confirm(t: Translator, check: ProofCheck, *, caption: str, screenshot: bool) -> Screen:
    """Everything is checked: this will be sent."""
    lines = [
        t("<b>Check and send</b> · {title}", title=check.subject.title(t.locale)),
        "",
        *_content(t, check.link, screenshot, caption),
        "",
        verdict(t, check.label),
    ]
    if check.label.outcome is LabelOutcome.WARN:
        lines.append(
            t("You can send it so, but the brand may ask you to move the label to the beginning.")
        )
    if check.platform in VIDEO:
        lines.append(
            t("In a video the label must also be shown before the advertisement begins: check it.")
        )
    lines.append(t("After sending, a manager of {brand} decides.", brand=check.subject.brand_name))
    return Screen(
        text="\n".join(lines),
        keyboard=keyboard(
            button("✅ " + t.plain("Send"), ProofForm(action=FormAction.SEND)),
            [
                button(t.plain("Change the text"), ProofForm(action=FormAction.CAPTION)),
                button(t.plain("Change the post"), ProofForm(action=FormAction.LINK)),
            ],
            None
            if screenshot
            else button(t.plain("Add a screenshot"), ProofForm(action=FormAction.SCREENSHOT)),
            [back(t, ProofForm(action=FormAction.BACK)), home(t)],
        ),
    )


def ask_screenshot(t: Translator, *, problem: str | None = None) -> Screen:
    """Send the screenshot."""
    text = t("Send the screenshot as a photo. The label and the promo code must be visible.")
    return Screen(
        text=f"{problem}\n\n{text}" if problem else text,
        keyboard=keyboard([back(t, ProofForm(action=FormAction.LATER)), home(t)]),
    )


def sent(t: Translator, subject: ProofSubject, proof: Proof) -> Screen:
    """The proof is on its way."""
    return Screen(
        text=t(
            "🕓 <b>Sent.</b> A manager of {brand} will look at it, and you will be told here.",
            brand=subject.brand_name,
        ),
        keyboard=keyboard(
            button(t.plain("See the proof"), ProofCard(proof=proof.id or 0)),
            [button(t.plain("My proofs"), ProofList()), home(t)],
        ),
    )


def problem(t: Translator, error: DomainError) -> Html | None:
    """What is wrong with the post and what to do; None for refusals that are not about it."""
    match error:
        case ProofRefused(reason=reason) if reason in _LABEL:
            text = t.plain(_LABEL[reason])
        case (
            ProofRefused()
            | AlreadyUsed(field="proof_link" | "screenshot")
            | BadInput(field="post_link" | "caption" | "screenshot")
        ):
            text = refusal(t, error)
        case _:
            return None
    return Html("⚠️ " + escape(text, quote=False))


def verdict(t: Translator, label: LabelCheck) -> Html:
    """What the automatic check of the label says."""
    if label.outcome is LabelOutcome.PASS:
        return t("✅ The advertising label was found.")
    if label.outcome is LabelOutcome.FAIL:
        return t("✖️ The advertising label was not found.")
    reason = _WARNINGS.get(label.reason, _WARNINGS["label_after_cut"])
    return t("⚠️ The advertising label was found, but {reason}.", reason=t(reason))


def quote(caption: str, limit: int) -> Html:
    """A creator's text as it was sent, at most `limit` characters of it, folded by the client."""
    return Html(f"<blockquote expandable>{escape(cut_plain(caption, limit))}</blockquote>")


def _must(t: Translator, label: str) -> Html:
    return t(
        "The text must begin with the advertising label. Tap to copy it:\n<code>{label}</code>",
        label=label,
    )


def _content(t: Translator, link: str, screenshot: bool, caption: str) -> list[str]:
    lines: list[str] = []
    if link:
        lines.append(t("Post: {link}", link=link))
    if screenshot:
        lines.append(t("Screenshot: attached"))
    if caption:
        lines.append(quote(caption, 1500))
    return lines


def _form_keyboard(t: Translator, label: str, way_back: CallbackData) -> InlineKeyboardMarkup:
    return keyboard(
        button("📋 " + t.plain("Copy the label"), copy=label), [back(t, way_back), home(t)]
    )
