"""What the upload page says."""

from __future__ import annotations

from bot.screens.errors import file_trouble
from bot.web.pages import Pages
from core.errors import FileRefused
from core.people import Locale
from core.upload_links import LinkView


def megabytes(size: int) -> int:
    """Bytes as people are told of them, at least one."""
    return max(1, round(size / 2**20))


def form(pages: Pages, locale: Locale, view: LinkView, *, limit: int, problem: str = "") -> str:
    """The form; `limit` in bytes, `problem` is what was wrong with the last file."""
    t = pages.translator(locale)
    return pages.render(
        "upload.html",
        locale,
        brand=view.brand_name,
        heading=t.plain("Order file"),
        text=t.plain(
            "CSV or XLSX, also in ZIP or GZ, up to {n} MB. Nothing is taken in before you "
            "confirm it in the chat.",
            n=megabytes(limit),
        ),
        limit=limit,
        problem=problem,
        too_big=too_big(pages, locale, limit),
        lost=lost(pages, locale),
        stopped=t.plain("The upload was stopped. You can choose a file again."),
        progress=t.plain("{done} / {total} MB", done="{done}", total="{total}"),
        checking=t.plain("The file is there. One moment…"),
        choose=t.plain("Choose a file"),
        size=t.plain("{n} MB", n="{n}"),
        send=t.plain("Upload"),
        stop=t.plain("Stop"),
        hint=t.plain(
            "For {name}. The link takes one file and works until {moment}. Keep this page open "
            "until the file has been uploaded.",
            name=view.person_name,
            moment=view.link.expires_at,
        ),
    )


def done(pages: Pages, locale: Locale, view: LinkView) -> str:
    """The file has come."""
    t = pages.translator(locale)
    text = t.plain(
        "{file}, {n} MB. Return to the chat: there you will see how the file was read, and "
        "confirm it.",
        file=view.link.file_name,
        n=megabytes(view.link.received),
    )
    way_on = t.plain("Return to the chat")
    return pages.message(locale, t.plain("The file has been uploaded"), text, way_on=way_on)


def busy(pages: Pages, locale: Locale, view: LinkView) -> str:
    """Another window is sending a file."""
    t = pages.translator(locale)
    text = t.plain(
        "So far {n} MB have come. Wait for its end where it was begun; if it has broken off, open "
        "this page again in a minute.",
        n=round(view.link.received / 2**20),
    )
    way_on = t.plain("Return to the chat")
    return pages.message(locale, t.plain("A file is being uploaded"), text, way_on=way_on)


def spent(pages: Pages, locale: Locale) -> str:
    """The link is expired or revoked."""
    t = pages.translator(locale)
    text = t.plain("Ask for a new one in the chat: the command /import, then “Large file”.")
    way_on = t.plain("Return to the chat")
    return pages.message(locale, t.plain("This link works no longer"), text, way_on=way_on)


def many(pages: Pages, locale: Locale) -> str:
    """Too many uploads at once, plain."""
    return pages.translator(locale).plain(
        "Many files are being uploaded just now. Try again in a minute."
    )


def too_big(pages: Pages, locale: Locale, limit: int) -> str:
    """Above the limit (bytes), plain."""
    return pages.translator(locale).plain(
        "The file is too big: up to {n} MB can be uploaded. Pack it as ZIP or GZ, or send it "
        "in parts.",
        n=megabytes(limit),
    )


def lost(pages: Pages, locale: Locale) -> str:
    """Broken off, plain."""
    return pages.translator(locale).plain(
        "The upload broke off. Check the connection and choose the file again."
    )


def nothing(pages: Pages, locale: Locale) -> str:
    """No file was chosen, plain."""
    return pages.translator(locale).plain("Choose a file first.")


def refused(pages: Pages, locale: Locale, error: FileRefused, limit: int) -> str:
    """Why the file cannot be read, plain."""
    if error.reason == "too_big":
        return too_big(pages, locale, limit)
    return file_trouble(pages.translator(locale), error.reason, error.line)
