"""Sources as the staff see them: the list, one with its state, the connection of a shop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Final

from bot.callbacks.admin_sources import AdminSource, AdminSources, ConnectKaspi, SourceAction
from bot.callbacks.brand_import import RunList
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, pager, warned
from bot.screens.errors import file_trouble, source_trouble
from bot.screens.health import lasted
from bot.screens.source_notes import advice
from bot.screens.words import word
from core.people import Actor, Brand, Permission
from core.runs import RunState, Source, SourceState
from core.sources.base import SourceKind
from core.usecases.syncs import SourcePage, SourceView

LATE: Final = timedelta(minutes=5)  # behind its time: the sweep does not keep up
MARKS = {SourceState.ACTIVE: "🟢", SourceState.PAUSED: "⏸"}


def listing(t: Translator, page: SourcePage, now: datetime, here: AdminSources) -> Screen:
    """Sources of every brand, or those with trouble."""
    tally = page.tally
    lines: list[str] = [t("<b>Sources of orders</b>")]
    if tally.paused or tally.failing:
        lines.append(
            t(
                "All: {all}, paused: {paused}, failing: {failing}",
                all=tally.all,
                paused=tally.paused,
                failing=tally.failing,
            )
        )
    lines += [_line(t, view, now) for view in page.views]
    if not tally.all:
        lines.append(t("There are none yet: connect a shop, or let a brand send a file."))
    elif not page.views:
        lines.append(t("All of them work."))
    filtering: Row = None
    if here.troubled:
        filtering = button("📋 " + t.plain("All sources"), AdminSources())
    elif tally.paused or tally.failing:
        filtering = button("⚠️ " + t.plain("Only with trouble"), AdminSources(troubled=True))
    buttons: list[Row] = [
        button(
            f"{_mark(view)} {view.brand.name} · {word(t, view.source.kind)}",
            AdminSource(source=view.source.id),
        )
        for view in page.views
    ]
    start = here.model_copy(update={"after": 0})
    following = here.model_copy(update={"after": page.following}) if page.following else None
    return Screen(
        "\n".join(lines),
        keyboard(
            *buttons,
            pager(t, start if here.after else None, following),
            filtering,
            button("➕ " + t.plain("Connect a Kaspi shop"), ConnectKaspi()),
            button("🗂 " + t.plain("All readings"), RunList()),
            home(t),
        ),
    )


def card(t: Translator, actor: Actor, view: SourceView, now: datetime) -> Screen:
    """One source: whether it works, why not, when it is read next."""
    source = view.source
    polled = source.kind is SourceKind.KASPI_API
    lines: list[str] = [
        t("<b>{brand}</b> · {kind}", brand=view.brand.name, kind=word(t, source.kind)),
        t("Where it is bought: {place}", place=word(t, source.place)),
    ]
    staff, own = actor.may(Permission.MODERATION), actor.manages(source.brand)
    if polled:
        lines.append(f"{_mark(view)} {word(t, source.state)}")
        if source.last_error:
            lines.append(t("⚠️ {reason}", reason=source_trouble(t, source.last_error)))
        if source.last_error and source.state is SourceState.PAUSED:
            lines.append(advice(t, source.last_error, staff=staff))
        if source.failures > 1:
            lines.append(t("Failed in a row: {n}", n=source.failures))
        if source.next_sync_at is not None:
            again = source.failures or source.state is SourceState.PAUSED
            next_try = t("Next try: {at}", at=source.next_sync_at)
            lines.append(next_try if again else t("Read next: {at}", at=source.next_sync_at))
            if (late := now - source.next_sync_at) > LATE:
                lines.append(t("⚠️ It is late by {time}.", time=lasted(t, late)))
    else:
        lines.append(t("Its orders come as files that the brand sends."))
    lines += _last(t, view, now)
    return Screen(
        "\n".join(line for line in lines if line),
        keyboard(
            *(_management(t, view, staff=staff) if polled and (staff or own) else []),
            button("🗂 " + t.plain("Readings"), RunList(brand=source.brand, source=source.id)),
            [back(t, AdminSources() if staff else RunList(brand=source.brand)), home(t)],
        ),
    )


def _last(t: Translator, view: SourceView, now: datetime) -> list[Html]:
    run = view.last
    if run is None:
        return [t("It has not been read yet.")]
    when = run.finished_at or run.started_at or run.seen_at
    lines = [
        t(
            "Last reading: {state}, {time} ago",
            state=word(t, run.state),
            time=lasted(t, now - when),
        ),
        t(
            "Rows {rows}, new {new}, changed {changed}, not read {rejected}",
            rows=run.counts.rows,
            new=run.counts.new,
            changed=run.counts.changed,
            rejected=run.counts.rejected,
        ),
    ]
    if run.state is RunState.FAILED and view.source.kind is not SourceKind.KASPI_API:
        lines.append(t("⚠️ {reason}", reason=file_trouble(t, *run.trouble)))
    return lines


def confirm_pause(t: Translator, view: SourceView) -> Screen:
    """What a pause means."""
    source = view.source.id
    return Screen(
        t(
            "Pause the reading of <b>{brand}</b>? Its orders will not be renewed until you set it "
            "going again; what happens meanwhile is caught up then.",
            brand=view.brand.name,
        ),
        keyboard(
            button("⏸ " + t.plain("Yes, pause"), _do(source, SourceAction.PAUSE_YES)),
            [back(t, AdminSource(source=source)), home(t)],
        ),
    )


def choose_brand(
    t: Translator, brands: Sequence[Brand], *, first: bool, following: int | None
) -> Screen:
    """Whose shop to connect."""
    return Screen(
        t("Whose Kaspi shop do you want to connect?"),
        keyboard(
            *(button(brand.name, ConnectKaspi(brand=brand.id)) for brand in brands),
            pager(
                t,
                None if first else ConnectKaspi(),
                ConnectKaspi(after=following) if following else None,
            ),
            [back(t, AdminSources()), home(t)],
        ),
    )


def ask_token(
    t: Translator, actor: Actor, brand: Brand, source: Source | None, *, problem: str | None = None
) -> Screen:
    """Send the token; `problem` (plain) says what was wrong with the last one."""
    text = t(
        "<b>Kaspi shop of {brand}</b>\n"
        "Send the API token: seller's cabinet → Settings → API token, where the head of the "
        "company makes it. The message with it is deleted at once, the token is kept encrypted "
        "and tried before anything else.",
        brand=brand.name,
    )
    staff = actor.may(Permission.MODERATION)
    to = AdminSource(source=source.id) if source and not staff else AdminSources()
    return Screen(warned(problem, text), keyboard([back(t, to), home(t)]))


def _line(t: Translator, view: SourceView, now: datetime) -> Html:
    """A source in one line: how it was read last, what is wrong with it, and when it is tried."""
    source, last = view.source, view.last
    told = (
        t("not read yet")
        if last is None
        else t(
            "{state}, {time} ago",
            state=word(t, last.state),
            time=lasted(t, now - (last.finished_at or last.seen_at)),
        )
    )
    text = Html(f"{_mark(view)} <b>{escape(view.brand.name)}</b> · {told}")
    if source.failures or source.last_error:
        text = Html(f"{text}\n    " + escape(source_trouble(t, source.last_error), quote=False))
        if source.failures > 1:
            text = Html(f"{text} " + t("Failed in a row: {n}", n=source.failures))
    if source.next_sync_at is not None:
        text = Html(f"{text}\n    " + t("next: {at}", at=source.next_sync_at))
    return text


def _mark(view: SourceView) -> str:
    source = view.source
    if source.kind is not SourceKind.KASPI_API:
        return "📄"
    failing = source.state is SourceState.ACTIVE and source.failures
    return "🟡" if failing else MARKS[source.state]


def _management(t: Translator, view: SourceView, *, staff: bool) -> list[Row]:
    """Staff may pause; the brand may mend what does not work."""
    source = view.source
    token = button("🔑 " + t.plain("Send a new token"), ConnectKaspi(brand=source.brand))
    if source.state is SourceState.PAUSED:
        resume = button("▶️ " + t.plain("Set going again"), _do(source.id, SourceAction.RESUME))
        return [[resume, token]]
    if staff:
        return [[button("⏸ " + t.plain("Pause"), _do(source.id, SourceAction.PAUSE)), token]]
    return [token]


def _do(source: int, action: SourceAction) -> AdminSource:
    return AdminSource(source=source, action=action)
