"""Conversations with the operator's staff, as the person and as the staff see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Final

from bot.callbacks.desk import PersonLook
from bot.callbacks.nav import Nav, Target
from bot.callbacks.support import (
    MyTickets,
    Support,
    SupportTopic,
    TicketAct,
    TicketCard,
    TicketFile,
    TicketQueue,
    TicketStep,
)
from bot.i18n import N_, Html, Translator
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
    pager,
    visible,
    warned,
)
from bot.screens.orders import EPOCH, MICROSECOND
from bot.screens.words import word
from core.ids import TicketId
from core.people import Actor, Permission
from core.support import (
    Asker,
    Attached,
    Conversation,
    Line,
    Place,
    Reply,
    Shelf,
    Side,
    Topic,
)

TOPIC: Final[Mapping[Topic, str]] = {
    Topic.ORDERS: N_("An order is missing or wrong"),
    Topic.MONEY: N_("Rewards and payouts"),
    Topic.CODES: N_("Offers, codes and links"),
    Topic.PROFILE: N_("Profile and channels"),
    Topic.BRAND: N_("I represent a brand"),
    Topic.OTHER: N_("Something else"),
}
SHELF: Final[Mapping[Shelf, str]] = {
    Shelf.WAITING: N_("Waiting for an answer"),
    Shelf.OPEN: N_("Open conversations"),
    Shelf.CLOSED: N_("Closed conversations"),
}
ROOM: Final = 3_000  # characters of messages on one screen


def start_of(at: int, after: int) -> Place | None:
    """What `_key` was made of; None for the first page."""
    return (EPOCH + at * MICROSECOND, TicketId(after)) if after else None


def _key(line: Line) -> dict[str, int]:
    return {"at": (line.at - EPOCH) // MICROSECOND, "after": int(line.ticket.id)}


# --- the person


def support(t: Translator, actor: Actor) -> Screen:
    """What is the question about?"""
    return Screen(
        t(
            "<b>Support</b>\nWrite to the operator's staff; the answer comes to this chat. What is "
            "your question about?"
        ),
        keyboard(
            *(button(t.plain(words), SupportTopic(topic=topic)) for topic, words in TOPIC.items()),
            button("🗂 " + t.plain("My conversations"), MyTickets()),
            button("📬 " + t.plain("Questions of others"), TicketQueue())
            if actor.permissions
            else None,
            home(t),
        ),
    )


def ask(t: Translator, topic: Topic, *, problem: str | None = None) -> Screen:
    """Write the question."""
    text = t(
        "<b>{topic}</b>\nDescribe what happened in one message, up to 2,000 characters. A photo or "
        "a file can be sent with it. For example: order 12345 of 20 November is not in my list.",
        topic=t.plain(TOPIC[topic]),
    )
    return Screen(warned(problem, text), keyboard([back(t, Support()), home(t)]))


def ask_more(t: Translator, conversation: Conversation, *, problem: str | None = None) -> Screen:
    """Write one more message."""
    if conversation.side is Side.STAFF:
        text = t(
            "Write the answer to <b>{name}</b>: text, a photo or a file.",
            name=conversation.asker.name,
        )
        language = conversation.asker.locale
        if language is not None:
            text = Html(f"{text}\n" + t("Language of the chat: {name}", name=word(t, language)))
    else:
        text = t("Write your message: text, a photo or a file.")
    card = TicketCard(ticket=conversation.ticket.id, side=conversation.side)
    return Screen(warned(problem, text), keyboard([back(t, card), home(t)]))


def mine(t: Translator, lines: Sequence[Line], *, first: bool, more: bool) -> Screen:
    """One's own conversations."""
    title = t("<b>My conversations</b>")
    return Screen(
        title if lines else Html(f"{title}\n" + t("You have not asked anything yet.")),
        keyboard(
            *(
                button(
                    f"{_mark(line)} {t.value(line.at.date())} · "
                    f"{t.plain(TOPIC[line.ticket.topic])}",
                    TicketCard(ticket=line.ticket.id, side=Side.PERSON),
                )
                for line in lines
            ),
            pager(
                t,
                None if first else MyTickets(),
                MyTickets(**_key(lines[-1])) if more else None,
            ),
            [back(t, Support()), home(t)],
        ),
    )


