"""Which addresses Telegram accepts in links and buttons, and what it makes of t.me links."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

_BARE_SCHEMES = ("tg", "ton")
_LOOPBACK = "localhost"


class WrongLink(ValueError):
    """The address is not one that Telegram opens; the message is Telegram's reason."""


@dataclass(frozen=True, slots=True)
class StartLink:
    """A link into a chat with a bot: `t.me/<bot>?start=<payload>` or its tg:// form."""

    username: str
    payload: str


def normal_link(address: str) -> str:
    """The address as Telegram stores it: a scheme, a lower-case host, a path.

    Raises WrongLink: Telegram takes http, https, tg and ton only, and wants a dot in the host.
    """
    address = address.strip()
    scheme, colon, rest = address.partition(":")
    if colon and scheme.lower() in _BARE_SCHEMES:
        return f"{scheme.lower()}://{rest.lstrip('/')}"
    if "://" in address and scheme.lower() not in ("http", "https"):
        raise WrongLink("Unsupported URL protocol")
    full = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(full)
        port = parts.port
    except ValueError:
        raise WrongLink("Wrong HTTP URL") from None
    host = parts.hostname or ""
    if not host:
        raise WrongLink("URL host is empty")
    if "." not in host and ":" not in host:
        raise WrongLink("Wrong HTTP URL")
    name = f"[{host}]" if ":" in host else host
    user = parts.netloc.rpartition("@")
    tail = full.split("://", 1)[1][len(parts.netloc) :]
    if not tail.startswith("/"):
        tail = f"/{tail}"
    tail = "".join(quote(sign) if sign.isspace() else sign for sign in tail)
    return f"{parts.scheme.lower()}://{user[0]}{user[1]}{name}{f':{port}' if port else ''}{tail}"


def start_link(address: str) -> StartLink | None:
    """The bot and the payload that a t.me or tg://resolve link starts; None for other links."""
    parts = urlsplit(address if "://" in address else f"https://{address}")
    query = parse_qs(parts.query)
    payload = query.get("start", [""])[0]
    if parts.scheme == "tg" and parts.netloc == "resolve":
        return StartLink(query.get("domain", [""])[0].lower(), payload)
    if parts.hostname in ("t.me", "telegram.me"):
        match = re.fullmatch(r"/(\w{3,})/?", parts.path)
        if match:
            return StartLink(match[1].lower(), payload)
    return None


def is_loopback(address: str) -> bool:
    """Whether the address is on this machine, where a webhook may do without TLS."""
    host = urlsplit(address).hostname or ""
    return host in (_LOOPBACK, "::1") or host.startswith("127.")
