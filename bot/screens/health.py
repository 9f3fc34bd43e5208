"""How the system is: the database, what waits to be sent or read, the sweeps, the books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.callbacks.admin_sources import AdminSources
from bot.callbacks.desk import DeskMore, Health, HealthAction
from bot.i18n import N_, Html, Translator
from bot.screens.base import Screen, back, button, home, keyboard
from bot.vitals import JobRecord
from core.desk import Storage, WriterQueue
from core.ledger import LedgerReport

SYSTEM: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
JOB: Final = {
    "load clicks": N_("clicks"),
    "resume runs": N_("files of orders"),
    "show runs": N_("progress of files"),
    "forget lines": N_("old lines not taken"),
    "sync sources": N_("sources"),
    "fund commissions": N_("cover of rewards"),
    "release holds": N_("end of holds"),
    "end offers": N_("end of offers"),
    "begin broadcasts": N_("beginning of broadcasts"),
    "show broadcasts": N_("progress of broadcasts"),
    "store openings": N_("clicks of broadcasts"),
    "change codes": N_("changes of codes"),
    "change offers": N_("changes of terms"),
    "count members": N_("followers of channels"),
    "look at posts": N_("posts that must stay"),
    "top list": N_("top list"),
    "file reminders": N_("reminders of files"),
    "late files": N_("brands that are late"),
    "silent brands": N_("warnings of silence"),
    "approve by terms": N_("approvals by the terms"),
    "count records": N_("track records"),
}
MEGABYTE: Final = 1_000_000


def health(
    t: Translator,
    *,
    storage: Storage,
    ping: float,
    queue: WriterQueue | None,
    jobs: Sequence[JobRecord],
    version: str,
    started_at: datetime,
    now: datetime,
) -> Screen:
    """Everything at a glance; what is wrong is marked."""
    lines: list[str] = [
        t("<b>System health</b>"),
        t("Version {version}, up for {time}", version=version, time=lasted(t, now - started_at)),
        "",
        t(
            "Database: {system}, {size} MB, answers in {ms} ms",
            system=SYSTEM.get(storage.system, storage.system),
            size=max(1, round(storage.size / MEGABYTE)),
            ms=max(1, round(ping * 1_000)),
        ),
    ]
    if queue is not None:
        lines.append(
            t(
                "Queue of writers: {n} now; of late the longest wait was {ms} ms",
                n=queue.waiting,
                ms=round(queue.longest * 1_000),
            )
        )
    lines += [
        _aged(
            t,
            t("Messages to send: {n}", n=storage.unsent),
            storage.oldest_unsent,
            now,
            limit=timedelta(minutes=5),
        ),
        _aged(
            t,
            t("Unfinished readings: {n}", n=storage.unfinished_runs),
            storage.oldest_run,
            now,
            limit=timedelta(hours=1),
        ),
        "",
        t("<b>Sweeps of this process</b>"),
        *(_job(t, job, now) for job in jobs),
    ]
    if not jobs:
        lines.append(t("None has run yet."))
    return Screen(
        "\n".join(lines),
        keyboard(
            [
                button("🔄 " + t.plain("Refresh"), Health()),
                button("⚖️ " + t.plain("Check the ledger"), Health(action=HealthAction.BOOKS)),
            ],
            button("🔌 " + t.plain("Sources"), AdminSources()),
            [back(t, DeskMore()), home(t)],
        ),
    )


def _aged(
    t: Translator, text: Html, oldest: datetime | None, now: datetime, *, limit: timedelta
) -> Html:
    if oldest is None:
        return Html(f"✅ {text}")
    age = max(now - oldest, timedelta())
    mark = "⚠️" if age > limit else "✅"
    return Html(f"{mark} {text}, " + t("the oldest waits {time}", time=lasted(t, age)))


def _job(t: Translator, job: JobRecord, now: datetime) -> Html:
    name = t.plain(JOB[job.name]) if job.name in JOB else job.name
    if job.failures:
        return t(
            "❌ {name}: failed in a row {n}, <code>{error}</code>, {time} ago",
            name=name,
            n=job.failures,
            error=job.error,
            time=_ago(t, job.ended_at, now),
        )
    mark = "⚠️" if job.late(now) else "✅"
    if job.ended_at is None:
        return Html(f"{mark} " + t("{name}: running for the first time", name=name))
    return Html(
        f"{mark} "
        + t("{name}: {time} ago, found {n}", name=name, time=_ago(t, job.ended_at, now), n=job.done)
    )


def _ago(t: Translator, at: datetime | None, now: datetime) -> str:
    return lasted(t, now - at) if at is not None else "–"


def lasted(t: Translator, time: timedelta) -> str:
    """A length of time in its two largest units, without HTML."""
    seconds = max(0, int(time.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    if days:
        return t.plain("{d} d {h} h", d=days, h=hours)
    if hours:
        return t.plain("{h} h {m} min", h=hours, m=minutes)
    if minutes:
        return t.plain("{m} min", m=minutes)
    return t.plain("{s} s", s=rest)


def checking(t: Translator) -> Screen:
    """The ledger is being recomputed; this message tells the result."""
    return Screen(t("⚖️ The ledger is being recomputed. The result comes here."), keyboard(home(t)))


def books(t: Translator, report: LedgerReport, *, took: timedelta) -> Screen:
    """What the check has found."""
    lines: list[str] = [
        t("✅ <b>The books are right.</b>")
        if report.sound
        else t("❌ <b>The books are wrong!</b>"),
        t(
            "{transfers} transfers, {entries} entries, {time}",
            transfers=report.transfers,
            entries=report.entries,
            time=lasted(t, took),
        ),
    ]
    found = {
        t("Sum of everything, tiyn: {n}", n=report.total_minor): report.total_minor,
        t("Transfers that do not balance: {n}", n=len(report.unbalanced)): report.unbalanced,
        t("Entries without a transfer: {n}", n=report.orphans): report.orphans,
        t("Wrong balances: {n}", n=len(report.wrong_balances)): report.wrong_balances,
        t("Creators whose commissions differ: {n}", n=report.wrong_commissions): (
            report.wrong_commissions
        ),
        t("Creators whose payouts differ: {n}", n=report.wrong_payouts): report.wrong_payouts,
        t("Brands whose funds differ: {n}", n=report.wrong_funds): report.wrong_funds,
    }
    lines += [text for text, count in found.items() if count]
    return Screen(
        "\n".join(lines), keyboard(button("🩺 " + t.plain("System health"), Health()), home(t))
    )


def broken(t: Translator) -> Screen:
    """The check itself failed; the operators are told of that elsewhere."""
    return Screen(
        t("The ledger could not be checked: the program failed. Look into its log."),
        keyboard(button("🩺 " + t.plain("System health"), Health()), home(t)),
    )
