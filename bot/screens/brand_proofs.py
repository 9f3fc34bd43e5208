"""What a manager sees of proofs: one at a time, with the verdict on its label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.callbacks.brand_proofs import ProofQueue, ProofReview, Verdict, Why
from bot.i18n import Html, Translator
from bot.screens.base import Photo, Row, Screen, back, button, home, keyboard
from bot.screens.proofs import VIDEO, history, mark, presence, quote, state_word, verdict
from bot.screens.words import word
from core.ids import BrandId
from core.labels import LabelOutcome
from core.people import Brand
from core.proofs import ProofState, RejectReason
from core.usecases.proofs import ProofView

_CAPTION: Final = 450  # characters of the post shown under a screenshot, where little fits
_TEXT: Final = 2_500  # characters of the post shown without one


def choose_brand(t: Translator, brands: Sequence[Brand], waiting: Mapping[BrandId, int]) -> Screen:
    """Which brand's proofs."""
    rows: list[Row] = [
        button(f"{brand.name} · {waiting.get(brand.id, 0)}", ProofQueue(brand=brand.id))
        for brand in brands
    ]
    return Screen(text=t("<b>Proofs to check</b>\nWhich brand?"), keyboard=keyboard(*rows, home(t)))


def nothing(t: Translator, *, several: bool, skipped: bool, brand: int) -> Screen:
    """The queue is empty, or only what was left for later is in it."""
    text = (
        t("That was the last one. Those you left for later still wait.")
        if skipped
        else t("No proof waits for you. You will be told when one comes.")
    )
    return Screen(
        text=text,
        keyboard=keyboard(
            button(t.plain("From the beginning"), ProofQueue(brand=brand)) if skipped else None,
            button(t.plain("Other brands"), ProofQueue()) if several else None,
            home(t),
        ),
    )


def review(
    t: Translator,
    view: ProofView,
    *,
    waiting: int,
    picture: bytes | None,
    lost: bool = False,
) -> Screen:
    """One proof with everything that a decision needs; `lost` says its screenshot did not open."""
    proof = view.proof
    return Screen(
        text=_text(t, view, waiting=waiting, short=picture is not None, lost=lost),
        photo=_photo(view, picture),
        keyboard=keyboard(
            button(t.plain("Open the post"), url=proof.link) if proof.link else None,
            button("✅ " + t.plain("Accept"), _press(view, Verdict.ACCEPT)),
            [
                button("✏️ " + t.plain("Ask for changes"), _press(view, Verdict.CHANGES)),
                button("✖️ " + t.plain("Reject"), _press(view, Verdict.REJECT)),
            ],
            button(t.plain("Later"), ProofQueue(brand=view.subject.brand, after=proof.id or 0)),
            home(t),
        ),
    )


def ask_reason(
    t: Translator, view: ProofView, to: Verdict, *, picture: bytes | None = None
) -> Screen:
    """Why the proof is not accepted as it is."""
    question = (
        t("What should the creator change? They can correct the post and send it again.")
        if to is Verdict.CHANGES
        else t("Why is the proof rejected? The creator cannot send this post again.")
    )
    rows: list[Row] = [
        button(word(t, RejectReason[why.name]), _press(view, to, why)) for why in Why
    ]
    return Screen(
        text=_text(t, view, waiting=0, short=True, lost=False) + "\n\n" + question,
        photo=_photo(view, picture),
        keyboard=keyboard(*rows, [back(t, _press(view, Verdict.SHOW)), home(t)]),
    )


def decided(t: Translator, view: ProofView) -> Screen:
    """What became of a proof."""
    proof = view.proof
    text = _text(t, view, waiting=0, short=True, lost=False)
    if proof.reason:
        text += "\n" + t("Reason: {reason}", reason=word(t, RejectReason(proof.reason)))
    if proof.state is not ProofState.PENDING:
        text += "\n" + t("The creator has been told.")
    return Screen(
        text=text,
        keyboard=keyboard(
            button(t.plain("Next proof"), ProofQueue(brand=view.subject.brand)), home(t)
        ),
    )


def taken(t: Translator, view: ProofView) -> str:
    """Another manager was quicker, in plain text."""
    return t.plain(
        "Somebody has decided on this proof already: {state}.", state=word(t, view.proof.state)
    )


def replaced(t: Translator) -> str:
    """The creator has sent another content, in plain text."""
    return t.plain("The creator has sent a corrected post meanwhile. Here it is.")


def _press(view: ProofView, to: Verdict, why: Why | None = None) -> ProofReview:
    return ProofReview(
        proof=view.proof.id or 0,
        verdict=to,
        sent=int(view.proof.sent_at.timestamp()),
        why=why,
    )


def _photo(view: ProofView, picture: bytes | None) -> Photo | None:
    return Photo(f"proof:{view.proof.screenshot_sha256}", picture) if picture else None


def _text(t: Translator, view: ProofView, *, waiting: int, short: bool, lost: bool) -> str:
    proof, subject = view.proof, view.subject
    head: str = t("<b>Proof</b> · {title}", title=subject.title(t.locale))
    if waiting:
        head += "\n" + t.plural("{n} proof waits", "{n} proofs wait", waiting)
    if proof.state is not ProofState.PENDING:
        head += f"\n{mark(view)} {state_word(t, view)}"
    lines = [
        head,
        "",
        t("Creator: {name}", name=subject.creator_name),
        t("Promo code: <code>{code}</code>", code=subject.code),
        t("Sent: {at}", at=proof.sent_at),
    ]
    lines += presence(t, view)
    if proof.platform is not None:
        lines.append(t("Platform: {platform}", platform=word(t, proof.platform)))
    if proof.link:
        lines.append(t("Post: {link}", link=proof.link))
    if lost:
        lines.append(t("The screenshot could not be loaded. Open the post instead."))
    lines += [verdict(t, view.label), _code_seen(t, view)]
    if proof.platform in VIDEO:
        lines.append(t("🎬 Check that the video shows the label before the advertisement begins."))
    if view.label.outcome is not LabelOutcome.PASS:
        lines.append(t("It should read: <code>{label}</code>", label=view.label_text))
    lines.append(quote(proof.caption, _CAPTION if short else _TEXT))
    lines += history(t, view)
    return "\n".join(lines)


def _code_seen(t: Translator, view: ProofView) -> Html:
    """Whether the promo code stands in the text of the post."""
    code = view.subject.code
    if code and code in view.proof.caption.upper():
        return t("✅ The promo code is in the text.")
    return t("⚠️ The promo code is not in the text: look for it in the picture.")
