"""A fiscal receipt as the QR on it says it: an address of a fiscal data operator, only read.

The address is never opened: what it says is taken from its own parameters, and only where the host
is one of the operators'. So a receipt is the buyer's word in a form that is hard to get wrong; what
proves it is the order that the merchant reports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from core.errors import ReceiptUnread
from core.money import Money
from core.orders import ALMATY

TEXT_MAX: Final = 2_000  # characters that are looked at: of a message, or of what a QR holds
PARAMETERS_MAX: Final = 20
AMOUNT_MAX: Final = Decimal(10) ** 12  # tenge: anything above is a number of something else


class Provider(StrEnum):
    """Operators of fiscal data, by whose address a receipt can be looked up."""

    KAZAKHTELECOM = "kazakhtelecom"
    TRANSTELECOM = "transtelecom"
    KOFD = "kofd"  # Jusan Mobile
    WOFD = "wofd"  # Webkassa
    KASPI = "kaspi"


# Hosts that stand on receipts, and nothing else does.
HOSTS: Final = {
    "consumer.oofd.kz": Provider.KAZAKHTELECOM,
    "oofd.kz": Provider.KAZAKHTELECOM,
    "ofd1.kz": Provider.TRANSTELECOM,
    "87.255.215.96": Provider.TRANSTELECOM,
    "4ek.kz": Provider.TRANSTELECOM,
    "consumer.kofd.kz": Provider.KOFD,
    "cabinet.kofd.kz": Provider.KOFD,
    "kofd.kz": Provider.KOFD,
    "consumer.wofd.kz": Provider.WOFD,
    "cabinet.wofd.kz": Provider.WOFD,
    "wofd.kz": Provider.WOFD,
    "receipt.kaspi.kz": Provider.KASPI,
}
SHARED_HOST: Final = "4ek.kz"  # its parameter `o` names the operator
_NAMED: Final = {
    "transtelecom": Provider.TRANSTELECOM,
    "oofd": Provider.KAZAKHTELECOM,
    "kazakhtelecom": Provider.KAZAKHTELECOM,
    "kofd": Provider.KOFD,
    "jusan": Provider.KOFD,
}
# Addresses of the tax service and of Kaspi's other receipts: real, but without what we need.
_OTHER_HOSTS: Final = frozenset({"esb.kgd.gov.kz"})
_KASPI_FISCAL: Final = "/web/fiscal"

_REGISTER: Final = re.compile(r"[0-9]{12}")  # РНМ, КТН: 010101907421
_SIGN: Final = re.compile(r"[0-9]{6,13}")  # ФП, ФБ: 1319093233
_AMOUNT: Final = re.compile(r"-?[0-9]{1,13}(?:\.[0-9]{1,2})?")  # 33804.0
_COMPACT: Final = re.compile(r"([0-9]{8})T([0-9]{6})")  # 20220321T160231
_SPACED: Final = r"(?: [0-9]{2}:[0-9]{2}:[0-9]{2}\S*)?"  # a time that was not escaped
_ADDRESS: Final = re.compile(
    rf"https?://\S+{_SPACED}"
    rf"|(?<![\w@./])[\w\-]+(?:\.[\w\-]+)*\.[a-z0-9]{{2,}}\.?[/?:]\S*{_SPACED}",
    re.IGNORECASE,
)
_LOST_PLUS: Final = re.compile(r"(:[0-9]{2}(?:\.[0-9]+)?) (?=[0-9]{2}:?[0-9]{2}$)")  # ":00 05:00"
# What a return is called on receipts: қайтару чегі, чек возврата, return.
_RETURN: Final = re.compile(r"возврат|қайтар|\breturn|\brefund", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalReceipt:
    """What identifies a receipt: register, fiscal sign, sum and time (UTC)."""

    provider: Provider
    register: str
    sign: str
    amount: Money
    at: datetime

    @property
    def key(self) -> str:
        """What no other receipt has, to be digested.

        Without the operator: a register is one operator's, so that an address of another one with
        the same numbers is the same receipt, and a forged one.
        """
        return f"{self.register}:{self.sign}:{self.amount.minor}:{self.at:%Y%m%dT%H%M%S}"


def address(text: str) -> str | None:
    """The first address in a text, if there is one."""
    found = _ADDRESS.search(text[:TEXT_MAX])
    return found[0].rstrip(".,;)»\"'") if found else None


def says_return(text: str) -> bool:
    """Whether the words on or beside a receipt say that goods came back."""
    return _RETURN.search(text[:TEXT_MAX]) is not None


def parse(text: str) -> FiscalReceipt:
    """Read the address of a receipt.

    Raises ReceiptUnread: not_receipt where there is no address, unknown_host, not_fiscal for other
    receipts of the same hosts, incomplete where numbers lack or are none, amount for a sum that
    nobody paid, returned for a sum below zero.
    """
    link = address(text)
    if link is None:
        raise ReceiptUnread("not_receipt")
    host, path, query = _split(link)
    if host in _OTHER_HOSTS:
        raise ReceiptUnread("not_fiscal")
    if host not in HOSTS:
        raise ReceiptUnread("unknown_host")
    provider = HOSTS[host]
    if provider is Provider.KASPI and path.rstrip("/").lower() != _KASPI_FISCAL:
        raise ReceiptUnread("not_fiscal")
    given = _parameters(query)
    if host == SHARED_HOST and "o" in given:
        named = _NAMED.get(given["o"].casefold())
        if named is None:
            raise ReceiptUnread("unknown_host")
        provider = named
    register, sign = given.get("f", ""), given.get("i", "")
    if not (_REGISTER.fullmatch(register) and _SIGN.fullmatch(sign)):
        raise ReceiptUnread("incomplete")
    at = _moment(given.get("t", ""))
    return FiscalReceipt(
        provider=provider, register=register, sign=sign, amount=_amount(given.get("s", "")), at=at
    )


def _split(link: str) -> tuple[str, str, str]:
    """Host, path and query; ReceiptUnread where the address is none a browser would open so."""
    if "://" not in link:
        link = f"https://{link}"
    try:
        parts = urlsplit(link)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        raise ReceiptUnread("unknown_host") from None
    # A name before an @, a port of somebody's own: so an address is made to look like another.
    usual = {"http": 80, "https": 443}.get(parts.scheme.lower())
    if usual is None or parts.username is not None or port not in (None, usual):
        raise ReceiptUnread("unknown_host")
    return host, parts.path, parts.query


def _parameters(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, max_num_fields=PARAMETERS_MAX)
    except ValueError:
        raise ReceiptUnread("incomplete") from None
    given: dict[str, str] = {}
    for name, value in pairs:
        name = name.casefold()
        if given.setdefault(name, value.strip()) != value.strip():
            raise ReceiptUnread("incomplete")  # two receipts in one address
    return given


def _amount(raw: str) -> Money:
    if not _AMOUNT.fullmatch(raw):
        raise ReceiptUnread("incomplete")
    try:
        amount = Decimal(raw)
    except InvalidOperation:  # pragma: no cover - the form has been checked
        raise ReceiptUnread("incomplete") from None
    if amount < 0:
        raise ReceiptUnread("returned")
    if not 0 < amount <= AMOUNT_MAX:
        raise ReceiptUnread("amount")
    return Money(int(amount * 100))


def _moment(raw: str) -> datetime:
    """A time of a register: local time of Almaty unless it says its zone."""
    try:
        if found := _COMPACT.fullmatch(raw):
            local = datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S")  # noqa: DTZ007
        else:
            local = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+", raw))
        if local.tzinfo is None:
            local = local.replace(tzinfo=ALMATY)
        moment = local.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise ReceiptUnread("incomplete") from None
    if not 2000 <= moment.year <= 2100:
        raise ReceiptUnread("incomplete")
    return moment
