"""Runs as people see them: how far one has come, what it brought, what it could not take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.callbacks.admin_sources import AdminSource, AdminSources
from bot.callbacks.brand_import import Format, Import, RejectedFile, RejectedLines, RunCard, RunList
from bot.callbacks.brand_orders import BrandOrders
from bot.callbacks.near_misses import NearMisses
from bot.callbacks.reconciliation import BrandReconciliation
from bot.i18n import N_, Html, Translator
from bot.screens.base import Document, Row, Screen, back, button, cut_plain, home, keyboard, pager
from bot.screens.errors import file_trouble, source_trouble
from bot.screens.health import lasted
from bot.screens.words import word
from core.ids import BrandId
from core.people import Actor, Permission
from core.runs import Run, RunState, Source, SourceState
from core.sources.base import SourceKind
from core.usecases.imports import RunView
from core.usecases.rejects import KEPT, RejectedPage

LINE_MAX: Final = 300  # characters of a line that are shown: five of them fit a message
SHORT: Final = timedelta(seconds=5)  # what is left is not worth a line
MARKS = {
    RunState.QUEUED: "🕓",
    RunState.RUNNING: "⏳",
    RunState.DONE: "✅",
    RunState.FAILED: "❌",
}
REASONS = {
    "order_missing": N_("there is no order number"),
    "date_invalid": N_("the date of the order cannot be read"),
    "amount_invalid": N_("the amount cannot be read"),
    "currency_other": N_("the amount is not in tenge"),
    "currency_lost": N_("the sign of the currency was lost: save the file as XLSX or as CSV UTF-8"),
    "status_missing": N_("there is no status"),
    "id_damaged": N_("the order number is damaged"),
    "line_broken": N_("the line is broken: it does not fit the columns"),
}


def listing(
    t: Translator,
    actor: Actor,
    rows: Sequence[tuple[Run, SourceKind]],
    here: RunList,
    *,
    following: int | None,
    connection: Source | None = None,
) -> Screen:
    """Runs, newest first; `connection` is the brand's own shop that is read by itself."""
    text: str = t("<b>Files and readings</b>")
    text += "\n" + (t("Choose one to see what it brought.") if rows else t("There are none yet."))
    buttons: list[Row] = [
        button(
            f"{MARKS[run.state]} {t.value(run.seen_at)} · {run.file_name or word(t, kind)}",
            RunCard(run=run.id),
        )
        for run, kind in rows
    ]
    start = here.model_copy(update={"after": 0})
    opening: Row = None
    if connection is not None:
        mark = "🔌" if connection.state is SourceState.ACTIVE else "⏸"
        opening = button(f"{mark} {word(t, connection.kind)}", AdminSource(source=connection.id))
    return Screen(
        text,
        keyboard(
            *buttons,
            opening,
            pager(
                t,
                start if here.after else None,
                here.model_copy(update={"after": following}) if following else None,
            ),
            [*_origin(t, actor, here), home(t)],
        ),
    )


def _origin(t: Translator, actor: Actor, here: RunList) -> list[InlineKeyboardButton]:
    """The way back, which for staff is another than for the brand's managers."""
    if here.source:
        return [back(t, AdminSource(source=here.source))]
    if actor.manages(BrandId(here.brand)):
        return [back(t, Import(brand=here.brand))]
    return [back(t, AdminSources())] if actor.may(Permission.MODERATION) else []


