"""The import of an order file: the file is asked for, looked at, its columns are set right."""

from __future__ import annotations

import html
from collections.abc import Sequence

from bot.callbacks.brand_import import Import, ImportAction, ImportForm, LargeFile, RunList
from bot.i18n import N_, Html, Translator
from bot.screens.base import (
    Row,
    Screen,
    back,
    button,
    cut_plain,
    grid,
    home,
    keyboard,
    pager,
    warned,
)
from bot.screens.runs import reason
from bot.screens.words import order_name, word
from core.ids import UploadId
from core.orders import NormalisedOrder, OrderStatus, Place
from core.people import Brand
from core.sources.base import SourceKind
from core.sources.drift import Drift, Lost
from core.sources.files import FilePreview
from core.sources.mapping import COLUMNS_KEPT, FIELDS, REQUIRED, Mapping
from core.usecases.imports import UploadView

COLUMNS_SHOWN = 30  # on one screen
WORDS_SHOWN = 20  # status texts that are asked about
ADDED_SHOWN = 4  # new columns that are named

FIELD_WORDS = {
    "order": N_("Order number"),
    "date": N_("Date of the order"),
    "status": N_("Status"),
    "status_date": N_("Date of the status"),
    "amount": N_("Amount"),
    "refunded": N_("Refunded"),
    "promo": N_("Promo code"),
    "phone": N_("Buyer's phone"),
    "sku": N_("Article"),
    "quantity": N_("Quantity"),
    "click_id": N_("Click id"),
    "currency": N_("Currency"),
    "article": N_("Substitute article"),
    "promo_id": N_("Id of the promo code"),
}


def ask_file(t: Translator, brand: Brand, *, problem: str | None = None) -> Screen:
    """Send the file; `problem` (plain) says what was wrong with the last one."""
    text = t(
        "<b>Orders of {brand}</b>\n"
        "Send the file to this chat, CSV or XLSX, also in ZIP or GZ, up to 20 MB:\n"
        "• Kaspi: seller's cabinet → Orders → Export, the file as it is\n"
        "• Shopify: Orders → Export, CSV\n"
        "• any table with an order number, a date, an amount, a status and the promo code\n\n"
        "Nothing is taken in before you have seen what was understood.",
        brand=brand.name,
    )
    return Screen(
        warned(problem, text),
        keyboard(
            button("📦 " + t.plain("Large file"), LargeFile(brand=brand.id)),
            button("🗂 " + t.plain("Earlier files"), RunList(brand=brand.id)),
            home(t),
        ),
    )


def choose_brand(t: Translator, brands: Sequence[Brand], *, file: str = "") -> Screen:
    """Whose orders; `file` is the name of a file that is there already."""
    text = (
        t("Whose orders are in the file <b>{file}</b>?", file=file)
        if file
        else t("Whose orders do you want to send?")
    )
    return Screen(
        text,
        keyboard(*(button(brand.name, Import(brand=brand.id)) for brand in brands), home(t)),
    )


def preview(
    t: Translator,
    brand: Brand,
    view: UploadView,
    *,
    place: Place | None,
    default_status: OrderStatus | None,
    drift: Drift | None = None,
    problem: str | None = None,
) -> Screen:
    """What was understood of the file, what is still to be said, and the way to take it in.

    `drift` is what has changed since the file before, as far as it is not answered.
    """
    shown = view.preview
    missing = shown.mapping.missing(default_status) if shown.kind is SourceKind.TABLE else ()
    lines: list[str] = [
        t("<b>{file}</b> · {brand}", file=cut_plain(view.name, 60), brand=brand.name),
        _recognised(t, view, drift),
        t("Rows: {n}", n=shown.rows),
    ]
    if shown.inside:
        lines.insert(1, t("File in the archive: {name}", name=cut_plain(shown.inside, 60)))
    if place is not None:
        lines.append(t("Where it was bought: {place}", place=word(t, place)))
    if drift:
        lines += ["", *_changes(t, drift, shown.mapping)]
    if shown.kind is SourceKind.TABLE:
        lines += ["", *_mapping(t, shown, default_status, drift)]
    if shown.unknown_statuses:
        texts = ", ".join(f"«{cut_plain(each, 30)}»" for each in shown.unknown_statuses[:5])
        lines += [
            "",
            t(
                "⚠️ Statuses that I do not know: {statuses}. Orders with them wait and earn "
                "nothing until you say what they mean.",
                statuses=texts,
            ),
        ]
    if shown.samples:
        lines += ["", t("This is how the first orders are read:")]
        lines += [_sample(t, order) for order in shown.samples]
    if shown.rejected:
        if not shown.samples:
            lines += ["", t("⚠️ None of the first lines could be read.")]
        lines.append(
            t(
                "Line {line} is not taken: {reason}.",
                line=str(shown.rejected[0].line),
                reason=reason(t, shown.rejected[0].reason),
            )
        )
    question, answers = _next(t, view, missing, place, drift)
    if question:
        lines += ["", question]
    return Screen(
        warned(problem, "\n".join(lines)),
        keyboard(
            *answers,
            *_corrections(t, view, place, asking=bool(question), drift=drift),
            [back(t, Import(brand=brand.id)), home(t)],
        ),
    )


