"""A creator's links by placement: what each brought, its QR, renaming and switching off."""

from __future__ import annotations

from html import escape

from bot.callbacks.enrolments import EnrolmentCard as ToEnrolment
from bot.callbacks.placements import LinkAction, NewPlacement, PlacementLink
from bot.callbacks.placements import Placements as ToPlacements
from bot.i18n import Html, Translator
from bot.screens.base import (
    Document,
    Photo,
    Row,
    Screen,
    back,
    button,
    grid,
    home,
    keyboard,
    warned,
)
from bot.screens.words import word
from core.enrolments import EnrolmentState, Link
from core.placements import Placement, PlacementStats
from core.usecases.placements import Placements


def name(t: Translator, link: Link) -> str:
    """What a link is called, in plain text."""
    return place_name(t, link.placement)


def place_name(t: Translator, placement: str) -> str:
    """The same by its placement: a usual place in the reader's language, else the creator's own."""
    if not placement:
        return t.plain("Main link")
    if placement in list(Placement):
        return word(t, Placement(placement))
    return placement


def listing(t: Translator, shown: Placements) -> Screen:
    """Every link with what it has brought."""
    number = shown.card.enrolment.id
    active = shown.card.enrolment.state is EnrolmentState.ACTIVE
    lines: list[str] = [
        t(
            "<b>Links by placement</b> · {brand}\nOne link for each place shows you what works: "
            "stories, packaging, a stall …",
            brand=shown.card.brand.name,
        ),
    ]
    for one in shown.links:
        mark = " · " + t("off") if one.link.off else ""
        lines.append(f"\n<b>{escape(name(t, one.link))}</b>{mark}\n{_counts(t, shown, one)}")
    rows = [
        button(
            ("⏸ " if one.link.off else "🔗 ") + name(t, one.link), PlacementLink(link=one.link.id)
        )
        for one in shown.links
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            *grid(rows),
            button("＋ " + t.plain("New link"), NewPlacement(enrolment=number, choose=True))
            if active
            else None,
            [back(t, ToEnrolment(enrolment=number)), home(t)],
        ),
    )


def _counts(t: Translator, shown: Placements, one: PlacementStats) -> Html:
    clicks = t.plural("{n} click", "{n} clicks", one.clicks)
    if not shown.card.offer.click_param:  # the shop does not say by which link an order came
        return clicks
    orders = t.plural("{n} order", "{n} orders", one.orders)
    return Html(f"{clicks} · {orders}")


def choose(t: Translator, shown: Placements) -> Screen:
    """For which place a link is wanted."""
    number = shown.card.enrolment.id
    known = {one.link.placement for one in shown.links if not one.link.off}
    places = [
        button(word(t, place), NewPlacement(enrolment=number, place=place))
        for place in Placement
        if place not in known
    ]
    return Screen(
        t("<b>New link</b>\nWhere will it stand?"),
        keyboard(
            *grid(places),
            button("✏️ " + t.plain("A name of my own"), NewPlacement(enrolment=number)),
            [back(t, ToPlacements(enrolment=number)), home(t)],
        ),
    )


def ask_name(t: Translator, shown: Placements, *, trouble: str | None = None) -> Screen:
    """What the new link is to be called."""
    text = t(
        "What is the link to be called? Up to 30 characters, for example: Market on Saturday. "
        "Only you see the name."
    )
    return Screen(
        warned(trouble, text),
        keyboard([back(t, ToPlacements(enrolment=shown.card.enrolment.id)), home(t)]),
    )


def ask_other_name(t: Translator, one: Link, *, trouble: str | None = None) -> Screen:
    """What the link is to be called from now on."""
    text = t(
        "<b>{name}</b>\nSend another name, up to 30 characters. The address and the results stay.",
        name=name(t, one),
    )
    return Screen(warned(trouble, text), keyboard([back(t, PlacementLink(link=one.id)), home(t)]))


def card(t: Translator, shown: Placements, one: PlacementStats, *, address: str) -> Screen:
    """One link."""
    link = one.link
    active = shown.card.enrolment.state is EnrolmentState.ACTIVE
    lines: list[str] = [
        f"<b>{escape(name(t, link))}</b> · {escape(shown.card.brand.name)}",
        escape(address),
        "",
        f"📊 {_counts(t, shown, one)}",
    ]
    if not shown.card.offer.click_param:
        lines.append(t("This shop does not tell by which link an order came: look at the clicks."))
    if link.off:
        lines.append(
            t("⏸ The link is off: it still leads buyers on, new visits count for the main link.")
        )
    pictures: Row = [
        button("🔳 " + t.plain("QR card"), PlacementLink(link=link.id, action=LinkAction.PNG)),
        button(
            "🖨 " + t.plain("QR for print (SVG)"), PlacementLink(link=link.id, action=LinkAction.SVG)
        ),
    ]
    switch = (
        button("▶️ " + t.plain("Switch on"), PlacementLink(link=link.id, action=LinkAction.ON))
        if link.off
        else button(
            "⏸ " + t.plain("Switch off"), PlacementLink(link=link.id, action=LinkAction.OFF)
        )
    )
    rename = button("✏️ " + t.plain("Rename"), PlacementLink(link=link.id, action=LinkAction.RENAME))
    return Screen(
        "\n".join(lines),
        keyboard(
            button("📋 " + t.plain("Copy the link"), copy=address) if active else None,
            pictures if active and not link.off else None,
            [rename, switch] if link.placement else None,
            [back(t, ToPlacements(enrolment=link.enrolment)), home(t)],
        ),
    )


def confirm_off(t: Translator, one: Link) -> Screen:
    """What switching off does, and the question."""
    return Screen(
        t(
            "<b>Switch off the link “{name}”?</b>\nWhoever still has it is led on as before, so no "
            "buyer is lost: the visits then count for your main link. You can switch it on again.",
            name=name(t, one),
        ),
        keyboard(
            button(
                t.plain("Yes, switch off"), PlacementLink(link=one.id, action=LinkAction.OFF_YES)
            ),
            [back(t, PlacementLink(link=one.id)), home(t)],
        ),
    )


def picture(
    t: Translator, shown: Placements, one: PlacementStats, *, address: str, png: bytes
) -> Screen:
    """The QR picture of a link as a message to keep."""
    code = shown.card.enrolment.code if shown.card.enrolment.holds_code else ""
    key = f"qr:{one.link.id}:{code}:{t.locale}:{address}"
    return Screen(
        f"<b>{escape(name(t, one.link))}</b> · {escape(shown.card.brand.name)}\n{escape(address)}",
        photo=Photo(key, png),
        keyboard=keyboard(
            button(t.plain("All links"), ToPlacements(enrolment=one.link.enrolment)), home(t)
        ),
    )


def print_file(
    t: Translator, shown: Placements, one: PlacementStats, *, address: str, svg: bytes
) -> Screen:
    """The QR for print as a file to keep."""
    text = t(
        "<b>{name}</b>: QR for print\n{link}\n\nThe file can be enlarged without loss. Print it at "
        "least 3 cm wide and leave the white edge around it.",
        name=name(t, one.link),
        link=address,
    )
    return Screen(
        text,
        document=Document(f"qr-{one.link.slug}.svg", svg),
        keyboard=keyboard(
            button(t.plain("All links"), ToPlacements(enrolment=one.link.enrolment)), home(t)
        ),
    )
