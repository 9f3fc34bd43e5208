"""The web pages that visitors see: a link's landing page and a few short messages."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.i18n import Bps, Translator
from core.labels import label_text
from core.links import LinkTarget
from core.people import Locale

TranslatorFor = Callable[[Locale], Translator]

_TEMPLATES: Final = Path(__file__).parent / "templates"
_CSS: Final = (_TEMPLATES / "page.css").read_text("utf-8").strip()
_JS: Final = (_TEMPLATES / "copy.js").read_text("utf-8").strip()
_UPLOAD_CSS: Final = (_TEMPLATES / "upload.css").read_text("utf-8").strip()
_UPLOAD_JS: Final = (_TEMPLATES / "upload.js").read_text("utf-8").strip()


@dataclass(frozen=True, slots=True)
class _Language:
    code: Locale
    short: str
    name: str


_LANGUAGES: Final = (
    _Language(Locale.KK, "Қаз", "Қазақша"),
    _Language(Locale.RU, "Рус", "Русский"),
    _Language(Locale.EN, "Eng", "English"),
)


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


# Nothing is loaded from anywhere; the one style and the one script are known by their hashes.
CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src {_source(_CSS)}; script-src {_source(_JS)}; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# The same for the page that sends a file to where it came from itself.
UPLOAD_POLICY: Final = (
    f"default-src 'none'; style-src {_source(_CSS)} {_source(_UPLOAD_CSS)}; "
    f"script-src {_source(_UPLOAD_JS)}; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Pages:
    """Renders pages in the visitor's language; every value is escaped by the template engine."""

    def __init__(self, translator_for: TranslatorFor, bot_username: str) -> None:
        self._translator_for = translator_for
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals.update(
            css=Markup(_CSS),  # noqa: S704 - our own file
            js=Markup(_JS),  # noqa: S704 - our own file
            upload_css=Markup(_UPLOAD_CSS),  # noqa: S704 - our own file
            upload_js=Markup(_UPLOAD_JS),  # noqa: S704 - our own file
            languages=_LANGUAGES,
            bot_username=bot_username,
            bot_url=f"https://t.me/{bot_username}",
        )

    def translator(self, locale: Locale) -> Translator:
        """What words a page in that language."""
        return self._translator_for(locale)

    def landing(self, locale: Locale, target: LinkTarget, shop: str) -> str:
        """The page of a link whose code is typed at the shop; `shop` is the checked address."""
        t = self._translator_for(locale)
        text = target.text(locale)
        discount = ""
        if target.discount_bps:
            percent = Bps(target.discount_bps)
            discount = t.plain("{percent} off", percent=percent)
        return self.render(
            "landing.html",
            locale,
            heading=text.title,
            text=text.description,
            brand=target.brand_name,
            label=label_text(target.legal_name),
            discount=discount,
            code=target.code,
            shop=shop,
            shop_host=(urlsplit(shop).hostname or "").removeprefix("www."),
            code_caption=t.plain("Promo code"),
            copy=t.plain("Copy the code"),
            copied=t.plain("Copied"),
            go=t.plain("Go to the shop"),
            hint=t.plain("Copy the code and type it in when you order."),
        )

    def ended(self, locale: Locale) -> str:
        """A link whose offer is over."""
        t = self._translator_for(locale)
        return self.message(
            locale,
            t.plain("This offer has ended"),
            t.plain("The promo code of this link works no longer."),
        )

    def not_found(self, locale: Locale) -> str:
        """No such page or link."""
        t = self._translator_for(locale)
        return self.message(
            locale,
            t.plain("There is no such page"),
            t.plain("Check the address, or ask for the link again where you found it."),
        )

    def too_many(self, locale: Locale) -> str:
        """Too many wrong links from one address."""
        t = self._translator_for(locale)
        return self.message(
            locale,
            t.plain("Too many attempts"),
            t.plain("Please try again in a few minutes."),
        )

    def failure(self, locale: Locale) -> str:
        """Our own fault."""
        t = self._translator_for(locale)
        return self.message(
            locale,
            t.plain("Something went wrong"),
            t.plain("Please try again in a minute."),
        )

    def message(self, locale: Locale, heading: str, text: str, *, way_on: str = "") -> str:
        """A heading, a text, and the button to the bot."""
        open_bot = way_on or self._translator_for(locale).plain("Open the bot")
        return self.render("message.html", locale, heading=heading, text=text, open_bot=open_bot)

    def render(self, template: str, locale: Locale, **values: Any) -> str:
        """Any template."""
        return self._environment.get_template(template).render(locale=locale, **values)
