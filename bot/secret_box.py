"""Encryption at rest and keyed digests, from the secret keys of the settings."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from functools import cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MIN_KEY_CHARS: Final = 32


class SecretBox:
    """Implements `core.ports.SecretBox`.

    Keys are secret strings of at least 32 characters. To rotate, put a new key in front: it
    encrypts from then on, every key still decrypts, and `rotate` renews a stored cipher. Digests
    are always made with the last key, because unique indexes and matches rest on them: it stays
    last for good.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises ValueError without keys or with a short one."""
        if not keys or any(len(key) < MIN_KEY_CHARS for key in keys):
            raise ValueError(f"a secret key has at least {MIN_KEY_CHARS} characters")
        self._fernet = MultiFernet(
            [Fernet(base64.urlsafe_b64encode(_derive(key, "encryption"))) for key in keys]
        )
        self._digesters = cache(lambda purpose: Digester(_derive(keys[-1], f"digest/{purpose}")))

    @classmethod
    def from_setting(cls, setting: str) -> SecretBox:
        """Read keys separated by commas, the newest first."""
        return cls([key.strip() for key in setting.split(",") if key.strip()])

    def __repr__(self) -> str:
        return "SecretBox()"  # never the keys

    def encrypt(self, text: str) -> bytes:
        """The text under the newest key; twice the same text makes two different ciphers."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, cipher: bytes) -> str:
        """The text again; ValueError when no configured key opens it."""
        try:
            return self._fernet.decrypt(cipher).decode()
        except InvalidToken:
            raise ValueError("no configured secret key opens this cipher") from None

    def rotate(self, cipher: bytes) -> bytes:
        """The same text under the newest key; ValueError when no configured key opens it."""
        try:
            return self._fernet.rotate(cipher)
        except InvalidToken:
            raise ValueError("no configured secret key opens this cipher") from None

    def new_file_key(self) -> bytes:
        """A random key for the pieces of one file, encrypted under the newest key."""
        return self._fernet.encrypt(AESGCM.generate_key(256))

    def of_file(self, key: bytes) -> FileCipher:
        """What seals and opens the pieces; ValueError when no configured key opens this one."""
        try:
            return FileCipher(self._fernet.decrypt(key))
        except InvalidToken:
            raise ValueError("no configured secret key opens this key of a file") from None

    def digest(self, purpose: str, value: str) -> bytes:
        """HMAC-SHA256 under a key of its own per purpose, 32 bytes."""
        return self._digesters(purpose)(value)

    def digester(self, purpose: str) -> Digester:
        """The same for one purpose, without the other keys: it can be sent to a process."""
        return self._digesters(purpose)


class Digester:
    """HMAC-SHA256 under one key, which is scheduled once: an import digests a million phones."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self._keyed = hmac.new(key, digestmod="sha256")

    def __call__(self, value: str) -> bytes:
        state = self._keyed.copy()
        state.update(value.encode())
        return state.digest()

    def __reduce__(self) -> tuple[type[Digester], tuple[bytes]]:
        return Digester, (self.key,)


class FileCipher:
    """Implements `core.ports.FileCipher` by AES-256-GCM.

    Fernet takes seventy times as long and a third more room. The number of a piece is its nonce:
    every file has a key of its own, so none comes twice, and a piece that was moved does not open.
    """

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, number: int, piece: bytes) -> bytes:
        """The piece, sealed; a number may be used once."""
        return self._aead.encrypt(number.to_bytes(12), piece, None)

    def open(self, number: int, sealed: bytes) -> bytes:
        """The piece again; ValueError for one that was not sealed so."""
        try:
            return self._aead.decrypt(number.to_bytes(12), sealed, None)
        except InvalidTag:
            raise ValueError(f"piece {number} of a file does not open") from None


def _derive(key: str, purpose: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"ules/{purpose}".encode())
    return kdf.derive(key.encode())
