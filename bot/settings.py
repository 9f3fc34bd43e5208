"""Configuration from the environment and `.env`; what is wrong is told in one line."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.secret_box import MIN_KEY_CHARS
from core.claims import ClaimRules
from core.disputes import Times
from core.errors import DomainError
from core.identifiers import parse_bin
from core.referrals import ReferralProgram
from core.retention import Retention

CONFIG_ERROR: Final = 2  # exit code for a missing or malformed setting


class TelegramMode(StrEnum):
    """How updates reach us."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class LogLevel(StrEnum):
    """What is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class Settings(BaseSettings):
    """Every key; `.env.example` says the same to whoever installs the product."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    bot_token: SecretStr
    telegram_api_url: str = "https://api.telegram.org"
    telegram_mode: TelegramMode = TelegramMode.POLLING
    webhook_secret: SecretStr | None = None
    database_url: str = "sqlite+aiosqlite:///data/ules.db"
    data_dir: Path = Path("data")
    public_url: str = "http://127.0.0.1:8080"
    web_host: str = "127.0.0.1"
    web_port: int = Field(default=8080, ge=0, le=65535)
    upload_max_mb: int = Field(default=500, ge=20, le=1024)
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    admin_ids: Annotated[frozenset[int], NoDecode] = frozenset()
    post_check_chat_id: int = 0
    secret_key: SecretStr
    operator_name: str = Field(min_length=1)
    operator_bin: str
    referral_bps: int = Field(default=0, ge=0, le=10_000)
    referral_months: int = Field(default=6, ge=1, le=36)
    claims_per_day: int = Field(default=10, ge=1, le=1000)
    claim_margin_days: int = Field(default=14, ge=1, le=90)
    kaspi_api_url: str = "https://kaspi.kz/shop/api/v2"
    http_allow: Annotated[tuple[str, ...], NoDecode] = ()
    http_local: Annotated[tuple[str, ...], NoDecode] = ()
    broadcast_hosts: Annotated[tuple[str, ...], NoDecode] = ("t.me",)
    paid_broadcasts: int = Field(default=0, ge=0, le=1000)
    keep_messages_days: int = Field(default=180, ge=60)
    keep_drafts_days: int = Field(default=90, ge=7)
    dispute_collect_days: int = Field(default=14, ge=1, le=60)
    dispute_data_days: int = Field(default=10, ge=1, le=60)
    dispute_answer_days: int = Field(default=10, ge=3, le=60)
    dispute_appeal_days: int = Field(default=14, ge=1, le=60)
    log_level: LogLevel = LogLevel.INFO

    @field_validator("admin_ids", "http_allow", "http_local", "broadcast_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("bot_token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]{20,}", value.get_secret_value()):
            raise ValueError("is not a token: BotFather gives one like 123456:ABC…")
        return value

    @field_validator("telegram_api_url", "public_url", "kaspi_api_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return _http_address(value)

    @field_validator("http_allow")
    @classmethod
    def _secure(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not origin.startswith("https://"):
                raise ValueError(f"{origin} is not https: such origins belong to HTTP_LOCAL")
        return value

    @field_validator("http_allow", "http_local")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if urlsplit(_http_address(origin)).path:
                raise ValueError(f"{origin} has a path: only scheme, host and port are allowed")
        return tuple(origin.rstrip("/") for origin in value)

    @field_validator("broadcast_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host):
                raise ValueError(f"{host} is not the name of a host, like instagram.com")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        try:
            driver = make_url(value).drivername
        except ArgumentError:
            driver = ""
        if driver not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
            raise ValueError("begins with neither sqlite+aiosqlite: nor postgresql+asyncpg:")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
            raise ValueError("may have 1 to 256 of A-Z a-z 0-9 _ -")
        return value

    @field_validator("secret_key")
    @classmethod
    def _secret_key(cls, value: SecretStr) -> SecretStr:
        keys = [key.strip() for key in value.get_secret_value().split(",") if key.strip()]
        if not keys or any(len(key) < MIN_KEY_CHARS for key in keys):
            raise ValueError(f"needs at least {MIN_KEY_CHARS} characters (each, if several)")
        return value

    @field_validator("operator_bin")
    @classmethod
    def _operator_bin(cls, value: str) -> str:
        try:
            return parse_bin(value)
        except DomainError:
            raise ValueError("is not a BIN: twelve digits with a right control digit") from None

    @model_validator(mode="after")
    def _webhook(self) -> Self:
        if self.telegram_mode is TelegramMode.WEBHOOK:
            if self.webhook_secret is None:
                raise ValueError("WEBHOOK_SECRET is missing: TELEGRAM_MODE=webhook needs it")
            if not self.public_url.startswith("https://") and _is_telegram(self.telegram_api_url):
                raise ValueError("PUBLIC_URL must be https: Telegram calls no other webhook")
        return self

    @property
    def referral_program(self) -> ReferralProgram:
        """What a creator has of inviting others."""
        return ReferralProgram(bps=self.referral_bps, months=self.referral_months)

    @property
    def claim_rules(self) -> ClaimRules:
        """How much and how late buyers may tell of purchases."""
        return ClaimRules(per_day=self.claims_per_day, margin_days=self.claim_margin_days)

    @property
    def retention(self) -> Retention:
        """How long is kept what is over."""
        return Retention(
            messages=timedelta(days=self.keep_messages_days),
            drafts=timedelta(days=self.keep_drafts_days),
        )

    @property
    def dispute_times(self) -> Times:
        """How long the steps of a dispute may take."""
        return Times(
            collect=timedelta(days=self.dispute_collect_days),
            data=timedelta(days=self.dispute_data_days),
            answer=timedelta(days=self.dispute_answer_days),
            appeal=timedelta(days=self.dispute_appeal_days),
        )

    @property
    def upload_limit(self) -> int:
        """Bytes of the largest file that the upload page takes."""
        return self.upload_max_mb * 2**20

    @property
    def has_upload_page(self) -> bool:
        """Whether people's browsers reach us, and nobody reads along what buyers' data they send.

        The local Telegram's people sit at this machine.
        """
        if self.public_url.startswith("https://"):
            return True
        return not _is_telegram(self.telegram_api_url) and _is_local(self.public_url)

    @property
    def scratch_dir(self) -> Path:
        """Where files are copied to while they are read."""
        return self.data_dir / "scratch"

    @property
    def clicks_dir(self) -> Path:
        """Where clicks wait to be loaded."""
        return self.data_dir / "clicks"


def _http_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        proper = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        proper = False
    if not proper or parts.query or parts.fragment or parts.username:
        raise ValueError("is not an address like https://example.kz")
    return value.rstrip("/")


def _is_local(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")


def _is_telegram(api_url: str) -> bool:
    return urlsplit(api_url).hostname == "api.telegram.org"


class SettingsError(Exception):
    """A setting is missing or malformed; the text is one line for whoever runs the program."""


def load_settings(**given: Any) -> Settings:
    """Read the settings, `given` before the environment; raises SettingsError."""
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None
    except UnicodeDecodeError:
        raise SettingsError(".env is not UTF-8 text") from None


def settings_or_exit(**given: Any) -> Settings:
    """The settings, or one line on stderr and exit code 2."""
    try:
        return load_settings(**given)
    except SettingsError as error:
        refuse(str(error))


def refuse(reason: str) -> NoReturn:
    """Say why the program cannot run, in one line, and leave with exit code 2."""
    sys.stderr.write(f"ules: {reason}\n")
    raise SystemExit(CONFIG_ERROR)


def _one_line(error: ValidationError) -> str:
    parts = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        key = "".join(str(part) for part in problem["loc"][:1]).upper()
        if problem["type"] == "missing":
            parts.append(f"{key} is missing")
        else:
            told = problem["msg"].removeprefix("Value error, ")
            parts.append(f"{key} {told}" if key else told)
    return "; ".join(parts) + " (see .env.example)"