# --- the staff


def queue(
    t: Translator,
    shelf: Shelf,
    lines: Sequence[Line],
    *,
    waiting: int,
    first: bool,
    more: bool,
    now: datetime,
) -> Screen:
    """Conversations, on one of three shelves."""
    text: list[str] = [
        t("<b>Support</b>"),
        t.plural("{n} question waits for an answer.", "{n} questions wait for an answer.", waiting),
        "",
        t(SHELF[shelf]) + ":",
    ]
    if not lines:
        text.append("–")
    return Screen(
        "\n".join(text),
        keyboard(
            *(
                button(
                    f"{_mark(line)} {_ago(t, line, now)} · {line.name} · "
                    f"{t.plain(TOPIC[line.ticket.topic])}",
                    TicketCard(ticket=line.ticket.id, side=Side.STAFF),
                )
                for line in lines
            ),
            pager(
                t,
                None if first else TicketQueue(shelf=shelf),
                TicketQueue(shelf=shelf, **_key(lines[-1])) if more else None,
            ),
            *(
                button(t.plain(words), TicketQueue(shelf=other))
                for other, words in SHELF.items()
                if other is not shelf
            ),
            [back(t, Nav(to=Target.STAFF)), home(t)],
        ),
    )


def _ago(t: Translator, line: Line, now: datetime) -> str:
    """How long it waits, or its day where it does not."""
    since = line.ticket.waiting_since
    if since is None:
        return t.value(line.at.date())
    return waited(t, since, now)


