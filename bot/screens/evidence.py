"""The evidence that an order is credited on, in words that creator and brand both understand."""

from __future__ import annotations

from bot.i18n import Html, Translator
from bot.screens.words import word
from core.evidence import EvidenceKind, Grade
from core.handles import shown


def in_words(t: Translator, grade: Grade, kind: EvidenceKind, value: str) -> list[Html]:
    """How sure the credit is, and what was found. A buyer is never told apart."""
    return [t("Evidence {grade}", grade=word(t, grade)), _found(t, kind, shown(value))]


def _found(t: Translator, kind: EvidenceKind, value: str) -> Html:
    match kind:
        case EvidenceKind.CODE:
            return t("The order came with the promo code <code>{value}</code>.", value=value)
        case EvidenceKind.ARTICLE:
            return t("It was bought by the substitute article <code>{value}</code>.", value=value)
        case EvidenceKind.TAG:
            return t(
                "The place counted these units under the tag <code>{value}</code>.", value=value
            )
        case EvidenceKind.SKU:
            return t("The article <code>{value}</code> is kept for this creator.", value=value)
        case EvidenceKind.CLICK:
            return t("The shop sent back the click on the creator's link.")
        case EvidenceKind.PHONE:
            return t(
                "The buyer had opened the creator's link and shared a phone; the shop reported an "
                "order with the same phone."
            )
        case EvidenceKind.CLAIM:
            return t(
                "The buyer had opened the creator's link and sent the number of the order; the "
                "shop has it."
            )
        case EvidenceKind.RECEIPT:
            return t(
                "The buyer had opened the creator's link and sent the receipt; the shop has an "
                "order that fits it."
            )
        case EvidenceKind.RULING:
            return t("People looked at the order and decided so.")