def choose_field(t: Translator, view: UploadView) -> Screen:
    """Which field has the wrong column."""
    return Screen(
        "\n".join([t("<b>Columns</b>"), t("Which field is in another column of your file?")]),
        keyboard(
            *(
                button(
                    t.plain(FIELD_WORDS[name]) + " ← " + (view.preview.mapping.column(name) or "–"),
                    _form(view.upload, ImportAction.FIELD, field=FIELDS.index(name)),
                )
                for name in FIELDS
            ),
            [back(t, _form(view.upload, ImportAction.PREVIEW)), home(t)],
        ),
    )


def choose_column(
    t: Translator, upload: UploadId, header: Sequence[str], field: str, *, start: int
) -> Screen:
    """Which column of the file the field is."""
    number = FIELDS.index(field)
    shown = list(enumerate(header))[start : start + COLUMNS_SHOWN]
    without = _lacking(t, upload, number) if _may_lack(field) else None
    return Screen(
        t(
            "<b>{field}</b>\nWhich column of your file is it?",
            field=t.plain(FIELD_WORDS[field]),
        ),
        keyboard(
            *grid(
                [
                    button(name, _form(upload, ImportAction.COLUMN, field=number, index=index))
                    for index, name in shown
                ]
            ),
            pager(
                t,
                None,
                _form(upload, ImportAction.FIELD, field=number, index=start + COLUMNS_SHOWN)
                if start + COLUMNS_SHOWN < len(header)
                else None,
                previous=_form(
                    upload, ImportAction.FIELD, field=number, index=start - COLUMNS_SHOWN
                )
                if start
                else None,
            ),
            without,
            [back(t, _form(upload, ImportAction.PREVIEW)), home(t)],
        ),
    )


def _may_lack(field: str) -> bool:
    """Whether a file without such a column can be read."""
    return field not in REQUIRED or field == "status"


def _lacking(t: Translator, upload: UploadId, number: int) -> Row:
    return button(
        "🚫 " + t.plain("There is no such column"),
        _form(upload, ImportAction.NO_COLUMN, field=number),
    )


def choose_word(t: Translator, upload: UploadId, unknown: Sequence[str]) -> Screen:
    """Which of the unknown statuses to explain."""
    return Screen(
        t("<b>Statuses</b>\nChoose one and say what it means."),
        keyboard(
            *(
                button(text, _form(upload, ImportAction.WORD, index=index))
                for index, text in enumerate(unknown[:WORDS_SHOWN])
            ),
            [back(t, _form(upload, ImportAction.PREVIEW)), home(t)],
        ),
    )


def choose_meaning(t: Translator, upload: UploadId, unknown: Sequence[str], number: int) -> Screen:
    """What a status means."""
    return Screen(
        t(
            "What does <b>«{status}»</b> mean?\nWithout an answer such orders wait.",
            status=cut_plain(unknown[number], 100),
        ),
        keyboard(
            *(
                button(
                    word(t, status),
                    _form(upload, ImportAction.MEANING, field=number, index=index),
                )
                for index, status in enumerate(OrderStatus)
            ),
            [back(t, _form(upload, ImportAction.WORDS)), home(t)],
        ),
    )


def choose_place(t: Translator, upload: UploadId) -> Screen:
    """Where the orders of the file were placed."""
    return Screen(
        t("Where were these orders placed?"),
        keyboard(*_places(t, upload), [back(t, _form(upload, ImportAction.PREVIEW)), home(t)]),
    )


def _recognised(t: Translator, view: UploadView, drift: Drift | None) -> Html:
    shown = view.preview
    kind = word(t, shown.kind)
    if shown.kind is SourceKind.TABLE and shown.saved:
        return t("Recognised: {kind}, as you sent before", kind=kind)
    if drift:
        return t("Recognised: {kind}, almost as you sent before", kind=kind)
    return t("Recognised: {kind}", kind=kind)


def _changes(t: Translator, drift: Drift, mapping: Mapping) -> list[str]:
    """What is different from the header that the brand has confirmed."""
    used = {mapping.column(name) for name in FIELDS}
    added = [name for name in drift.added if name not in used]
    lines = [
        t(
            "• the column «{column}» ({field}) is no longer there",
            column=cut_plain(each.was, 60),
            field=t.plain(FIELD_WORDS[each.field]),
        )
        for each in drift.lost
    ]
    if added:
        columns = ", ".join(f"«{cut_plain(name, 30)}»" for name in added[:ADDED_SHOWN])
        columns += " …" if len(added) > ADDED_SHOWN else ""
        lines.append(t("• new columns, not used: {columns}", columns=columns))
    if drift.moved:
        lines.append(t("• columns have changed places"))
    if drift.lost:
        return [t("⚠️ <b>The columns have changed since your last file:</b>"), *lines]
    if not lines:
        return [t("The columns have changed since your last file; all that are needed are there.")]
    return [
        t("The columns have changed since your last file; all that are needed are there:"),
        *lines,
    ]