def waited(t: Translator, since: datetime, now: datetime) -> str:
    """How long somebody has waited, without HTML."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return t.plain("{n} min", n=minutes)
    if minutes < 48 * 60:
        return t.plain("{n} h", n=minutes // 60)
    return t.plain("{n} d", n=minutes // (24 * 60))


def _mark(line: Line) -> str:
    if not line.ticket.open:
        return "✔️"
    return "⏳" if line.ticket.waiting_since is not None else "💬"


# --- both


def card(t: Translator, actor: Actor, shown: Conversation, now: datetime) -> Screen:
    """A conversation: who, what state, the messages that fit, what can be done."""
    ticket, side = shown.ticket, shown.side
    head: list[str] = [f"<b>{t(TOPIC[ticket.topic])}</b>"]
    if side is Side.STAFF:
        head += _who(t, shown.asker)
        if shown.assignee:
            head.append(t("Answered by: {name}", name=shown.assignee))
    head.append(_state(t, shown, now))
    fitting = _fitting(shown.replies)
    texts = [_message(t, shown, reply) for reply in reversed(fitting)]
    more = shown.more or len(fitting) < len(shown.replies)
    act = _Acts(ticket.id, side)
    steps: list[Row] = []
    files = [
        button(
            ("🖼 " if reply.attachment.kind is Attached.PHOTO else "📎 ")
            + (reply.attachment.name or t.plain("Photo"))
            + f" · {t.value(reply.at)}",
            TicketFile(message=reply.id, side=side),
        )
        for reply in reversed(fitting)
        if reply.attachment is not None
    ]
    answering = t.plain("Answer") if side is Side.STAFF else t.plain("Write")
    own = side is Side.STAFF and shown.asker.id == actor.id
    if not own:
        steps.append(button("✍️ " + answering, act.to(TicketStep.WRITE)))
    if side is Side.STAFF and ticket.assigned_to not in (None, actor.id):
        steps.append(
            button("🙋 " + t.plain("Take over"), act.to(TicketStep.TAKE, ticket.assigned_to or 0))
        )
    if ticket.open:
        steps.append(button("✔️ " + t.plain("Close"), act.to(TicketStep.CLOSE)))
    else:
        steps.append(button("↩️ " + t.plain("Open again"), act.to(TicketStep.REOPEN)))
    person: Row = None
    if side is Side.STAFF and (actor.may(Permission.MODERATION) or actor.may(Permission.FINANCE)):
        person = button("👤 " + t.plain("Profile"), PersonLook(person=shown.asker.id))
    earlier: Row = None
    if more and fitting:
        before = fitting[-1].id
        earlier = button(
            "‹ " + t.plain("Earlier messages"),
            TicketCard(ticket=ticket.id, side=side, before=before),
        )
    where = TicketQueue() if side is Side.STAFF else MyTickets()
    return Screen(
        "\n".join(head) + "\n\n" + "\n\n".join(texts),
        keyboard(*files, earlier, *grid_of(steps), person, [back(t, where), home(t)]),
    )


def grid_of(steps: Sequence[Row]) -> list[Row]:
    """What can be done, two in a row."""
    return grid([one for one in steps if one is not None and not isinstance(one, Sequence)])


class _Acts:
    def __init__(self, ticket: TicketId, side: Side) -> None:
        self._ticket, self._side = ticket, side

    def to(self, step: TicketStep, seen: int = 0) -> TicketAct:
        return TicketAct(ticket=self._ticket, side=self._side, step=step, seen=seen)


def _who(t: Translator, asker: Asker) -> list[str]:
    account = f" · @{escape(asker.username)}" if asker.username else ""
    lines = [f"👤 {escape(asker.name)}{account}"]
    roles = []
    if asker.creator is not None:
        roles.append(word(t, asker.creator))
    roles += [t.plain("manager of {brand}", brand=brand) for brand in asker.brands]
    if asker.permissions:
        roles.append(t.plain("the operator's staff"))
    if roles:
        lines.append(escape(" · ".join(roles)))
    if asker.blocked_bot:
        lines.append(
            t("⚠️ This person has blocked the bot: the answer is read when they come back.")
        )
    return lines


def _state(t: Translator, shown: Conversation, now: datetime) -> str:
    ticket = shown.ticket
    if ticket.closed_at is not None:
        return t("Closed on {at}", at=ticket.closed_at)
    if ticket.waiting_since is not None:
        return t(
            "Waits for an answer since {at} ({time})",
            at=ticket.waiting_since,
            time=waited(t, ticket.waiting_since, now),
        )
    return t("Answered")


def _fitting(replies: Sequence[Reply]) -> list[Reply]:
    """The newest messages that fit on one screen together; at least one."""
    kept: list[Reply] = []
    room = ROOM
    for reply in replies:
        room -= visible(escape(reply.text)) + 40
        if kept and room < 0:
            break
        kept.append(reply)
    return kept


def _message(t: Translator, shown: Conversation, reply: Reply) -> str:
    if not reply.from_staff:
        name = shown.asker.name if shown.side is Side.STAFF else t.plain("You")
        mark = "🙂"
    else:
        name = reply.author if shown.side is Side.STAFF else t.plain("Operator")
        mark = "🛠"
    text = escape(reply.text, quote=False)
    if reply.attachment is not None:
        icon = "🖼" if reply.attachment.kind is Attached.PHOTO else "📎"
        text = f"{icon} {text}".rstrip()
    return f"{mark} <b>{escape(name)}</b> · {t.value(reply.at)}\n{text}"


def file(t: Translator, reply: Reply, data: bytes, back_to: TicketCard) -> Screen:
    """The file of a message."""
    assert reply.attachment is not None
    ways = keyboard([back(t, back_to), home(t)])
    text = escape(reply.text, quote=False)
    if reply.attachment.kind is Attached.PHOTO:
        photo = Photo(key=f"support:{reply.id}", data=data)
        return Screen(text, ways, photo=photo)
    return Screen(text, ways, document=Document(name=reply.attachment.name, data=data))


def file_lost(t: Translator, back_to: TicketCard) -> Screen:
    """The file cannot be had."""
    return Screen(
        t("Telegram does not give this file now. Try again later."),
        keyboard([back(t, back_to), home(t)]),
    )
