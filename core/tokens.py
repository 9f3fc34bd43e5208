"""Tokens of links that open a door to whoever has them; only their digest is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 bits in URL-safe base64


def new_token() -> str:
    """128 random bits, 22 characters that a deep link can carry."""
    return secrets.token_urlsafe(16)


def digest(token: str) -> bytes:
    """What is kept of a token; a plain hash is enough for 128 random bits."""
    return hashlib.sha256(token.encode()).digest()


def looks_like_token(text: str) -> bool:
    """Whether it is worth a look into the database."""
    return _TOKEN.fullmatch(text) is not None