def _mapping(
    t: Translator, shown: FilePreview, default_status: OrderStatus | None, drift: Drift | None
) -> list[str]:
    """A line for each field that has a column or needs one."""
    mapping = shown.mapping
    lost = {each.field for each in drift.lost} if drift else set()
    lines = []
    for name in FIELDS:
        column = mapping.column(name)
        if column is not None:
            text = html.escape(cut_plain(column, 60), quote=False)
            if f"{column} (2)" in shown.header:
                text += " " + t("<i>(the first of several with this name)</i>")
        elif name in lost:
            text = t("❗ not found")
        elif name == "status" and default_status is not None:
            text = t("<i>none, all are: {status}</i>", status=word(t, default_status))
        elif name in REQUIRED:
            text = t("❗ not found")
        elif name == "promo":
            text = t("<i>none</i>")
        else:
            continue
        lines.append(f"{t(FIELD_WORDS[name])} ← {text}")
    return lines


def _sample(t: Translator, order: NormalisedOrder) -> str:
    parts = [
        Html(f"<code>{html.escape(order_name(t, order.external_id), quote=False)}</code>"),
        t.value(order.ordered_at.date()),
        t.value(order.net),
        word(t, order.status) if order.status_known else f"«{order.status_raw}»",
        *order.promo_codes[:3],
    ]
    return " · ".join(
        part if isinstance(part, Html) else html.escape(cut_plain(part, 60), quote=False)
        for part in parts
    )


def _next(
    t: Translator,
    view: UploadView,
    missing: Sequence[str],
    place: Place | None,
    drift: Drift | None,
) -> tuple[str, list[Row]]:
    """The question that comes next with its answers; without one the file can be taken in."""
    upload = view.upload
    if drift and drift.lost:
        return _where_now(t, view, drift.lost[0])
    columns = [name for name in missing if name != "status"]
    if columns:
        question = t("I did not find these columns. Choose them:")
        return question, [
            button("❗ " + t.plain(FIELD_WORDS[name]), _of_field(upload, name)) for name in columns
        ]
    if missing:
        question = t(
            "There is no column with statuses. Are these orders delivered, or only placed?"
        )
        delivered, placed = OrderStatus.APPROVED, OrderStatus.PENDING
        return question, [
            button("✅ " + t.plain("All are delivered"), _of_status(upload, delivered)),
            button("🕓 " + t.plain("Only placed"), _of_status(upload, placed)),
            button(t.plain("There is a column with statuses"), _of_field(upload, "status")),
        ]
    if place is None:
        return t("Where were these orders placed?"), _places(t, upload)
    start = button("✅ " + t.plain("Take the orders in"), _form(upload, ImportAction.START))
    return "", [start]


def _where_now(t: Translator, view: UploadView, lost: Lost) -> tuple[str, list[Row]]:
    """The question about a column that is no longer there."""
    question = t(
        "Which column is «{field}» now? It was «{column}».",
        field=t.plain(FIELD_WORDS[lost.field]),
        column=cut_plain(lost.was, 60),
    )
    number, header = FIELDS.index(lost.field), view.preview.header[:COLUMNS_KEPT]
    rows: list[Row] = []
    if lost.perhaps in header:
        index = header.index(lost.perhaps)
        taken = _form(view.upload, ImportAction.COLUMN, field=number, index=index)
        rows.append(button(f"✅ {lost.perhaps}", taken))
    rows.append(button(t.plain("Another column"), _of_field(view.upload, lost.field)))
    if _may_lack(lost.field):
        rows.append(_lacking(t, view.upload, number))
    return question, rows


def _corrections(
    t: Translator, view: UploadView, place: Place | None, *, asking: bool, drift: Drift | None
) -> list[Row]:
    rows: list[Row] = []
    if drift:
        anew = _form(view.upload, ImportAction.ANEW)
        rows.append(button(t.plain("This is another table"), anew))
    if view.preview.unknown_statuses and not asking:
        rows.append(
            button(
                "⚠️ " + t.plain("What do the statuses mean?"),
                _form(view.upload, ImportAction.WORDS),
            )
        )
    if view.preview.kind is SourceKind.TABLE:
        row = [button(t.plain("Change the columns"), _form(view.upload, ImportAction.FIELDS))]
        if place is not None:
            row.append(button(t.plain("Change the place"), _form(view.upload, ImportAction.PLACES)))
        rows.append(row)
    return rows


def _places(t: Translator, upload: UploadId) -> list[Row]:
    return grid(
        [
            button(word(t, place), _form(upload, ImportAction.PLACE, index=index))
            for index, place in enumerate(Place)
        ]
    )


def _of_field(upload: UploadId, name: str) -> ImportForm:
    return _form(upload, ImportAction.FIELD, field=FIELDS.index(name))


def _of_status(upload: UploadId, status: OrderStatus) -> ImportForm:
    return _form(upload, ImportAction.STATUS, index=list(OrderStatus).index(status))


def _form(upload: UploadId, action: ImportAction, *, field: int = 0, index: int = 0) -> ImportForm:
    return ImportForm(upload=upload, action=action, field=field, index=index)