def progress(t: Translator, run: Run, left: timedelta | None = None) -> Screen:
    """How far a run has come, and how long the rest takes; the message is rewritten on the way."""
    lines: list[str] = [_title(t, run)]
    if run.state is RunState.QUEUED:
        lines.append(t("🕓 The file is here and is about to be read…"))
    elif not run.position or not run.total:
        lines.append(t("⏳ The file is being read…"))
    else:
        lines.append(
            t(
                "⏳ Read: {rows} of {total}, {percent}%",
                rows=run.position,
                total=run.total,
                percent=min(100, run.position * 100 // run.total),
            )
        )
        for number, text in (
            (run.counts.matched, t("Credited to creators: {n}", n=run.counts.matched)),
            (run.counts.rejected, t("Lines not taken: {n}", n=run.counts.rejected)),
        ):
            if number:
                lines.append(text)
        if left is not None and left >= SHORT:
            lines.append(t("About {time} are left.", time=lasted(t, left)))
    return Screen(
        "\n".join(lines),
        keyboard(button("🔄 " + t.plain("Refresh"), RunCard(run=run.id)), home(t)),
    )


def card(t: Translator, view: RunView) -> Screen:
    """One run: what it brought, or why it failed."""
    run = view.run
    lines: list[str] = [
        _title(t, run) if run.file_name else t("<b>{kind}</b>", kind=word(t, view.source.kind)),
        t(
            "{brand} · {kind} · {at}",
            brand=view.brand.name,
            kind=word(t, view.source.kind),
            at=run.seen_at,
        ),
        f"{MARKS[run.state]} {word(t, run.state)}",
    ]
    if run.state is RunState.FAILED:
        reason, line = run.trouble
        polled = view.source.kind is SourceKind.KASPI_API
        trouble = source_trouble(t, reason) if polled else file_trouble(t, reason, line)
        lines.append(t("Reason: {reason}", reason=trouble))
    elif run.state is RunState.RUNNING and run.total:
        lines.append(t("Read: {rows} of {total}", rows=run.position, total=run.total))
    if view.starter:
        lines.append(t("Sent by: {name}", name=view.starter))
    if run.started_at and run.finished_at:
        lines.append(t("It took {time}.", time=lasted(t, run.finished_at - run.started_at)))
    lines += ["", *_counts(t, view)]
    open_ = run.state in (RunState.QUEUED, RunState.RUNNING)
    rejected: Row = None
    if run.lines:
        look = button("📄 " + t.plain("Lines not taken"), RejectedLines(run=run.id))
        rejected = [look, *_files(t, run)]
    near: Row = None
    if run.counts.near_misses:
        near = button(t.plain("Codes that almost fit"), NearMisses(brand=run.brand))
    return Screen(
        "\n".join(lines),
        keyboard(
            button("🔄 " + t.plain("Refresh"), RunCard(run=run.id)) if open_ else None,
            rejected,
            near,
            [
                button("📦 " + t.plain("Orders"), BrandOrders(brand=run.brand)),
                button("🔁 " + t.plain("Reconciliation"), BrandReconciliation(brand=run.brand)),
            ],
            [back(t, RunList(brand=run.brand)), home(t)],
        ),
    )


def stalled(t: Translator, run: Run) -> Screen:
    """The program failed on the run; it is tried again by itself."""
    return Screen(
        "\n".join(
            [
                _title(t, run),
                t(
                    "Something went wrong on our side, and we know about it. Nothing is lost: the "
                    "file is taken up again by itself, and you will be told here."
                ),
            ]
        ),
        keyboard(button("🔄 " + t.plain("Refresh"), RunCard(run=run.id)), home(t)),
    )


def rejected_page(t: Translator, page: RejectedPage, *, first: bool) -> Screen:
    """Lines that were not taken, each with its reason; phones are covered here."""
    run = page.run
    lines: list[str] = [
        _title(t, run) if run.file_name else t("<b>Reading {n}</b>", n=run.id),
        t("Lines not taken: {n}", n=run.counts.rejected),
    ]
    if run.lines < run.counts.rejected:
        lines.append(_kept(t, run))
    if len(page.reasons) > 1:
        lines += [f"· {reason(t, name)}: {t.value(count)}" for name, count in page.reasons]
    for line in page.lines:
        said = reason(t, line.reason)
        lines += ["", t("<b>Line {n}</b>: {reason}", n=line.line, reason=said)]
        if text := line.text.replace("\t", " | ").strip(" |"):
            lines.append(f"<code>{escape(cut_plain(text, LINE_MAX))}</code>")
    here = RejectedLines(run=run.id)
    following = page.following
    return Screen(
        "\n".join(lines),
        keyboard(
            pager(
                t,
                None if first else here,
                RejectedLines(run=run.id, after=following) if following else None,
            ),
            _files(t, run) if page.lines else None,
            [back(t, RunCard(run=run.id)), home(t)],
        ),
    )


def _kept(t: Translator, run: Run) -> Html:
    if run.lines:
        return t("Of these the first {n} are kept.", n=run.lines)
    return t("They are kept for {n} days and are gone now.", n=KEPT.days)


def rejected_file(t: Translator, run: Run, name: str, data: bytes) -> Screen:
    """The lines that were not taken, each with its reason."""
    return Screen(
        t(
            "Lines of {file} that were not taken, with the reasons. Correct them and send them as "
            "a file: what has been taken already does not change.",
            file=run.file_name or t.plain("the reading"),
        ),
        keyboard(button(t.plain("Back to the result"), RunCard(run=run.id)), home(t)),
        document=Document(name, data),
    )


def reason(t: Translator, name: str) -> str:
    """Why a line was not taken, without HTML."""
    return t.plain(REASONS.get(name, REASONS["line_broken"]))


def rejected_header(t: Translator) -> tuple[str, str, str]:
    """The headers of the file of lines that were not taken."""
    return t.plain("Line"), t.plain("Reason"), t.plain("Contents")


def _title(t: Translator, run: Run) -> Html:
    return t("<b>{file}</b>", file=run.file_name)


def _counts(t: Translator, view: RunView) -> list[str]:
    counts = view.run.counts
    lines: list[str] = []
    if view.run.state is RunState.DONE and not (counts.new or counts.changed or counts.rejected):
        if counts.unchanged or counts.outdated:
            lines.append(t("Nothing has changed: all of this was known already."))
        else:
            lines.append(t("There was nothing new."))
    if counts.rows:
        lines.append(t("Rows: {n}", n=counts.rows))
    for number, text in (
        (counts.new, t("New orders: {n}", n=counts.new)),
        (counts.changed, t("Changed: {n}", n=counts.changed)),
        (counts.unchanged, t("As before: {n}", n=counts.unchanged)),
        (counts.outdated, t("Older than what is known: {n}", n=counts.outdated)),
        (counts.rejected, t("Lines not taken: {n}", n=counts.rejected)),
    ):
        if number:
            lines.append(text)
    if view.run.lines < counts.rejected and not view.run.is_open:
        lines.append(_kept(t, view.run))
    if counts.new or counts.changed:
        lines += [
            "",
            t("Credited to creators: {n}", n=counts.matched),
            t("Without a creator: {n}", n=counts.unmatched),
        ]
    if counts.near_misses:
        lines.append(t("Codes that almost fit: {n}", n=counts.near_misses))
    if view.commissions:
        lines.append(
            t(
                "Rewards: {n}, together <b>{amount}</b>",
                n=view.commissions,
                amount=view.earned,
            )
        )
    return lines


def _files(t: Translator, run: Run) -> list[InlineKeyboardButton]:
    return [
        button("⬇️ " + t.plain("XLSX"), RejectedFile(run=run.id, format=Format.XLSX)),
        button("⬇️ " + t.plain("CSV"), RejectedFile(run=run.id, format=Format.CSV)),
    ]
