"""The people who chat with the bot in the sandbox."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxPerson:
    """A Telegram user; `role_label` is only written above the person's column on the page."""

    telegram_id: int
    name: str
    language_code: str = "kk"
    username: str | None = None
    role_label: str = ""
    phone: str = ""

    def user(self) -> dict[str, Any]:
        """Telegram's User object."""
        first, _, last = self.name.partition(" ")
        known: dict[str, Any] = {"id": self.telegram_id, "is_bot": False, "first_name": first}
        if last:
            known["last_name"] = last
        if self.username:
            known["username"] = self.username
        return known | {"language_code": self.language_code}

    def chat(self) -> dict[str, Any]:
        """Telegram's Chat object of the private chat with this person."""
        known = self.user() | {"type": "private"}
        del known["is_bot"], known["language_code"]
        return known


DEFAULT_PEOPLE = (
    SandboxPerson(
        telegram_id=700_000_001,
        name="Айгерім Сәдуақас",
        language_code="kk",
        username="aigerim_s",
        role_label="Creator",
        phone="+77010000001",
    ),
    SandboxPerson(
        telegram_id=700_000_002,
        name="Дмитрий Ким",
        language_code="ru",
        username="dima_kim",
        role_label="Brand manager",
        phone="+77010000002",
    ),
    SandboxPerson(
        telegram_id=700_000_003,
        name="Alex Orlov",
        language_code="en",
        username="alex_ops",
        role_label="Admin",
        phone="+77010000003",
    ),
    SandboxPerson(
        telegram_id=700_000_004,
        name="Нұрлан Ахметов",
        language_code="kk",
        username="nurlan_a",
        role_label="Buyer",
        phone="+77010000004",
    ),
)
