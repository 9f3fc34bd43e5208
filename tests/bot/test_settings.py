"""Settings: every key documented, every mistake one line, no secret shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings, SettingsError, TelegramMode, load_settings

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "123456:" + "A" * 35
GOOD: dict[str, Any] = {
    "bot_token": TOKEN,
    "secret_key": "s" * 40,
    "operator_name": "Üles LLP",
    "operator_bin": "180540000002",
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def load(**given: Any) -> Settings:
    return load_settings(_env_file=None, **{**GOOD, **given})


def test_the_example_names_every_key_and_no_other() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")

    documented = re.findall(r"^([A-Z_]+)=", text, re.M)

    assert sorted(documented) == sorted(name.upper() for name in Settings.model_fields)


def test_the_example_shows_the_defaults() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^([A-Z_]+)=(.+)$", text, re.M))

    for name, value in shown.items():
        default = Settings.model_fields[name.lower()].default
        assert (",".join(default) if isinstance(default, tuple) else str(default)) == value


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_IDS", "11, 22,")
    monkeypatch.setenv("HTTP_ALLOW", "https://a.kz, https://b.kz:8443")

    settings = load()

    assert settings.admin_ids == {11, 22}
    assert settings.http_allow == ("https://a.kz", "https://b.kz:8443")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"bot_token": "nonsense"}, "BOT_TOKEN is not a token"),
        ({"secret_key": "short"}, "SECRET_KEY needs at least 32"),
        ({"secret_key": "s" * 40 + ",short"}, "SECRET_KEY needs at least 32"),
        ({"operator_bin": "180540000001"}, "OPERATOR_BIN is not a BIN"),
        ({"operator_name": ""}, "OPERATOR_NAME"),
        ({"admin_ids": "11,aigerim"}, "ADMIN_IDS"),
        ({"database_url": "mysql://localhost/x"}, "DATABASE_URL begins with neither"),
        ({"database_url": "sqlite:///x.db"}, "DATABASE_URL begins with neither"),
        ({"database_url": "???"}, "DATABASE_URL begins with neither"),
        ({"public_url": "ules.kz"}, "PUBLIC_URL is not an address"),
        ({"telegram_api_url": "https://"}, "TELEGRAM_API_URL is not an address"),
        ({"web_port": "eighty"}, "WEB_PORT"),
        ({"web_port": 70_000}, "WEB_PORT"),
        ({"telegram_mode": "pigeons"}, "TELEGRAM_MODE"),
        ({"telegram_mode": "webhook"}, "WEBHOOK_SECRET is missing"),
        ({"webhook_secret": "Ә"}, "WEBHOOK_SECRET may have"),
        ({"telegram_mode": "webhook", "webhook_secret": "x"}, "PUBLIC_URL must be https"),
        ({"http_allow": "http://a.kz"}, "HTTP_ALLOW http://a.kz is not https"),
        ({"http_local": "http://127.0.0.1:1/x"}, "HTTP_LOCAL http://127.0.0.1:1/x has a path"),
        ({"log_level": "LOUD"}, "LOG_LEVEL"),
    ],
)
def test_a_wrong_value_is_one_clear_line(given: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(**given)

    line = str(caught.value)
    assert told in line
    assert "\n" not in line


def test_missing_values_are_named_together() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(_env_file=None)

    for name in ("BOT_TOKEN", "SECRET_KEY", "OPERATOR_NAME", "OPERATOR_BIN"):
        assert f"{name} is missing" in str(caught.value)


def test_secrets_are_not_shown() -> None:
    settings = load(webhook_secret="hush-hush")

    for text in (repr(settings), str(settings), str(settings.model_dump())):
        assert TOKEN not in text
        assert "s" * 40 not in text
        assert "hush-hush" not in text


def test_a_wrong_secret_is_not_repeated_in_the_complaint() -> None:
    with pytest.raises(SettingsError) as caught:
        load(secret_key="too-short-but-secret")

    assert "too-short-but-secret" not in str(caught.value)


def test_a_sandbox_may_be_called_by_plain_http() -> None:
    settings = load(
        telegram_mode="webhook",
        webhook_secret="a-b_C",
        telegram_api_url="http://127.0.0.1:8081/",
    )

    assert settings.telegram_mode is TelegramMode.WEBHOOK
    assert settings.telegram_api_url == "http://127.0.0.1:8081"


def test_the_program_stops_with_one_line_and_code_2(tmp_path: Path) -> None:
    clean = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}

    done = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=tmp_path,
        env={**clean, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith("ules: BOT_TOKEN is missing")
