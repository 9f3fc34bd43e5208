"""What a creator sees who would like another code."""

from __future__ import annotations

from bot.callbacks.admission import CodeWish, WishStep
from bot.callbacks.enrolments import EnrolmentCard as ToEnrolment
from bot.i18n import Translator
from bot.screens.base import Screen, back, button, home, keyboard, warned
from core.code_changes import CodeRequest
from core.codes import CODE_MIN, WISH_MAX
from core.enrolments import EnrolmentCard


def ask(t: Translator, card: EnrolmentCard, *, trouble: str | None = None) -> Screen:
    """Which code would be liked."""
    number = card.enrolment.id
    text = t(
        "<b>Another code</b> · {brand}\nNow: <code>{code}</code>\n\nSend the code that you would "
        "like: {least} to {most} letters and digits, easy to say and to type. For example: ASEL10. "
        "Kazakh and Russian letters are written in Latin by sound.\n\nThe brand decides.",
        brand=card.brand.name,
        code=card.enrolment.code,
        least=CODE_MIN,
        most=WISH_MAX,
    )
    return Screen(
        warned(trouble, text), keyboard([back(t, ToEnrolment(enrolment=number)), home(t)])
    )


def confirm(t: Translator, card: EnrolmentCard, wish: str) -> Screen:
    """What happens when the brand accepts, and the question."""
    number = card.enrolment.id
    lines = [
        t("<b>Ask for the code <code>{code}</code>?</b>", code=wish),
        "",
        t("• The brand {brand} accepts or refuses; you are told here.", brand=card.brand.name),
        t(
            "• From the moment it accepts, only the new code earns for new orders. The old one, "
            "{code}, counts for orders placed before: change your posts then.",
            code=card.enrolment.code,
        ),
        t("• Until the answer, and if it is refused, everything stays as it is."),
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button(
                "✏️ " + t.plain("Yes, ask for it"), CodeWish(enrolment=number, step=WishStep.SEND)
            ),
            [back(t, CodeWish(enrolment=number)), home(t)],
        ),
    )


def asked(t: Translator, card: EnrolmentCard, wish: CodeRequest) -> Screen:
    """The wish is on its way."""
    return Screen(
        t(
            "✏️ <b>The wish has been sent.</b>\nCode: <code>{code}</code>. The brand {brand} "
            "decides, you are told here.",
            code=wish.normal,
            brand=card.brand.name,
        ),
        keyboard(
            button("🎟 " + t.plain("My code and link"), ToEnrolment(enrolment=card.enrolment.id)),
            home(t),
        ),
    )
